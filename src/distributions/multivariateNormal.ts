import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { diagonal, tril } from "../autograd/ops/diagonal.ts";
import { log } from "../autograd/ops/exponential.ts";
import { solveTriangular } from "../autograd/ops/linalg/solveTriangular.ts";
import { matmul } from "../autograd/ops/matmul.ts";
import { transpose } from "../autograd/ops/shape.ts";
import { noGrad, type Operand } from "../autograd/rule.ts";
import { detach, type Variable } from "../autograd/variable.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { checkBatch, formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { ReparametrizedDistribution, SampleWithLogProb } from "./distribution.ts";
import { asParameters, numberUnless, trainable } from "./parameters.ts";
import { LOG_2PI } from "./standardNormal.ts";

/** A Gaussian with any covariance. */
export interface MultivariateNormal extends ReparametrizedDistribution {
  /** μ, [D] */
  readonly loc: Tensor;
  /** L, [D, D] */
  readonly scaleTril: Tensor;
}

/** What {@link multivariateNormal} takes. */
export interface MultivariateNormalOptions {
  /** μ, [D] or one number for all coordinates. */
  readonly loc: Operand;
  /** L [D, D], lower triangular with positive diagonal: the Cholesky factor of the covariance. The upper triangle is not read. */
  readonly scaleTril: Tensor;
}

/**
 * N(μ, L·Lᵀ): log p(x) = −½|z|² − Σ ln L_ii − (D/2)·ln 2π, z = L⁻¹(x − μ) by forward substitution.
 *
 * Entropy: Σ ln L_ii + (D/2)(1 + ln 2π) nats. Shape: events are [D].
 * Sampling: one call of `random.normal`; x = μ + L·ε. Gradients flow into Variables; that of the upper triangle is 0.
 * Cost: O(B·D²). Throws ShapeError unless L is square and μ has its size, DomainError unless they are finite and L_ii > 0.
 *
 * @example
 * const p = multivariateNormal({ loc: 0, scaleTril: tensor([[2, 0], [1, 1]]) });
 * p.logProb(tensor([[2, 1]])).toArray(); // [-3.0310242469692905]
 */
export function multivariateNormal(options: MultivariateNormalOptions): MultivariateNormal {
  const { loc } = asParameters("multivariateNormal", options, ["loc"]);
  const L = options.scaleTril;
  const D = checkFactor(L);
  if (loc.size !== 1 && (loc.rank !== 1 || loc.size !== D)) {
    throw new ShapeError(`multivariateNormal: loc must be [${D}] or one number; got ${formatShape(loc.shape)}`);
  }
  const factor = (): Tensor => {
    checkFactor(L); // again at every use, because training may have assigned it
    return L;
  };
  const logScales = (): Variable => sum(log(diagonal(factor()))); // Σ ln L_ii
  const logProbOf = (z: Tensor, axis: number): Variable =>
    sub(mul(sum(square(z), axis), -0.5), add(logScales(), 0.5 * D * LOG_2PI));

  function sampleWithLogProb(n: number, random: Random): SampleWithLogProb {
    const noise = random.normal([n, D]);
    return { x: add(matmul(noise, tril(factor()), "NT"), loc), logProb: logProbOf(noise, 1) };
  }
  return {
    eventShape: [D],
    parameters: trainable([loc, L]),
    loc,
    scaleTril: L,
    logProb(x) {
      checkBatch("multivariateNormal", x.shape, [D]);
      const z = solveTriangular(factor(), transpose(sub(x, loc)), { lower: true }); // [D, B]
      return logProbOf(z, 0);
    },
    sample: (n, random) => noGrad(() => detach(sampleWithLogProb(n, random).x)),
    sampleWithLogProb,
    entropy: () => numberUnless([L], add(logScales(), 0.5 * D * (1 + LOG_2PI))),
  };
}

/** Throws unless L is a square matrix whose lower triangle is finite, with a positive diagonal. Returns its size. */
function checkFactor(L: unknown): number {
  if (!(L instanceof Tensor) || L.rank !== 2 || L.shape[0] !== L.shape[1]) {
    throw new ShapeError(`multivariateNormal: scaleTril must be a square matrix; got ${describeValue(L)}`);
  }
  const D = L.shape[0];
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      const entry = L.data[i * D + j];
      if (Math.abs(entry) < Number.POSITIVE_INFINITY && (j < i || entry > 0)) continue;
      const rule = j < i ? "finite" : "finite and positive on its diagonal";
      throw new DomainError(`multivariateNormal: scaleTril must be ${rule}; got ${entry} at [${i},${j}]`);
    }
  }
  return D;
}
