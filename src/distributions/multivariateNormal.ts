import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, reshape, sum } from "../autograd/ops/broadcast.ts";
import { diagonal, diagonalMatrix, tril } from "../autograd/ops/diagonal.ts";
import { exp, log } from "../autograd/ops/exponential.ts";
import { solveTriangular } from "../autograd/ops/linalg/solveTriangular.ts";
import { matmul } from "../autograd/ops/matmul.ts";
import { transpose } from "../autograd/ops/rearrange.ts";
import { noGrad, type Operand } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, type Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import { type Kind, kind, kindBy } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { eye, Tensor } from "../tensor/tensor.ts";
import type { DistributionWithMoments, SampleWithLogProb } from "./distribution.ts";
import { definitionWith, operand } from "./operands.ts";
import { asParameters, numberUnless, trainable } from "./parameters.ts";
import { LOG_2PI } from "./standardNormal.ts";

/** A Gaussian with any covariance. */
export interface MultivariateNormal extends DistributionWithMoments {
  /** μ, [D] */
  readonly loc: Tensor;
  /** L, [D, D] */
  readonly scaleTril: Tensor;
  median(): Variable;
  /** Σ = L·Lᵀ, [D, D] */
  covariance(): Variable;
}

/** What {@link multivariateNormal} takes: the mean, and L or what it is made of. */
export type MultivariateNormalOptions = {
  /** μ, [D] or one number for all coordinates. */
  readonly loc: Operand;
} & (
  | {
      /** L [D, D], lower triangular with positive diagonal: the Cholesky factor of the covariance. The upper triangle is not read. */
      readonly scaleTril: Tensor;
    }
  | {
      /** The entries of L below its diagonal, [D, D], of which no others are read. */
      readonly lower: Tensor;
      /** ln L_ii, [D]: whatever it is, the diagonal is positive, so that it can be trained. */
      readonly logDiagonal: Tensor;
    }
);

/**
 * N(μ, L·Lᵀ): log p(x) = −½|z|² − Σ ln L_ii − (D/2)·ln 2π, z = L⁻¹(x − μ) by forward substitution.
 *
 * Entropy: Σ ln L_ii + (D/2)(1 + ln 2π) nats. Mean and median: μ. Covariance: L·Lᵀ, and variance its diagonal. Shape: events are [D].
 * Sampling: one call of `random.normal`; x = μ + L·ε. Gradients flow into Variables; that of the upper triangle is 0.
 * Cost: O(B·D²). Throws ShapeError unless L is square and μ has its size, DomainError unless they are finite and L_ii > 0.
 *
 * @example
 * const p = multivariateNormal({ loc: 0, scaleTril: tensor([[2, 0], [1, 1]]) });
 * p.logProb(tensor([[2, 1]])); // [-3.03102], −½ − ln 2 − ln 2π
 * p.covariance(); // [[4, 2], [2, 2]]
 */
