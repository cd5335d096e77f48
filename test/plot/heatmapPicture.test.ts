import {
  DomainError,
  eye,
  type HeatmapPictureContent,
  heatmapPicture,
  LimitError,
  Random,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { divergingColor, toHex } from "../../src/plot/drawing/color.ts";
import { textWidth } from "../../src/plot/drawing/lettering.ts";
import { PAPER, RULE } from "../../src/plot/drawing/style.ts";
import { type Drawn, drawnIn, linesOf, textsIn } from "../support/drawn.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

const picture = (values: Tensor, more: Partial<HeatmapPictureContent> = {}): string =>
  heatmapPicture({ title: "a title", panels: [{ title: "a matrix", values }], ...more });

/** The colours of the cells, row after row, by where they are, and the side of a cell. */
function cellsOf(svg: string): { colors: string[][]; side: number } {
  const isCells = ({ attributes }: Drawn): boolean => attributes.d.endsWith("Z") && attributes.stroke === undefined;
  const cells = drawnIn(svg, "path")
    .filter(isCells)
    .flatMap((drawn) =>
      linesOf(drawn).map(([[x, y], [right]]) => ({ x, y, side: right - x, color: drawn.attributes.fill })),
    );
  const rows = [...new Set(cells.map(({ y }) => y))].sort((a, b) => a - b);
  const colors = rows.map((row) => cells.filter(({ y }) => y === row).sort((a, b) => a.x - b.x).map(({ color }) => color)); // biome-ignore format: one
  return { colors, side: cells[0].side };
}

const colorOf = (share: number): string => toHex(divergingColor(share));

describe("heatmapPicture", () => {
  it("has a cell for each entry, in the place of the entry", () => {
    const { colors } = cellsOf(picture(tensor([[1, -1, 0], [0, 1, -1]]))); // biome-ignore format: a matrix
    const [white, orange, blue] = [0, 1, -1].map(colorOf);
    expect(colors).toEqual([
      [orange, blue, white],
      [white, orange, blue],
    ]);
  });

  it("is white where an entry is exactly 0, and nowhere else", () => {
    const tiny = [0, -0, 5e-324, -5e-324, 1e-12, -1e-12, 1, -1];
    const { colors } = cellsOf(picture(tensor([tiny])));
    expect(colors[0].map((color) => color === "#ffffff")).toEqual(tiny.map((value) => value === 0));
    const channels = (color: string): number[] => [1, 3, 5].map((k) => Number.parseInt(color.slice(k, k + 2), 16));
    const bluer = colors[0].map((color) => Math.sign(channels(color)[2] - channels(color)[0]));
    expect(bluer).toEqual(tiny.map((value) => (value === 0 ? 0 : -Math.sign(value))));
    for (const color of colors[0].slice(2)) expect(255 - Math.min(...channels(color))).toBeGreaterThan(8); // seen
    expect(cellsOf(picture(zeros([2, 2]))).colors.flat()).toEqual(new Array(4).fill("#ffffff"));
  });

  it("gets darker with the size of an entry, on one scale for all panels", () => {
    const values = Array.from({ length: 21 }, (_, k) => (k - 10) / 10);
    const lightness = cellsOf(picture(tensor([values]))).colors[0].map((color) => {
      const [r, g, b] = [1, 3, 5].map((k) => Number.parseInt(color.slice(k, k + 2), 16));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    for (let k = 0; k < 10; k++) expect(lightness[k]).toBeLessThan(lightness[k + 1]);
    for (let k = 10; k < 20; k++) expect(lightness[k]).toBeGreaterThan(lightness[k + 1]);
    const panels = [2, 4].map((w) => ({ title: "", values: tensor([[w]]) }));
    const two = drawnIn(heatmapPicture({ title: "", panels }), "path").map(({ attributes }) => attributes.fill);
    expect(two).toContain(colorOf(1));
    expect(new Set(two).size).toBeGreaterThan(1);
  });

  it("reaches as far on both sides of 0, or as far as the entries do", () => {
    const values = tensor([[-1, 3]]);
    expect(textsIn(picture(values))).toEqual(expect.arrayContaining(["entries   −3", "3"]));
    expect(cellsOf(picture(values)).colors[0][1]).toBe(colorOf(1));
    expect(cellsOf(picture(values)).colors[0][0]).not.toBe(colorOf(-1));
    const apart = picture(values, { symmetric: false });
    expect(textsIn(apart)).toEqual(expect.arrayContaining(["entries   −1", "3"]));
    expect(cellsOf(apart).colors[0]).toEqual([-1, 1].map(colorOf));
    expect(textsIn(picture(tensor([[1, 8]]), { symmetric: false }))).toContain("entries   0");
  });

  it("is not paled by one entry in fifty", () => {
    const values = zeros([10, 10]).data.map((_, k) => (k === 7 ? -100 : k < 50 ? 2 : 0)); // 50 other than 0
    const svg = picture(tensor(values, [10, 10]));
    expect(textsIn(svg)).toEqual(expect.arrayContaining(["entries   ≤ −2", "≥ 2"]));
    expect(cellsOf(svg).colors[0].slice(6, 9)).toEqual([1, -1, 1].map(colorOf));
  });

  it("shows what is not finite in grey, and scales by the rest", () => {
    const { colors } = cellsOf(picture(tensor([[Number.NaN, Number.POSITIVE_INFINITY, 2]])));
    expect(colors).toEqual([[RULE, RULE, colorOf(1)]]);
    expectWellFormed(picture(tensor([[Number.NaN, Number.NEGATIVE_INFINITY]])));
  });

  it("writes entries into cells that have room, with two digits, and leaves zeros blank", () => {
    const numbers = textsIn(picture(tensor([[0, 1.234, -0.0567], [-12345, 0, 1e-9]]))); // biome-ignore format: a matrix
    expect(numbers).toEqual(expect.arrayContaining(["1.2", "−0.057", "−12000", "1e−9"]));
    expect(numbers.filter((text) => text === "0")).toHaveLength(0);
    const many = textsIn(picture(new Random(1).normal([40, 40])));
    expect(many.length).toBeLessThan(8);
  });

  it("names rows and columns, beside the middle of each", () => {
    const values = eye(3);
    const panels = [
      { title: "I", values, rowLabels: ["z₁", "z₂", "z₃"], columnLabels: ["x₁", "x₂", "x₃"], note: "det 1" },
    ];
    const svg = heatmapPicture({ title: "", panels });
    const { side } = cellsOf(svg);
    const at = (text: string, axis: "x" | "y"): number =>
      Number(drawnIn(svg, "text").find((drawn) => drawn.text === text)?.attributes[axis]);
    for (const [a, b, axis] of [
      ["z₁", "z₂", "y"],
      ["z₂", "z₃", "y"],
      ["x₁", "x₂", "x"],
      ["x₂", "x₃", "x"],
    ] as const) {
      expect(Math.abs(at(b, axis) - at(a, axis) - side) <= 0.2).toBe(true);
    }
    expect(textsIn(svg)).toContain("det 1");
  });

  it("shortens names to the room they have, and leaves out those that have none", () => {
    const drawnOf = (values: Tensor, names: object): Drawn[] =>
      drawnIn(heatmapPicture({ title: "", panels: [{ title: "", values, ...names }] }), "text", { "font-size": "12" });
    const long = "n".repeat(200);
    const svg = heatmapPicture({ title: "", panels: [{ title: "", values: eye(2), rowLabels: [long, "b"] }] });
    expect(svg).not.toMatch(/(width|height)="-/);
    expect(cellsOf(svg).side).toBeGreaterThan(100);
    for (const { attributes, text } of drawnOf(eye(2), { rowLabels: [long, "b"] }).filter(({ text: t }) =>
      /^[nb]/.test(t),
    ))
      expect(Number(attributes.x) - textWidth(text, 12)).toBeGreaterThan(0);
    const columns = drawnOf(eye(8), { columnLabels: new Array(8).fill("temperature") }).filter(({ text }) => text.startsWith("te")); // biome-ignore format: one line
    expect(columns).toHaveLength(8);
    const ends = columns.map(({ attributes, text }) => [-1, 1].map((side) => Number(attributes.x) + (side * textWidth(text, 12)) / 2)); // biome-ignore format: one line
    ends.slice(1).forEach(([left], k) => {
      expect(left).toBeGreaterThan(ends[k][1]);
    });
    const rowLabels = Array.from({ length: 60 }, (_, i) => `row ${i}`);
    const rows = drawnOf(eye(60), { rowLabels }).filter(({ text }) => text.startsWith("row"));
    expect(rows.map(({ text }) => text)).toEqual(rowLabels.filter((_, i) => i % 2 === 0));
    rows.slice(1).forEach(({ attributes }, k) => {
      expect(Number(attributes.y) - Number(rows[k].attributes.y)).toBeGreaterThan(13);
    });
  });

  it("writes with paper on dark cells, and with ink on pale ones", () => {
    const svg = picture(tensor([[1, 0.2, -1, -0.2]]));
    const numbers = [...svg.matchAll(/<text x="[\d.]+" y="[\d.]+"( fill="[^"]*")?>([^<]*)/g)];
    expect(numbers.map(([, fill, text]) => [text, fill])).toEqual([
      ["1", ` fill="${PAPER}"`],
      ["0.2", undefined],
      ["−1", ` fill="${PAPER}"`],
      ["−0.2", undefined],
    ]);
  });

  it("has colours for the largest numbers there are", () => {
    const svg = picture(tensor([[1e308, -1e308]]));
    expect(svg).not.toContain("NaN");
    expect(cellsOf(svg).colors[0]).toEqual([1, -1].map(colorOf));
  });

  it("is one well-formed SVG, the same for the same content, of any size", () => {
    for (const [M, N] of [
      [1, 1],
      [3, 5],
      [100, 2],
      [64, 64],
    ]) {
      const values = new Random(1).normal([M, N]);
      const svg = picture(values);
      expectWellFormed(svg);
      expect(picture(values)).toBe(svg);
      expect(svg.length).toBeLessThan(200_000);
      expect(cellsOf(svg).colors.flat()).toHaveLength(M * N);
    }
    expectWellFormed(picture(tensor([[Number.NaN, -1e300]])));
  });

  it("refuses what is no matrix, and names that are too few", () => {
    expect(() => picture(tensor([1, 2]))).toThrow(ShapeError);
    expect(() => picture(zeros([0, 2]))).toThrow("heatmapPicture: values must be [M,N] with an entry; got [0,2]");
    expect(() => picture(eye(2), { panels: [] })).toThrow(DomainError);
    expect(() => picture(zeros([1, 257]))).toThrow(LimitError);
    expect(() => picture(zeros([1, 257]))).toThrow("heatmapPicture: values must be at most [256,256]; got [1,257]");
    const panels = [{ title: "", values: eye(2), rowLabels: ["a"] }];
    expect(() => heatmapPicture({ title: "", panels })).toThrow("heatmapPicture: rowLabels must be 2; got 1");
  });
});
