import { DomainError, Random, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { checkVaries, columnStatistics } from "../../src/tensor/columnStatistics.ts";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

const column = (...values: number[]): Tensor => tensor(values, [values.length, 1]);

describe("columnStatistics", () => {
  it("are the mean and the population deviation, by hand", () => {
    const { mean, deviation } = columnStatistics(
      "f",
      tensor([
        [1, 10],
        [3, 30],
      ]),
    );
    expect(mean.toArray()).toEqual([2, 20]);
    expect(deviation.toArray()).toEqual([1, 10]);
  });

  it("are those of standardised numbers in any unit, from 1e-300 to 1e300", () => {
    const u = Array.from(new Random(1).normal([50]).data);
    const own = columnStatistics("f", column(...u));
    for (const unit of [2 ** -990, 2 ** -560, 2 ** -400, 2 ** -60, 1, 2 ** 60, 2 ** 401, 2 ** 560, 2 ** 990]) {
      const { mean, deviation } = columnStatistics("f", column(...u.map((value) => value * unit)));
      expectWithin(mean.item() / unit, own.mean.item(), 4 * EPSILON, `the mean in units of ${unit}`);
      expectWithin(deviation.item() / unit, own.deviation.item(), 4 * EPSILON, `the deviation in units of ${unit}`);
    }
  });

  it("keep all digits of the deviation where the mean is a million deviations away", () => {
    const integers = Array.from({ length: 101 }, (_, i) => i - 50); // Σ i²/101 = 50·51/3 = 850
    for (const offset of [0, 1e8, -3e12, 2 ** 50]) {
      const { mean, deviation } = columnStatistics("f", column(...integers.map((i) => i + offset)));
      expect(mean.item()).toBe(offset);
      expectWithin(deviation.item(), Math.sqrt(850), 8 * EPSILON * Math.sqrt(850));
    }
  });

  it("of a constant column are its value, and a deviation of exactly 0", () => {
    for (const value of [0, 0.1, -1e300, 5e-324, 1e16 / 3]) {
      for (const N of [1, 2, 999, 1000]) {
        const { mean, deviation } = columnStatistics("f", new Tensor(new Float64Array(N).fill(value), [N, 1]));
        expect([mean.item(), deviation.item()]).toEqual([value, 0]);
      }
    }
  });

  it("call a column constant whose numbers differ in their last two bits, and no other", () => {
    const close = column(0.1, 0.1 * (1 + EPSILON), 0.1);
    expect(columnStatistics("f", close).deviation.item()).toBe(0);
    expect(() => checkVaries("f", columnStatistics("f", close), close)).toThrow(
      new DomainError("f: every column must vary; column 0 is constant but for rounding over 3 rows"),
    );
    const years = column(1e15, 1e15 + 1, 1e15 + 2);
    expect(columnStatistics("f", years).deviation.item()).toBeGreaterThan(0.8);
  });

  it("refuse no rows, NaN, ∞, and a range beyond float64, by the column's name", () => {
    expect(() => columnStatistics("f", tensor([], [0, 2]))).toThrow("f: needs at least one row; got none");
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() =>
        columnStatistics(
          "f",
          tensor([
            [1, 0],
            [2, bad],
          ]),
        ),
      ).toThrow(/^f: every column must be finite.*column 1 /);
    }
    expect(() => columnStatistics("f", column(-1e308, 1e308))).toThrow(
      "column 0 goes from -1e+308 to 1e+308 over 2 rows",
    );
    expect(() => columnStatistics("f", column(1, Number.NaN), ["channel", "pixels"])).toThrow(
      "channel 0 goes from NaN",
    );
  });
});
