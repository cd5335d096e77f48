// z = W x with W·Wᵀ = I: log|det J| = 0.

import { add, sub } from "../../autograd/ops/arithmetic.ts";
import { tril } from "../../autograd/ops/diagonal.ts";
import { matrixExp } from "../../autograd/ops/linalg/matrixExp.ts";
import { solve } from "../../autograd/ops/linalg/solve.ts";
import { matmul } from "../../autograd/ops/matmul.ts";
import { transpose } from "../../autograd/ops/rearrange.ts";
import { parameter, Variable } from "../../autograd/variable.ts";
import { checkRandom } from "../../tensor/checks.ts";
import { type Kind, kind, oneOf, optional, size } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import { eye, type Tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { checkReflections, randomReflections, reflectionsOf, reflectRows } from "./householder.ts";
import { type BiasOption, type LinearLayer, type LinearMap, linearLayer, readBias } from "./linearMap.ts";
import { checkDimensions, checkOrthogonalWeight, type LinearStart, randomRotation } from "./weights.ts";

/** How an orthogonal matrix is made of free numbers. */
export type OrthogonalParametrization = "householder" | "cayley" | "exponential";

/** How it starts, and how W is made of free numbers. */
export type OrthogonalLinearOptions = LinearStart &
  BiasOption & {
    /** `"householder"` by default. */
    readonly parametrization?: OrthogonalParametrization;
    /** K, the number of reflections of a random start; the even one of D and D − 1 by default. Householder only. */
    readonly reflections?: number;
  };

/**
 * z = W x with an orthogonal W, W·Wᵀ = I: a rotation, perhaps with a reflection.
 *
 * Log-det: 0. Inverse: x = Wᵀ·z.
 * Parameters, `"householder"`: `reflections` [K, D], any vectors but zero, W = H_K⋯H_1. `"cayley"` and `"exponential"`: `skew`
 * [D, D], whose strict lower triangle is read as A − Aᵀ of a skew A, W = W₀·(I + A)⁻¹(I − A) or W = W₀·exp A. W₀ (a buffer) is
 * where the layer starts, with A = 0: the exponentials reach every W with the determinant of W₀, Cayley's all but
 * those for which W₀ᵀW has the eigenvalue −1. Starts at a random rotation, or at the weight given, to rounding. det W never
 * changes.
 * Smoothness: C∞ (linear). Cost: Householder O(D²) both ways for K ≤ D; the others O(D³) both ways, the exponential
 * about 30 times what Cayley's solve costs.
 * Throws DomainError for a weight that is not orthogonal within 1e-10 or an unknown parametrization, ShapeError.
 * Reference: Tomczak & Welling (2016), https://arxiv.org/abs/1611.09630 (Householder); Helfrich, Willmott & Ye (2018),
 * https://arxiv.org/abs/1707.09520 (Cayley); Lezcano-Casado (2019), https://arxiv.org/abs/1909.09501 (a base times an exponential).
 *
 * @example
 * orthogonalLinear({ weight: tensor([[0, 1], [-1, 0]]) }).forward(tensor([[3, 4]])); // { z: [[4, -3]], logDet: [0] }
 */
export function orthogonalLinear(options: OrthogonalLinearOptions): LinearLayer {
  checkOptions("orthogonalLinear", options, {
    dimensions: true,
    weight: true,
    bias: true,
    random: true,
    reflections: true,
    parametrization: true,
  });
  const { parametrization = "householder" } = options;
  if (parametrization === "householder") {
    const map = householderMap(options);
    const [reflections, dimensions] = map.parameters[0].shape;
    const definition = { type: "orthogonalLinear", dimensions, parametrization, reflections };
    return linearLayer(map, definition, options.bias);
  }
  if (parametrization !== "cayley" && parametrization !== "exponential") {
    throw new DomainError(
      `orthogonalLinear: the parametrization is one of householder, cayley, exponential; got ${describeValue(parametrization)}`,
    );
  }
  if (options.reflections !== undefined) {
    throw new DomainError(`orthogonalLinear: only "householder" has reflections; got them for "${parametrization}"`);
  }
  const map = skewMap(options, parametrization === "cayley" ? cayleyRows : exponentialRows);
  const definition = { type: "orthogonalLinear", dimensions: map.dimensions, parametrization };
  return linearLayer(map, definition, options.bias);
}

/** ln|det W| of an orthogonal W. */
function zero(): Variable {
  return new Variable(new Float64Array(1), []);
}

/** W = H_K⋯H_1. */
function householderMap(options: OrthogonalLinearOptions): LinearMap {
  const V = parameter(startReflections(options), "reflections");
  return {
    dimensions: V.shape[1],
    parameters: [V],
    apply: (X) => reflectRows("orthogonalLinear", X, V, false),
    solve: (Z) => reflectRows("orthogonalLinear", Z, V, true),
    logAbsDet: zero,
  };
}

function startReflections(options: OrthogonalLinearOptions): Tensor {
  if (options.weight !== undefined) return reflectionsOf(checkOrthogonalWeight("orthogonalLinear", options.weight));
  const D = checkDimensions("orthogonalLinear", options.dimensions);
  return randomReflections("orthogonalLinear", D, checkRandom("orthogonalLinear", options.random), options.reflections);
}

/** C(A)·x, or C(A)ᵀ·x = C(−A)·x, for each row x. */
type RowsOfSkew = (X: Tensor, A: Variable) => Variable;

/** W = W₀·C(A), A skew. */
function skewMap(options: LinearStart, rows: RowsOfSkew): LinearMap {
  const W0 = startBase(options);
  const D = W0.shape[0];
  const skew = parameter(zeros([D, D]), "skew");
  const A = (sign: 1 | -1): Variable => {
    const lower = tril(skew, -1);
    return sign === 1 ? sub(lower, transpose(lower)) : sub(transpose(lower), lower);
  };
  return {
    dimensions: D,
    parameters: [skew],
    buffers: new Map([["base", W0]]),
    apply: (X) => matmul(rows(X, A(1)), W0, "NT"),
    solve: (Z) => rows(matmul(Z, W0), A(-1)),
    logAbsDet: zero,
  };
}

function startBase(options: LinearStart): Tensor {
  if (options.weight !== undefined) return checkOrthogonalWeight("orthogonalLinear", options.weight);
  const D = checkDimensions("orthogonalLinear", options.dimensions);
  return randomRotation(D, checkRandom("orthogonalLinear", options.random));
}

/** (I + A)⁻¹·(I − A)·x: one solve for all rows. I + A is never singular, the eigenvalues of A being imaginary. */
function cayleyRows(X: Tensor, A: Variable): Variable {
  const I = eye(A.shape[0]);
  const right = sub(transpose(X), matmul(A, X, "NT")); // (I − A)·x, one column per row of X
  return transpose(solve(add(I, A), right));
}

/** exp(A)·x */
function exponentialRows(X: Tensor, A: Variable): Variable {
  return matmul(X, matrixExp(A), "NT");
}

/** Rebuilds {@link orthogonalLinear} from its definition; its base, if it has one, is a buffer. */
export const orthogonalLinearEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  {
    dimensions: size,
    parametrization: /*#__PURE__*/ oneOf("householder", "cayley", "exponential"),
    reflections: /*#__PURE__*/ optional(size),
    bias: readBias,
  },
  ({ dimensions: D, parametrization, reflections, bias: given }, at) => {
    const bias = defined({ bias: given });
    checkReflections(at, reflections, parametrization === "householder");
    at.claim(reflections === undefined ? 2 * D * D + D : (reflections + 1) * D);
    if (reflections !== undefined) return orthogonalLinear({ dimensions: D, reflections, random: at.random, ...bias });
    return orthogonalLinear({ weight: at.buffer("base", [D, D]), parametrization, ...bias });
  },
);
