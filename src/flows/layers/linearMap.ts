// z = W x (+ b): J = W, and log|det J| = ln|det W|.
import { add, mul, sub } from "../../autograd/ops/arithmetic.ts";
import { diagonalMatrix, tril, triu } from "../../autograd/ops/diagonal.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { transpose } from "../../autograd/ops/rearrange.ts";
import { type Parameter, parameter, type Variable } from "../../autograd/variable.ts";
import { checkFlag } from "../../tensor/checks.ts";
import { boolean, optional, type Reader } from "../../tensor/definitions/reading.ts";
import { eye, type Tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection, BijectionDefinition } from "../bijection.ts";
import { layer } from "../layer.ts";
import { constantLogDet } from "../logDet.ts";

// N rows of D numbers, W [D, D]

/**
 * A matrix W that is known by its structure: how points are multiplied by W, how by W⁻¹, and log|det W|.
 *
 * Nothing is cached: what a map derives from its parameters is derived again at each call. Triangles and blocks of
 * reflections cost O(D²) and O(K²·D) to put together, less than the N·D² of the product with them from a few rows on; the
 * factors of a full W cost ⅔D³, 3 % of a call with N = 256 rows for D = 64. And a product that was recorded could not
 * be kept at all: its graph belongs to one gradient.
 */
export interface LinearMap {
  /** D */
  readonly dimensions: number;
  readonly parameters: readonly Parameter[];
  readonly buffers?: ReadonlyMap<string, Tensor>;
  /** z = W·x for each row x, that is Z = X·Wᵀ, [N, D] → [N, D]. */
  apply(X: Tensor): Variable;
  /** x = W⁻¹·z for each row z, that is X = Z·W⁻ᵀ, [N, D] → [N, D]. */
  solve(Z: Tensor): Variable;
  /** ln|det W| in nats, []. */
  logAbsDet(): Variable;
}

/** What every linear layer takes. */
export interface BiasOption {
  /** Whether there is a b in z = W x + b: a parameter, 0 at the start. false by default. */
  readonly bias?: boolean;
}

/** A layer z = W x or W x + b, whose matrix can be asked for. */
export interface LinearLayer extends Bijection {
  /** W as it is now, [D, D] ([C, C] of a convolution); gradients flow into the parameters. Cost: D points. */
  matrix(): Variable;
  /** W⁻¹ as it is now, by what `inverse` does with D points. */
  inverseMatrix(): Variable;
  /** b, [D]: the parameter that the option `bias` asks for, else zeros. */
  readonly bias: Tensor;
}

/**
 * z = W x (+ b) as a layer of its own: J = W at every point, since ∂z_i/∂x_j = W_ij. (Some slides print J = Wᵀ; the determinant is the
 * same.) Points are the rows of a batch X [N, D], so z = W x for each of them is Z = X·Wᵀ.
 */
export function linearLayer(map: LinearMap, definition: BijectionDefinition, bias?: boolean): LinearLayer {
  const {
    dimensions: D,
    parameters,
    buffers = new Map(),
    apply,
    solve,
    bias: b,
  } = withBias(definition.type, map, bias);
  const linear = layer({
    shape: [D],
    parameters,
    buffers,
    definition: { ...definition, ...(bias ? { bias } : {}) },
    forward: (x) => ({ logDet: constantLogDet(map.logAbsDet(), x), z: apply(x) }),
    inverse: (z) => ({ logDet: constantLogDet(sub(0, map.logAbsDet()), z), x: solve(z) }),
  });
  return Object.assign(linear, matricesOf(map), { bias: b });
}

/** z = W x + b and x = W⁻¹(z − b) if there is a bias, else the map itself. Throws DomainError. */
export function withBias(
  operation: string,
  map: LinearMap,
  bias: unknown = false,
): LinearMap & { readonly bias: Tensor } {
  checkFlag(operation, "bias", bias);
  const start = zeros([map.dimensions]);
  if (!bias) return { ...map, bias: start };
  const b = parameter(start, "bias");
  return {
    ...map,
    bias: b,
    parameters: [...map.parameters, b],
    apply: (X) => add(map.apply(X), b),
    solve: (Z) => map.solve(sub(Z, b)),
  };
}

/** W and W⁻¹: the images of the unit vectors are their columns. */
export function matricesOf({ dimensions: D, apply, solve }: LinearMap): Pick<LinearLayer, "matrix" | "inverseMatrix"> {
  return { matrix: () => transpose(apply(eye(D))), inverseMatrix: () => transpose(solve(eye(D))) };
}

/** The field of a definition that says whether there is a bias. */
export const readBias: Reader<boolean | undefined> = /*#__PURE__*/ optional(boolean);

/** sign_i·exp(ℓ_i): a diagonal that never becomes zero, and never changes a sign. [D] */
export function signedExp(signs: Tensor, logDiagonal: Tensor): Variable {
  return mul(signs, exp(logDiagonal));
}

/** The triangle of the entries strictly below (above) the diagonal and another diagonal; the rest of the entries is not read. */
export function triangularMatrix(entries: Tensor, diagonal: Tensor, lower: boolean): Variable {
  return add(lower ? tril(entries, -1) : triu(entries, 1), diagonalMatrix(diagonal));
}
