import { DomainError, diagonalNormal, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { massBelow, resolvedCurve } from "../../../src/plot/panels/resolvedCurve.ts";

const none = new Float64Array(0);
const evenly = (low: number, high: number): Float64Array =>
  Float64Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);

/** The density of N(loc, scale²). */
const gaussian = (loc: number, scale: number) => (places: Float64Array) =>
  diagonalNormal({ loc: tensor([loc]), logScale: Math.log(scale) })
    .logProb(new Tensor(places, [places.length, 1]))
    .data.map(Math.exp);

describe("resolvedCurve", () => {
  it("leaves the places as they are where they are enough", () => {
    const places = evenly(-4, 4);
    const line = (values: Float64Array): Float64Array => values.map((value) => 2 + value / 4);
    expect(resolvedCurve("massPicture", line, places, Float64Array.of(0.123)).map(([place]) => place)).toEqual(
      Array.from(places),
    );
  });

  it.each([
    ["narrow, at one of the places", 0, 1e-9, none],
    ["narrow, where one is told to look", 0.123456, 1e-9, Float64Array.of(0.7, 0.123456)],
    ["a little coarse", 0.3, 0.1, none],
  ])("integrates a density that is %s", (_, loc, scale, guesses) => {
    const curve = resolvedCurve("massPicture", gaussian(loc, scale), evenly(-4, 4), guesses);
    expect(Math.abs(massBelow(curve) - 1)).toBeLessThan(1e-4);
    const places = curve.map(([place]) => place);
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  it("integrates a density that jumps", () => {
    const uniform = (places: Float64Array): Float64Array => places.map((place) => (place > 0.123 && place < 1.123 ? 1 : 0)); // biome-ignore format: one line
    expect(Math.abs(massBelow(resolvedCurve("massPicture", uniform, evenly(-4, 4), none)) - 1)).toBeLessThan(1e-5);
  });

  it("refuses a density that no places are enough for", () => {
    let state = 1;
    const rough = (places: Float64Array): Float64Array => places.map(() => (state = (state * 16807) % 2147483647));
    expect(() => resolvedCurve("massPicture", rough, evenly(0, 1), none)).toThrow(DomainError);
    expect(() => resolvedCurve("massPicture", rough, evenly(0, 1), none)).toThrow(
      "massPicture: the density is too narrow within x",
    );
  });
});
