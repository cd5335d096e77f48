import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, sum } from "../autograd/ops/broadcast.ts";
import { diagonal, diagonalMatrix, tril } from "../autograd/ops/diagonal.ts";
import { exp, expm1, log } from "../autograd/ops/exponential.ts";
import { solveTriangular } from "../autograd/ops/linalg/solveTriangular.ts";
import type { Variable } from "../autograd/variable.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { DiagonalNormal } from "./diagonalNormal.ts";
import { checkDistribution, type Distribution } from "./distribution.ts";
import type { MultivariateNormal } from "./multivariateNormal.ts";

type Normal = DiagonalNormal | MultivariateNormal;

/**
 * KL(p ‖ q) = E_p[log p − log q] of two Gaussians, standard, diagonal or full, nats; a single number, [].
 *
 * Diagonal: Σ δ + ½(e^{−2δ} − 1 + ((μ_p − μ_q)/σ_q)²) with δ = log σ_q − log σ_p.
 * Full: Σ ln (L_q)_ii/(L_p)_ii + ½(‖L_q⁻¹L_p‖² + |L_q⁻¹(μ_p − μ_q)|² − D); if one is diagonal, its L is diag(σ).
 *
 * Gradients flow into the Variables among the parameters. Cost: O(D), O(D³) if one is full. Throws DomainError for other distributions, ShapeError unless both
 * are over points of one shape.
 *
 * @example
 * klDivergence(diagonalNormal({ loc: 1, logScale: 0 }), standardNormal([])); // 0.5 nats
 */
export function klDivergence(p: Distribution, q: Distribution): Variable {
  checkNormal(p);
  checkNormal(q);
  if (!sameShape(p.eventShape, q.eventShape)) {
    const [P, Q] = [formatShape(p.eventShape), formatShape(q.eventShape)];
    throw new ShapeError(`klDivergence: both must be over points of one shape; got ${P} and ${Q}`);
  }
  return isDiagonal(p) && isDiagonal(q) ? betweenDiagonals(p, q) : betweenFactors(p, q);
}

function checkNormal(distribution: unknown): asserts distribution is Normal {
  checkDistribution("klDivergence", "each", distribution);
  if (isDiagonal(distribution) || isFull(distribution)) return;
  throw new DomainError(`klDivergence: needs two normal distributions; got ${describeValue(distribution)}`);
}

function isDiagonal(distribution: unknown): distribution is DiagonalNormal {
  return hasTensors(distribution, ["loc", "logScale"]);
}

function isFull(distribution: unknown): distribution is MultivariateNormal {
  return hasTensors(distribution, ["loc", "scaleTril"]);
}

function hasTensors(distribution: unknown, names: readonly string[]): boolean {
  return names.every((name) => (distribution as Readonly<Record<string, unknown>>)[name] instanceof Tensor);
}

function betweenDiagonals(p: DiagonalNormal, q: DiagonalNormal): Variable {
  const delta = sub(q.logScale, p.logScale);
  const shift = mul(sub(p.loc, q.loc), exp(mul(q.logScale, -1)));
  const terms = add(delta, mul(add(expm1(mul(delta, -2)), square(shift)), 0.5));
  return sum(broadcastTo(terms, p.eventShape));
}

function betweenFactors(p: Normal, q: Normal): Variable {
  const [D] = p.eventShape;
  const [Lp, Lq] = [factorOf(p), factorOf(q)];
  const between = broadcastTo(sub(p.loc, q.loc), [D]); // μ_p − μ_q
  const spread = sum(square(solveTriangular(Lq, tril(Lp), { lower: true })));
  const shift = sum(square(solveTriangular(Lq, between, { lower: true })));
  const logScales = sub(sum(log(diagonal(Lq))), sum(log(diagonal(Lp))));
  return add(logScales, mul(sub(add(spread, shift), D), 0.5));
}

/** L, where L·Lᵀ is the covariance. */
function factorOf(normal: Normal): Tensor {
  if (isFull(normal)) return normal.scaleTril;
  return diagonalMatrix(broadcastTo(exp(normal.logScale), normal.eventShape));
}
