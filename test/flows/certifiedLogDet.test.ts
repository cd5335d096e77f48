import { abs, add, exp, mul, noGrad, reverse, sub, type Tensor, tanh, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { judgeLogDet, type LogDetVerdict } from "../../src/flows/certifiedLogDet.ts";

/** What is said of the claim that log|det ∂map/∂x| is logDet at the point. */
function said(map: (x: Tensor) => Tensor, point: number[], logDet: number): LogDetVerdict {
  return judgeLogDet({
    map: (x) => noGrad(() => map(x)),
    point: tensor(point),
    logDet,
    layers: 1,
    sumOfSizes: Math.abs(logDet),
  });
}

const last = reverse({ dimensions: 2 });
/** z = (e^{x₁}, e^{x₀}), log|det J| = x₀ + x₁ */
const crossed = (x: Tensor): Tensor => exp(last.forward(x).z);
/** The same in the neighbourhood of a large number, where 9 digits of it are left. */
const lifted = (x: Tensor): Tensor => sub(add(crossed(x), 1e7), 1e7);

describe("a log-det, judged by the numerical Jacobian", () => {
  it("agrees if it is right, and differs if it is wrong by 1e-9", () => {
    const { verdict, error, bound } = said(crossed, [0.3, -1.1], -0.8);
    expect(verdict, `${error} of ${bound}`).toBe("agrees");
    expect(bound).toBeLessThanOrEqual(1e-9);
    expect(said(crossed, [0.3, -1.1], -0.8 + 1e-9).verdict).toBe("differs");
  });

  it("is allowed what rounding in the map hides: with nine digits left, 1e-10 cannot be told, 1e-3 can", () => {
    for (let k = 0; k < 20; k++) {
      const x = [0.3 + 0.01 * k, -1.1];
      const { verdict, error, bound } = said(lifted, x, x[0] + x[1]);
      expect(verdict, `${error} of ${bound}`).toBe("agrees");
      expect(said(lifted, x, x[0] + x[1] + 1e-3).verdict).toBe("differs");
    }
  });

  it("is inconclusive, right or wrong, at a kink, of a singular Jacobian, and where rounding hides nearly all", () => {
    const maps: Record<string, [map: (x: Tensor) => Tensor, point: number[]]> = {
      "a kink": [(x) => add(x, mul(abs(x), 0.5)), [0]],
      "a kink among others": [(x) => add(crossed(x), abs(x)), [0, 0.4]],
      "a singular Jacobian": [(x) => mul(x, 0), [0.4, 0.7]],
      "14 digits gone": [(x) => add(tanh(x), 1e12), [0.3]],
    };
    for (const [name, [map, point]] of Object.entries(maps)) {
      for (const logDet of [0, -3, 5]) expect(said(map, point, logDet).verdict, name).toBe("inconclusive");
    }
  });
});
