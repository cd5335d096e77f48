import {
  concat,
  DomainError,
  diagonalLinear,
  exp,
  type GridPictureContent,
  gridPicture,
  layer,
  matmul,
  mul,
  reshape,
  ShapeError,
  square,
  standardNormal,
  type Tensor,
  take,
  tensor,
  transpose,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { divergingColor, toHex } from "../../src/plot/drawing/color.ts";
import { BLUE, FAINT, INK, ORANGE } from "../../src/plot/drawing/style.ts";
import { type Drawn, drawnIn, linesOf, type Point, shoelace, textsIn } from "../support/drawn.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

/** Numbers in an SVG are rounded to a tenth. */
const ROUNDING = 0.0501;

/** z = Wx of each row. */
const linear =
  (W: number[][]) =>
  (x: Tensor): Tensor =>
    matmul(x, transpose(tensor(W)));

const picture = (...panels: GridPictureContent["panels"]): string => gridPicture({ title: "a title", panels });
const panel = (map: GridPictureContent["panels"][number]["map"]) => ({ title: "a map", map });

/** The outlines before the maps, those after them, and the images of lower and left edges, in pixels, one for each panel. */
function edgesOf(svg: string): Record<"before" | "after" | "lower" | "left", Point[][]> {
  const places = (found: Drawn[]): Point[][] => found.flatMap(linesOf);
  return {
    before: places(drawnIn(svg, "path", { "stroke-dasharray": "4 3", stroke: FAINT }).filter(isClosed)),
    after: places(drawnIn(svg, "path", { stroke: INK, "stroke-width": "1.2" })),
    lower: places(drawnIn(svg, "path", { stroke: ORANGE, "stroke-width": "2.4" })),
    left: places(drawnIn(svg, "path", { stroke: BLUE, "stroke-width": "2.4" })),
  };
}

const isClosed = ({ attributes: { d } }: Drawn): boolean => d.endsWith("Z");
/** The fill of each cell; cells of one colour are one path. */
const fillsOf = (svg: string): string[] =>
  drawnIn(svg, "path", { "stroke-width": "0.5" }).flatMap((drawn) => linesOf(drawn).map(() => drawn.attributes.fill));

const perimeter = (corners: readonly Point[]): number =>
  corners.reduce((sum, [x, y], k) => sum + Math.hypot(x - corners.at(k - 1)![0], y - corners.at(k - 1)![1]), 0);

/** How many entries have the lists that a run iterates over, or copies by spreading. */
function entriesIn(run: () => void): number {
  let entries = 0;
  const iterate = Array.prototype[Symbol.iterator];
  Array.prototype[Symbol.iterator] = function counted<T>(this: T[]) {
    entries += this.length;
    return iterate.call(this);
  };
  try {
    run();
  } finally {
    Array.prototype[Symbol.iterator] = iterate;
  }
  return entries;
}

/** Matrices by name, row by row, and their determinants. */
const matrices = [
  { name: "identity", W: [[1, 0], [0, 1]], det: 1 },
  { name: "shear", W: [[1, 0.8], [0, 1]], det: 1 },
  { name: "stretch", W: [[1.5, 0], [0, 0.5]], det: 0.75 },
  { name: "stretch to a flat rectangle", W: [[5, 0], [0, 0.5]], det: 2.5 },
  { name: "stretch to a tower", W: [[0.5, 0], [0, 4]], det: 2 },
  { name: "rotation", W: [[0.6, -0.8], [0.8, 0.6]], det: 1 },
  { name: "reflection", W: [[-1, 0], [0, 1]], det: -1 },
  { name: "permutation", W: [[0, 1], [1, 0]], det: -1 },
] as const; // biome-ignore format: a table

describe("gridPicture", () => {
  it.each(matrices)(
    "draws the unit square under a $name with the area |det W|, and the columns of W as its edges",
    ({ W, det }) => {
      const rows = W.map((row) => [...row]);
      const svg = picture(panel(linear(rows)));
      const { before: [square], after: [image], lower: [lower], left: [left] } = edgesOf(svg); // biome-ignore format: one of each
      const unit = square[1][0] - square[0][0]; // pixels
      // signed: what turns the square over turns its corners round. A corner that is off by r moves the area by less than r times the perimeter.
      const error = shoelace(image) / shoelace(square) - det;
      expect(
        Math.abs(error) * unit * unit < 2 * ROUNDING * (perimeter(image) + Math.abs(det) * perimeter(square)),
      ).toBe(true);
      const [column1, column2] = [lower, left].map((edge) =>
        edge.map(([x, y]) => [x - square[0][0], square[0][1] - y]),
      );
      expect([lower[0], left[0]]).toEqual([square[0], square[0]]);
      for (const i of [0, 1]) {
        // two rounded ends of the edge, and two of the unit
        expect(Math.abs(column1[1][i] - unit * W[i][0]) < 2 * ROUNDING * (1 + Math.abs(W[i][0]))).toBe(true);
        expect(Math.abs(column2[1][i] - unit * W[i][1]) < 2 * ROUNDING * (1 + Math.abs(W[i][1]))).toBe(true);
      }
    },
  );

  it("draws curved lines where they are, to a quarter of a pixel", () => {
    const bend = (x: Tensor): Tensor => {
      const [a, b] = [0, 1].map((j) => take(x, [j], 1));
      return concat([a, tensor(b.data.map((value, i) => value + a.data[i] ** 2), b.shape)], 1); // biome-ignore format: z₂ = x₂ + x₁²
    };
    const svg = picture({ ...panel(bend), x: [-1, 1], y: [0, 1], cells: 4 });
    const { before: [start], lower: [lower] } = edgesOf(svg); // biome-ignore format: one of each
    const unit = (start[1][0] - start[0][0]) / 2;
    expect(lower.length).toBeGreaterThan(6);
    for (let k = 0; k < lower.length; k++) {
      const x = (lower[k][0] - start[0][0]) / unit - 1;
      expect(Math.abs(start[0][1] - lower[k][1] - unit * x * x) < 4 * ROUNDING).toBe(true);
      if (k === 0) continue;
      // between two places the line is straight: a parabola is (Δx/2)² above the middle of its chord
      const step = (lower[k][0] - lower[k - 1][0]) / unit;
      expect((unit * step * step) / 4 < 0.2 + ROUNDING).toBe(true);
    }
    const lines = linesOf(drawnIn(svg, "path", { "stroke-width": "0.7" })[0]);
    expect(lines).toHaveLength(5 + 3); // 4 · 2 cells
  });

  it("colours cells by log|det J| at their centres, white at 0, and says how far in nats", () => {
    // z = (x₁·exp(x₂), x₂): log|det J| = x₂
    const widening = layer({
      shape: [2],
      forward(x) {
        const [a, b] = [0, 1].map((j) => take(x, [j], 1));
        return { z: concat([mul(a, exp(b)), b], 1), logDet: reshape(b, [-1]) };
      },
      inverse: (z) => ({ x: z, logDet: zeros([z.shape[0]]) }),
    });
    const svg = picture({ ...panel(widening), y: [-0.3, 0.3], x: [0, 0.2], cells: 3 }); // centres at x₂ = −0.2, 0, 0.2
    const colors = [-1, 0, 1].map((share) => toHex(divergingColor(share)));
    expect(colors[1]).toBe("#ffffff");
    expect(fillsOf(svg).sort()).toEqual([...colors].sort());
    expect(textsIn(svg)).toEqual(expect.arrayContaining(["log|det J|, nats   −0.2", "0.2"]));
    const outlines = Object.fromEntries(drawnIn(svg, "path", { "stroke-width": "0.5" }).map((drawn) => [drawn.attributes.fill, linesOf(drawn)[0]])); // biome-ignore format: one
    const areas = colors.map((color) => -shoelace(outlines[color])); // counterclockwise, as seen
    for (const k of [0, 2]) {
      const ratio = (Math.exp(k === 0 ? -0.2 : 0.2) * areas[1]) / areas[k];
      expect(Math.abs(ratio - 1) < 0.01).toBe(true); // the mean of exp over a cell is that at its centre, to h²/24 = 0.17 %
    }
  });

  it("carries points along with the grid", () => {
    const points = tensor([[0, 0], [1, 0.5], [0.25, 1]]); // biome-ignore format: three points
    const svg = picture({ ...panel(linear([[2, 0], [1, 1]])), points }); // biome-ignore format: a matrix
    const { before: [square] } = edgesOf(svg); // biome-ignore format: the only one
    const unit = square[1][0] - square[0][0];
    const [{ attributes }] = drawnIn(svg, "path", { "stroke-linecap": "round", stroke: INK });
    const places = [...attributes.d.matchAll(/M([\d.]+) ([\d.]+)h0/g)].map(([, x, y]) => [
      (Number(x) - square[0][0]) / unit,
      (square[0][1] - Number(y)) / unit,
    ]);
    expect(places).toHaveLength(3);
    for (const [k, z] of [
      [0, 0],
      [2, 1.5],
      [0.5, 1.25],
    ].entries()) {
      for (const j of [0, 1]) expect(Math.abs(places[k][j] - z[j]) < (4 * ROUNDING) / unit).toBe(true);
    }
  });

  it("shares colours between panels, and has none for functions", () => {
    const [larger, smaller] = [2, 0.5 ** 0.5].map((w) => panel(diagonalLinear({ weight: tensor([w, 1]) })));
    const fills = new Set(fillsOf(picture(larger, smaller)));
    expect([...fills].sort()).toEqual([1, -0.5].map((share) => toHex(divergingColor(share))).sort());
    const plain = picture(panel(linear([[2, 0], [0, 1]]))); // biome-ignore format: a matrix
    expect(fillsOf(plain)).toEqual([]);
    expect(textsIn(plain).join()).not.toContain("nats");
    // rounding is no change of volume
    const turn = layer({
      shape: [2],
      forward: (x) => ({ z: x, logDet: mul(zeros([x.shape[0]]), 0) }),
      inverse: (z) => ({ x: z, logDet: zeros([z.shape[0]]) }),
    });
    expect(new Set(fillsOf(picture(panel(turn))))).toEqual(new Set(["#ffffff"]));
  });

  it("gives panels of similar size one scale, and others their own", () => {
    const widths = (...scales: number[]): number[] =>
      edgesOf(picture(...scales.map((s) => panel(linear([[s, 0], [0, s]]))))).before.map(([a, b]) => b[0] - a[0]); // biome-ignore format: a matrix
    const [one, two] = widths(1, 2);
    expect(Math.abs(one - two) <= 2 * ROUNDING).toBe(true);
    const [small, large] = widths(1, 100);
    expect(small > 50 * large).toBe(true);
  });

  it("cuts off what is beyond the view, and keeps the scale of that", () => {
    const double = diagonalLinear({ weight: tensor([2, 2]) });
    const svg = picture({ ...panel(double), cells: 2, view: { x: [0, 1], y: [0, 1] } });
    const [inside] = drawnIn(svg, "svg").slice(1); // within that of the page
    const { x, y, width, height, viewBox } = inside.attributes;
    expect(viewBox).toBe(`${x} ${y} ${width} ${height}`);
    const { before: [square] } = edgesOf(svg); // biome-ignore format: the only one
    expect(square[1][0] - square[0][0]).toBe(Number(width));
    expect(fillsOf(svg)).toHaveLength(1); // of four cells three are beyond it
    expect(() => picture({ ...panel(double), view: { x: [0, 0], y: [0, 1] } })).toThrow(
      "gridPicture: view.x of a panel",
    );
  });

  it("is one well-formed SVG, the same for the same content, with all that was to be written", () => {
    const content: GridPictureContent = {
      title: "squares <&>",
      caption: "a caption",
      panels: Array.from({ length: 7 }, (_, k) => ({ ...panel(linear([[1, 0], [k, 1]])), title: `shear ${k}`, note: `area ${k}` })), // biome-ignore format: a matrix
    };
    const svg = gridPicture(content);
    expectWellFormed(svg);
    expect(gridPicture(content)).toBe(svg);
    expect(textsIn(svg)).toEqual(expect.arrayContaining(["squares &lt;&amp;&gt;", "a caption", "shear 6", "area 6"]));
    expect(edgesOf(svg).after).toHaveLength(7);
  });

  it("goes through as many entries of lists for each cell of one colour, however many there are", () => {
    const flat = diagonalLinear({ dimensions: 2 });
    const entriesPerCell = (cells: number): number => entriesIn(() => picture({ ...panel(flat), cells })) / cells ** 2;
    expect(entriesPerCell(80)).toBeLessThan(1.5 * entriesPerCell(10));
  });

  it("refuses maps of other shapes, images that are not finite, and grids without area", () => {
    const refused =
      (map: unknown, more = {}): (() => string) =>
      () =>
        picture({ ...panel(map as never), ...more });
    expect(refused(diagonalLinear({ dimensions: 3 }))).toThrow(ShapeError);
    expect(refused(diagonalLinear({ dimensions: 3 }))).toThrow(
      "gridPicture: maps must go from [2] to [2], without a context; got [3] → [3]",
    );
    expect(refused((x: Tensor) => take(x, [0], 1))).toThrow("gridPicture: the rows must be [B,2]");
    expect(refused((x: Tensor) => take(x, [0], 0))).toThrow("gridPicture: a map must give a point for each");
    expect(refused((x: Tensor) => mul(x, Number.NaN))).toThrow(DomainError);
    expect(refused(standardNormal([2]))).toThrow("gridPicture: the map must be a bijection");
    expect(refused(square, { x: [1, 1] })).toThrow(
      "gridPicture: x of a panel must be [low, high], finite, low < high; got [1,1]",
    );
    expect(() => picture()).toThrow("gridPicture: at least one panel; got none");
    expect(refused(square, { cells: 1000 })).toThrow("gridPicture: cells of a panel must be at most 200; got 1000");
  });
});
