import { describe, expect, it } from "vitest";
import { linearScale } from "../../../src/plot/drawing/scales.ts";
import { bulkPeak, dots } from "../../../src/plot/panels/marks.ts";

describe("dots", () => {
  const scale = linearScale({ x: 0, y: 0, width: 100, height: 100 }, [0, 1], [0, 1]);

  it("are clipped to their panel", () => {
    expect(
      dots(
        [
          [0.5, 0.5],
          [2, 0.5],
          [Number.NaN, 0.5],
        ],
        scale,
        "#000000",
        1,
      ),
    ).toContain('d="M50 50h0"');
    expect(dots([[2, 2]], scale, "#000000", 1)).toBe("");
  });
});

describe("the peak of a density", () => {
  const grid = (densities: number[]) => ({
    logDensity: Float64Array.from(densities, (density) => Math.log(density)),
    columns: densities.length,
    rows: 1,
    x: [0, 1] as const,
    y: [0, 1] as const,
  });

  it("is cut where next to no probability lies above", () => {
    const bell = Array.from({ length: 201 }, (_, i) => Math.exp(-0.5 * ((i - 100) / 25) ** 2));
    const whole = bulkPeak(grid(bell));
    expect(Math.abs(whole - 1)).toBeLessThan(1e-12);
    const spiked = bulkPeak(grid([...bell, 1.2, 1.1]));
    expect(Math.abs(spiked - 1.2)).toBeLessThan(1e-12); // not twice as high
    const cut = bulkPeak(grid([...bell.map((density) => density / 10), 0.1]));
    expect(cut).toBeLessThan(0.11);
    expect(cut).toBeGreaterThan(0.09);
    const narrow = bulkPeak(grid([...bell.flatMap((density) => [density, density, density]), 3]));
    expect(narrow).toBeLessThan(1.01);
    expect(bulkPeak(grid([0, 0]))).toBe(0);
  });
});
