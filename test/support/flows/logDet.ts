import { numericalJacobian, type Tensor, tensor } from "diffeo";
import { absolute, invertMatrix, matrixOf, multiply, normInfinity } from "../matrix.ts";

const EPSILON = 2 ** -52;

/** What comparing an analytic log-det with the numerical Jacobian says. */
export interface LogDetVerdict {
  readonly verdict: "agrees" | "differs" | "inconclusive";
  /** |analytic − numeric| */
  readonly error: number;
  /** The certified bound on it. */
  readonly bound: number;
}

/** What is compared: a map of batches, a point [D], and the log-det that the map claims there. */
export interface LogDetClaim {
  /** [N, D] → [N, D] */
  readonly map: (x: Tensor) => Tensor;
  readonly point: readonly number[];
  readonly logDet: number;
  /** K layers and Σ|ld_k| of theirs: what rounding in the sum of log-dets is proportional to. */
  readonly layers: number;
  readonly sumOfSizes: number;
}

/**
 * docs/numerics.md, log-determinants: with J numeric and E its certificates,
 * |Δ| ≤ Σ_ij |J⁻¹|_ji·E_ij + D·eps·κ∞(J) + K·D·eps·(1 + Σ|ld_k|).
 * A claim differs only if three estimates from different starts all exclude it.
 */
export function judgeLogDet(claim: LogDetClaim): LogDetVerdict {
  const first = judgeFrom(claim, 1);
  if (first.verdict !== "differs") return first;
  return [5.3, 29].some((divisor) => judgeFrom(claim, divisor).verdict === "agrees")
    ? { ...first, verdict: "agrees" }
    : first;
}

function judgeFrom({ map, point, logDet, layers, sumOfSizes }: LogDetClaim, stepDivisor: number): LogDetVerdict {
  const D = point.length;
  const { jacobian, error: certificates } = numericalJacobian(map, tensor(point), { batched: true, stepDivisor });
  const J = matrixOf(jacobian, D);
  const E = matrixOf(certificates, D);
  const { inverse, logAbsDet } = invertMatrix(J);
  const spread = multiply(absolute(inverse), E);
  const trace = spread.reduce((total, row, i) => total + row[i], 0);
  const condition = normInfinity(J) * normInfinity(inverse);
  const bound = trace + D * EPSILON * condition + layers * D * EPSILON * (1 + sumOfSizes);
  const error = Math.abs(logDet - logAbsDet);
  if (!(normInfinity(spread) < 0.1)) return { verdict: "inconclusive", error, bound };
  return { verdict: error <= bound ? "agrees" : "differs", error, bound };
}