export function multivariateNormal(options: MultivariateNormalOptions): MultivariateNormal {
  checkOptions("multivariateNormal", options, { loc: true, scaleTril: true, lower: true, logDiagonal: true });
  const { loc } = asParameters("multivariateNormal", options, ["loc"]);
  const { operands, factor } = factorOf(options);
  const D = factor().shape[0];
  if (loc.size !== 1 && (loc.rank !== 1 || loc.size !== D)) {
    throw new ShapeError(`multivariateNormal: loc must be [${D}] or one number; got ${formatShape(loc.shape)}`);
  }
  const all = [loc, ...Object.values(operands)];
  const logScales = (L: Tensor): Variable => sum(log(diagonal(L))); // Σ ln L_ii
  const logProbOf = (z: Tensor, L: Tensor, axis: number): Variable =>
    sub(mul(sum(square(z), axis), -0.5), add(logScales(L), 0.5 * D * LOG_2PI));

  function sampleWithLogProb(n: number, random: Random): SampleWithLogProb {
    checkDraw("multivariateNormal.sample", n, random, [D]);
    const noise = random.normal([n, D]);
    const L = factor();
    return { x: add(matmul(noise, tril(L), "NT"), loc), logProb: logProbOf(noise, L, 1) };
  }
  const middle = (): Variable => broadcastTo(reshape(loc, [loc.size]), [D]);
  return summarized("multivariateNormal", {
    eventShape: [D],
    parameters: trainable(all),
    get definition() {
      return definitionWith("multivariateNormal", { loc, ...operands });
    },
    loc,
    get scaleTril() {
      return factor();
    },
    logProb(x) {
      checkBatch("multivariateNormal", x, [D]);
      const L = factor();
      const z = solveTriangular(L, transpose(sub(x, loc)), { lower: true }); // [D, B]
      return logProbOf(z, L, 0);
    },
    sample: (n, random) => noGrad(() => detach(sampleWithLogProb(n, random).x)),
    sampleWithLogProb,
    entropy: () => numberUnless(all.slice(1), add(logScales(factor()), 0.5 * D * (1 + LOG_2PI))),
    mean: middle,
    median: middle,
    location: middle,
    variance: () => sum(square(tril(factor())), 1),
    covariance() {
      const L = tril(factor());
      return matmul(L, L, "NT");
    },
  });
}

/** L, put together and checked at every use, because training may have assigned it; and what it is made of. */
function factorOf(options: MultivariateNormalOptions): {
  readonly operands: { readonly [name: string]: Tensor };
  readonly factor: () => Tensor;
} {
  if ("scaleTril" in options && options.scaleTril !== undefined) {
    const { scaleTril } = options;
    return { operands: { scaleTril }, factor: () => checkFactor(scaleTril) };
  }
  const { lower, logDiagonal } = asParameters("multivariateNormal", options as { lower: Tensor; logDiagonal: Tensor }, [
    "lower",
    "logDiagonal",
  ]);
  const D = logDiagonal.size;
  if (logDiagonal.rank !== 1 || !sameShape(lower.shape, [D, D])) {
    const shapes = `${formatShape(lower.shape)} and ${formatShape(logDiagonal.shape)}`;
    throw new ShapeError(`multivariateNormal: lower must be [D,D] and logDiagonal [D]; got ${shapes}`);
  }
  return {
    operands: { lower, logDiagonal },
    factor: () => checkFactor(add(tril(lower, -1), diagonalMatrix(exp(logDiagonal)))),
  };
}

/** I. Throws ShapeError for another shape than [D, D]. */
function startOfFactor(shape: Shape): Tensor {
  if (shape.length === 2 && shape[0] === shape[1]) return eye(shape[0]);
  throw new ShapeError(`multivariateNormal: scaleTril must be [D,D]; got ${formatShape(shape)}`);
}

/** Throws unless L is a square matrix whose lower triangle is finite, with a positive diagonal. */
function checkFactor(L: unknown): Tensor {
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
  return L;
}

/** Rebuilds multivariateNormal from its definition. */
export const multivariateNormalEntry: Kind<MultivariateNormal> = /*#__PURE__*/ kindBy("scaleTril", {
  present: /*#__PURE__*/ kind(
    { loc: /*#__PURE__*/ operand(0), scaleTril: /*#__PURE__*/ operand(startOfFactor) },
    ({ loc, scaleTril }) => multivariateNormal({ loc, scaleTril: scaleTril as Tensor }),
  ),
  absent: /*#__PURE__*/ kind(
    { loc: /*#__PURE__*/ operand(0), lower: /*#__PURE__*/ operand(0), logDiagonal: /*#__PURE__*/ operand(0) },
    ({ loc, lower, logDiagonal }) =>
      multivariateNormal({ loc, lower: lower as Tensor, logDiagonal: logDiagonal as Tensor }),
  ),
});
