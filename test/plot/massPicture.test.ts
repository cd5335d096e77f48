import {
  compose,
  DomainError,
  diagonalLinear,
  expFlow,
  Flow,
  invert,
  layer,
  type MassPictureContent,
  massPicture,
  ShapeError,
  standardNormal,
  tensor,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { INK } from "../../src/plot/drawing/style.ts";
import { type Drawn, drawnIn, linesOf, textsIn } from "../support/drawn.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

/** Numbers in an SVG are rounded to a tenth. */
const ROUNDING = 0.0501;

const normal = standardNormal([1]);
const logarithm = invert(expFlow({ dimensions: 1 }));
/** z = ln x: x is log-normal. */
const logNormal = new Flow(normal, logarithm);
/** z = −ln x. */
const falling = new Flow(normal, compose(logarithm, diagonalLinear({ weight: tensor([-1]) })));

const x = [0.2, 4.2] as const;
const picture = (changes: Partial<MassPictureContent> = {}): string =>
  massPicture({ title: "a title", caption: "a caption", flow: logNormal, x, ...changes });

interface Bar {
  readonly color: string;
  readonly low: number;
  readonly high: number;
  readonly area: number;
  /** What rounding may have changed of the area. */
  readonly slack: number;
}

/** The panels p(x), z = f(x) and p(z) as left, upper, width and height, and the bars over x and over z, in pixels. */
function drawn(svg: string, bars = 8) {
  const numbers = ({ attributes }: Drawn): number[] =>
    ["x", "y", "width", "height"].map((key) => Number(attributes[key]));
  const panels = drawnIn(svg, "rect", { fill: "none" }).map(numbers);
  const all = drawnIn(svg, "rect", { "fill-opacity": "0.75" });
  const barOf = (rect: Drawn, along: 0 | 1): Bar => {
    const [left, top, width, height] = numbers(rect);
    const [low, size] = along === 0 ? [left, width] : [top, height];
    return {
      color: rect.attributes.fill,
      low,
      high: low + size,
      area: width * height,
      slack: ROUNDING * (width + height),
    };
  };
  return {
    panels,
    overX: all.slice(0, bars).map((rect) => barOf(rect, 0)),
    overZ: all.slice(bars).map((rect) => barOf(rect, 1)),
  };
}

describe("massPicture", () => {
  it.each([
    ["grows", logNormal, Math.log],
    ["falls", falling, (value: number) => -Math.log(value)],
  ] as const)("carries bars of one area and colour from x to z where f %s", (_, flow, f) => {
    const svg = picture({ flow });
    const { panels, overX, overZ } = drawn(svg);
    const [, [left, top, width, height]] = panels;
    const [z1, z2] = [Math.min(f(x[0]), f(x[1])), Math.max(f(x[0]), f(x[1]))];
    const toX = (place: number): number => x[0] + ((place - left) / width) * (x[1] - x[0]);
    const toPlace = (z: number): number => top + height - ((z - z1) / (z2 - z1)) * height;
    expect(overX).toHaveLength(8);
    expect(overZ).toHaveLength(8);
    overX.forEach((bar, k) => {
      const carried = overZ[k];
      expect(carried.color).toBe(bar.color);
      // the rules of integration err by less than rounding does
      expect(Math.abs(carried.area - bar.area) < 2 * (carried.slack + bar.slack)).toBe(true);
      expect(Math.abs(bar.area - overX[0].area) < 2 * (bar.slack + overX[0].slack)).toBe(true);
      const [first, second] = [bar.low, bar.high].map((place) => toPlace(f(toX(place)))).sort((a, b) => a - b);
      // a tenth of a pixel in x is |f′(x)| times as much in z, in the units of the panels
      const steepest = (height / (z2 - z1)) * (1 / toX(bar.low)) * ((x[1] - x[0]) / width);
      expect(Math.abs(carried.low - first) < 2 * ROUNDING * (1 + steepest)).toBe(true);
      expect(Math.abs(carried.high - second) < 2 * ROUNDING * (1 + steepest) + ROUNDING).toBe(true);
    });
    expect(new Set(overX.map(({ color }) => color)).size).toBe(8);
  });

  it("has as much mass in its bars as the flow has within x", () => {
    const [, said] =
      textsIn(picture({ bars: 4 }))
        .join()
        .match(/4 bars of mass ([\d.]+) each/) ?? [];
    const mass = normal.cdf(tensor([[Math.log(x[1])], [Math.log(x[0])]])).data; // biome-ignore format: two points
    expect(Math.abs(Number(said) - (mass[0] - mass[1]) / 4) < 0.0006).toBe(true); // of three digits
  });

  it.each([
    ["±30", [-30, 30]],
    ["±10⁶", [-1e6, 1e6]],
    ["one with the mass between two of even places", [-1e6, 1.1e6]],
  ] as const)("finds the mass of a narrow density in a range of %s", (_, range) => {
    const svg = picture({ flow: new Flow(normal, diagonalLinear({ weight: tensor([4]) })), x: range });
    expect(textsIn(svg)).toContain("p(x) = p(z)·|f′(x)|, 8 bars of mass 0.125 each");
    const { overX, overZ } = drawn(svg);
    overX.forEach((bar, k) => {
      expect(Math.abs(overZ[k].area - bar.area) < 2 * (overZ[k].slack + bar.slack)).toBe(true);
      expect(Math.abs(bar.area - overX[0].area) < 2 * (bar.slack + overX[0].slack)).toBe(true);
    });
  });

  it("does not hide a log-det that is wrong", () => {
    const forgotten = layer({
      shape: [1],
      forward: (points) => ({ z: logarithm.forward(points).z, logDet: zeros([points.shape[0]]) }),
      inverse: (z) => ({ x: logarithm.inverse(z).x, logDet: zeros([z.shape[0]]) }),
    });
    const { overX, overZ } = drawn(picture({ flow: new Flow(normal, forgotten) }));
    expect(overX.some((bar, k) => Math.abs(bar.area / overZ[k].area - 1) > 0.5)).toBe(true);
  });

  it("draws the densities and the map", () => {
    const svg = picture();
    const curves = drawnIn(svg, "path", { stroke: INK, "stroke-width": "1.8" }).flatMap(linesOf);
    const { panels } = drawn(svg);
    expect(curves).toHaveLength(3);
    const [, [left, top, width, height]] = panels;
    const [z1, z2] = x.map(Math.log);
    for (const [px, py] of curves[1]) {
      const value = x[0] + ((px - left) / width) * (x[1] - x[0]);
      const steepest = (height / (z2 - z1)) * (1 / value) * ((x[1] - x[0]) / width);
      const place = top + height - ((Math.log(value) - z1) / (z2 - z1)) * height;
      expect(Math.abs(py - place) < 2 * ROUNDING * (1 + steepest)).toBe(true);
    }
    // the mode of a log-normal density is exp(−1)
    const peak = curves[0].reduce((best, place) => (place[1] < best[1] ? place : best));
    const mode = x[0] + ((peak[0] - panels[0][0]) / panels[0][2]) * (x[1] - x[0]);
    expect(Math.abs(mode - Math.exp(-1)) < 0.05).toBe(true);
  });

  it("is one well-formed SVG, the same for the same content", () => {
    expectWellFormed(picture());
    expect(picture()).toBe(picture());
    expect(textsIn(picture())).toEqual(expect.arrayContaining(["a title", "a caption", "z = f(x)", "p(x)", "p(z)"]));
    expectWellFormed(picture({ bars: 1 }));
    expect(drawn(picture({ bars: 30 }), 30).overZ).toHaveLength(30);
  });

  it("refuses flows of other dimensions, and ranges without mass", () => {
    const two = new Flow(standardNormal([2]), diagonalLinear({ dimensions: 2 }));
    expect(() => picture({ flow: two })).toThrow(ShapeError);
    expect(() => picture({ flow: two })).toThrow(
      "massPicture: the flow must go from [1] to [1], without a context; got [2] → [2]",
    );
    expect(() => picture({ x: [1e300, 2e300] })).toThrow(
      "massPicture: the flow must have a finite mass above 0 within x",
    );
    expect(() => picture({ x: [-1, 1] })).toThrow(DomainError);
    expect(() => picture({ flow: logarithm as never })).toThrow("massPicture: draws a Flow");
    expect(() => picture({ bars: 0 })).toThrow("massPicture: bars must be an integer ≥ 1");
    expect(() => picture({ bars: 1e9 })).toThrow("massPicture: bars must be at most 200; got 1000000000");
  });
});
