import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixExp } from "../../../src/tensor/linalg/matrixExponential.ts";
import { EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";
import { norm1 } from "../../support/residual.ts";

function exp(A: readonly number[], n: number): number[] {
  const Y = new Float64Array(n * n);
  matrixExp(Float64Array.from(A), n, Y);
  return Array.from(Y);
}

/** |error| of every entry ≤ bound·‖expected‖₁ */
function expectNear(actual: readonly number[], expected: readonly number[], n: number, bound: number): void {
  const size = norm1(Float64Array.from(expected), n);
  actual.forEach((value, k) => {
    expectWithin(value, expected[k], bound * size, `entry ${k}`);
  });
}

describe("matrixExp", () => {
  it("is exact at 0, and 1 plus the rest for nilpotent matrices", () => {
    expect(exp([0, 0, 0, 0], 2)).toEqual([1, 0, 0, 1]);
    expectNear(exp([0, 1, 0, 0], 2), [1, 1, 0, 1], 2, 4 * EPSILON);
    expectNear(exp([0, 1, 2, 0, 0, 3, 0, 0, 0], 3), [1, 1, 3.5, 0, 1, 3, 0, 0, 1], 3, 8 * EPSILON);
    expect(exp([], 0)).toEqual([]);
  });

  it("turns: exp of t·[0 −1; 1 0] is the rotation by t", () => {
    for (const t of [1e-8, 0.3, 3, 30, 300]) {
      // condition t, and the backward error of scaling and squaring is a few eps·t
      expectNear(
        exp([0, -t, t, 0], 2),
        [Math.cos(t), -Math.sin(t), Math.sin(t), Math.cos(t)],
        2,
        16 * EPSILON * (1 + t),
      );
    }
  });

  it("is exp on the diagonal, and 1×1, tails included", () => {
    for (const x of [-700, -30, -1, -1e-10, 1e-300, 0.5, 3, 40, 700]) {
      expectWithin(exp([x], 1)[0] / Math.exp(x), 1, 16 * EPSILON * (1 + Math.abs(x)), `exp ${x}`);
    }
    expect(exp([-1e40], 1)).toEqual([0]);
    expect(exp([1000], 1)).toEqual([Number.POSITIVE_INFINITY]);
  });

  it("does not scale too much: [1 b; 0 −1] is exact to rounding for b up to 1e9", () => {
    for (const b of [1, 1e3, 1e6, 1e9]) {
      const [e, f] = [Math.exp(1), Math.exp(-1)];
      const [y00, y01, y10, y11] = exp([1, b, 0, -1], 2);
      expectWithin(y00, e, 32 * EPSILON * e, "exp(1)");
      expectWithin(y01, (b * (e - f)) / 2, 32 * EPSILON * b * e, "b·sinh(1)");
      expect(y10).toBe(0);
      expectWithin(y11, f, 32 * EPSILON * e, "exp(−1)");
    }
  });

  it("scales enough where powers vanish by cancellation: nearly nilpotent, against 60 digits of the Taylor series", () => {
    const A = [
      40.797, -17.999, 21.601000000000003, 27.201999999999998, -12.001, 14.399000000000001, -54.397, 23.998, -28.802,
    ];
    const expected = [
      ...[40.973925433836605, -17.648596413445876, 21.197449097048295],
      ...[26.756383356687735, -10.812904513445767, 14.184613213861105],
      ...[-53.31080108021241, 23.53575411540878, -27.26988486320452],
    ];
    expectNear(exp(A, 3), expected, 3, 16 * EPSILON); // measured 2.3; without the bound by |A|, 207
  });

  it("of a huge matrix that is nearly nilpotent keeps what is small", () => {
    // ‖A¹⁰‖^(1/10) = 10^6.1 asks for 18 squarings, each of which doubles the relative error
    const bound = 2 ** 20 * EPSILON * Math.E;
    const [y00, y01, y10, y11] = exp([1, 1e60, 0, 1], 2);
    expectWithin(y00, Math.E, bound);
    expectWithin(y01 / 1e60, Math.E, bound);
    expect(y10).toBe(0);
    expectWithin(y11, Math.E, bound);
  });

  it("agrees with the Taylor series where that is exact enough: ‖A‖₁ ≤ 2", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), seeds, (n, seed) => {
        const raw = new Random(seed).normal([n, n]).data;
        const A = raw.map((value) => (value * 2) / norm1(raw, n));
        let term = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
        const series = term.slice();
        for (let k = 1; k < 40; k++) {
          term = term.map((_, at) => {
            let total = 0;
            for (let i = 0; i < n; i++) total += term[Math.floor(at / n) * n + i] * A[i * n + (at % n)];
            return total / k;
          });
          for (let at = 0; at < n * n; at++) series[at] += term[at];
        }
        // e² ≥ ‖exp A‖ and the terms of the series sum up to e²; each product rounds by n·eps/2
        expectNear(exp(Array.from(A), n), Array.from(series), n, 32 * n * EPSILON * Math.exp(2) * Math.exp(2));
      }),
    );
  });

  it("is NaN everywhere if an entry is not finite", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(exp([bad, 0, 0, 1], 2)).toEqual(new Array(4).fill(Number.NaN));
    }
  });
});
