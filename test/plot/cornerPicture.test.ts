import { cornerPicture, DomainError, Random, ShapeError, Tensor, tensor, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { BLUE, ORANGE } from "../../src/plot/drawing/style.ts";
import { drawnIn, linesOf, type Point, shoelace, textsIn } from "../support/drawn.ts";
import { dotsIn, framesIn } from "../support/pixels.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

const normal = (N: number, D: number, seed = 1): Tensor => new Random(seed).normal([N, D]);

/** The corners of the areas of the data, which end on the ground, and of the lines of the samples. */
const barsIn = (svg: string): Point[][] => drawnIn(svg, "path", { fill: ORANGE }).flatMap(linesOf);
const linesIn = (svg: string): Point[][] =>
  drawnIn(svg, "path", { stroke: BLUE, "stroke-width": "1.8" }).flatMap(linesOf);

describe("cornerPicture", () => {
  it("has a histogram of each column, of equal areas, and dots for each pair, of data and of samples", () => {
    const svg = cornerPicture({
      title: "a title",
      caption: "a caption",
      data: normal(300, 4),
      samples: normal(300, 4, 2),
    });
    expectWellFormed(svg);
    expect(framesIn(svg)).toHaveLength(10);
    expect([dotsIn(svg, ORANGE).length, dotsIn(svg, BLUE).length]).toEqual([6, 6]);
    const [bars, lines] = [barsIn(svg), linesIn(svg)];
    expect([bars.length, lines.length]).toEqual([4, 4]);
    // up to 1 % of the data and a tenth of the samples may lie beyond an axis
    bars.forEach((corners, j) => {
      expect(Math.abs(shoelace(lines[j]) / shoelace(corners) - 1)).toBeLessThan(0.1);
    });
    const texts = textsIn(svg);
    for (const text of ["a title", "a caption", "data", "samples", "x₁", "x₄"]) expect(texts).toContain(text);
  });

  it("puts each pair of columns on its axes", () => {
    const t = Array.from({ length: 40 }, (_, i) => i / 39);
    const data = tensor(t.map((value) => [value, value * value, 1 - value]));
    const svg = cornerPicture({ title: "", data, names: ["a", "b", "c"] });
    const frames = framesIn(svg); // (0,0) (1,0) (1,1) (2,0) (2,1) (2,2)
    const panels = dotsIn(svg, ORANGE);
    const inPanel = (places: readonly Point[], k: number): Point[] =>
      places.map(([x, y]) => [
        (x - frames[k].x) / frames[k].width,
        (frames[k].y + frames[k].height - y) / frames[k].height,
      ]);
    // all columns reach from 0 to 1, with a margin of 8 %
    const share = (value: number): number => (value + 0.08) / 1.16;
    const pairs: [number, (value: number) => [number, number]][] = [
      [1, (value) => [value, value * value]],
      [3, (value) => [value, 1 - value]],
      [4, (value) => [value * value, 1 - value]],
    ];
    pairs.forEach(([frame, placeOf], k) => {
      expect(panels[k]).toHaveLength(40);
      inPanel(panels[k], frame).forEach(([x, y], i) => {
        const [wantedX, wantedY] = placeOf(t[i]).map(share);
        expect(Math.abs(x - wantedX)).toBeLessThan(0.001);
        expect(Math.abs(y - wantedY)).toBeLessThan(0.001);
      });
    });
  });

  it("draws data alone, and of two columns panels that do not fill the page", () => {
    const svg = cornerPicture({ title: "", data: normal(100, 2) });
    expectWellFormed(svg);
    expect(framesIn(svg).map(({ width }) => width)).toEqual([300, 300, 300]);
    expect(dotsIn(svg, BLUE)).toEqual([]);
    expect(linesIn(svg)).toEqual([]);
    expect(textsIn(svg)).not.toContain("samples");
  });

  it("says what it does not show: rows that are not finite, those beyond the axes, columns after the eighth", () => {
    const data = new Tensor(normal(2000, 9).data.slice(), [2000, 9]);
    data.data[0] = Number.NaN;
    data.data[9] = 1e6;
    const svg = cornerPicture({
      title: "",
      data,
      samples: tensor([new Array(9).fill(Number.NaN), new Array(9).fill(1e9)]),
    });
    expectWellFormed(svg);
    const words = textsIn(svg).join(" ");
    expect(words).toContain(
      "the first 8 of 9 columns · 1 row of data left out, not finite · 1 sample left out, not finite",
    );
    expect(words).toMatch(/beyond the axes: \d+ of 1999 rows of data, 1 of 1 sample/);
    expect(words).toMatch(/53\d of 1999 rows as dots/); // 30,000 dots in 56 halves of panels
    expect(framesIn(svg)).toHaveLength(36);
  });

  it("draws samples alone, and equal rows", () => {
    expectWellFormed(cornerPicture({ title: "", data: zeros([0, 3]), samples: normal(5, 3) }));
    expectWellFormed(cornerPicture({ title: "", data: zeros([5, 3]) }));
  });

  it("refuses what cannot be drawn", () => {
    const refused = (content: object, error: typeof DomainError | typeof ShapeError, message: string): void => {
      const made = () => cornerPicture({ title: "", data: normal(5, 3), ...content });
      expect(made).toThrow(error);
      expect(made).toThrow(message);
    };
    refused({ data: normal(5, 1) }, ShapeError, "cornerPicture: data must be [N,D], D ≥ 2; got [5,1]");
    refused({ samples: normal(5, 2) }, ShapeError, "cornerPicture: samples must be [M,3]; got [5,2]");
    const none = "cornerPicture: at least one row of data or of samples; got none";
    refused({ data: zeros([0, 3]) }, DomainError, none);
    refused({ data: zeros([0, 3]), samples: zeros([0, 3]) }, DomainError, none);
    refused({ names: ["a"] }, DomainError, "cornerPicture: names are those of the 3 columns; got 1");
    refused({ names: ["a", "b", 3] }, DomainError, "cornerPicture: the name of a column must be a text; got 3");
    refused({ color: 1 }, DomainError, 'cornerPicture: unknown option "color"');
  });
});
