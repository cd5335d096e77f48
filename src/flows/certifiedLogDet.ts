// Whether log|det J| of a layer is that of its numerical Jacobian, within what the certificates allow: docs/numerics.md.
import { numericalJacobian } from "../autograd/numericalJacobian.ts";
import { slogdet } from "../autograd/ops/linalg/det.ts";
import { SingularMatrixError } from "../autograd/ops/linalg/factor.ts";
import { inv } from "../autograd/ops/linalg/solve.ts";
import { noGrad } from "../autograd/rule.ts";
import { Tensor } from "../tensor/tensor.ts";

// D numbers in a point

const EPSILON = 2.220446049250313e-16;

/** What is compared: a map of batches, a point, and the log-det that the map claims there. */
export interface LogDetClaim {
  /** [N, ...] → [N, ...], with D numbers in each row */
  readonly map: (x: Tensor) => Tensor;
  /** One point, without a batch axis. */
  readonly point: Tensor;
  readonly logDet: number;
  /** K layers and Σ|logDet_k| of theirs: what rounding in the sum of log-dets is proportional to. */
  readonly layers: number;
  readonly sumOfSizes: number;
}

/** What comparing an analytic log-det with the numerical Jacobian says. */
export interface LogDetVerdict {
  readonly verdict: "agrees" | "differs" | "inconclusive";
  readonly numeric: number;
  /** |analytic − numeric| */
  readonly error: number;
  /** The certified bound on it. */
  readonly bound: number;
  /** ‖J⁻¹‖∞ and ‖J‖∞. */
  readonly inverseNorm: number;
  readonly norm: number;
}

/**
 * With J numeric and E its certificates: |Δ log|det J|| ≤ Σ_ij |J⁻¹|_ji·E_ij + D·eps·κ∞(J) + K·D·eps·(1 + Σ|logDet_k|). Inconclusive if
 * ‖|J⁻¹|·E‖∞ ≥ 0.1, where first order is not enough, or J is singular and E says that it need not be.
 *
 * Cost: 55·D evaluations of the map, O(D³).
 */
export function judgeLogDet({ map, point, logDet, layers, sumOfSizes }: LogDetClaim): LogDetVerdict {
  const D = point.size;
  const { jacobian, error: certificates } = numericalJacobian(map, point, { batched: true });
  const J = new Tensor(jacobian.data, [D, D]);
  const numeric = noGrad(() => slogdet(J).logAbsDet.item());
  const inverse = inverseOf(J);
  const norm = largestRowSum(J.data, D);
  if (inverse === undefined) {
    return { verdict: "inconclusive", numeric, error: Number.NaN, bound: Number.NaN, inverseNorm: Number.NaN, norm };
  }
  let trace = 0;
  const spread = new Float64Array(D * D); // |J⁻¹|·E
  for (let i = 0; i < D; i++) {
    for (let j = 0; j < D; j++) {
      for (let k = 0; k < D; k++) spread[i * D + j] += Math.abs(inverse[i * D + k]) * certificates.data[k * D + j];
    }
    trace += spread[i * D + i];
  }
  const inverseNorm = largestRowSum(inverse, D);
  const bound = trace + D * EPSILON * norm * inverseNorm + layers * D * EPSILON * (1 + sumOfSizes);
  const error = Math.abs(logDet - numeric);
  const told = largestRowSum(spread, D) < 0.1;
  const verdict = told ? (error <= bound ? "agrees" : "differs") : "inconclusive";
  return { verdict, numeric, error, bound, inverseNorm, norm };
}

function inverseOf(J: Tensor): Float64Array | undefined {
  try {
    return noGrad(() => inv(J).data);
  } catch (error) {
    if (error instanceof SingularMatrixError) return undefined;
    throw error;
  }
}

/** ‖A‖∞ of a D × D matrix. */
function largestRowSum(A: Float64Array, D: number): number {
  let largest = 0;
  for (let i = 0; i < D; i++) {
    let total = 0;
    for (let j = 0; j < D; j++) total += Math.abs(A[i * D + j]);
    largest = Math.max(largest, total);
  }
  return largest;
}
