import { parameter } from "../autograd/variable.ts";
import { diagonalNormal } from "../distributions/diagonalNormal.ts";
import { checkDistribution, type Distribution } from "../distributions/distribution.ts";
import { mixture } from "../distributions/mixture.ts";
import { multivariateNormal } from "../distributions/multivariateNormal.ts";
import { standardNormal } from "../distributions/standardNormal.ts";
import { checkRandom } from "../tensor/checks.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkShape, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { checkLayers } from "./compose.ts";

// What latent points are drawn from: N(0, I), or a distribution that is trained with the flow. Those that are trained are functions of
// their own, so that a program that does not name one does not carry it.

/** Makes a base over latent points of that shape. */
export type BaseMaker = (shape: Shape, random: Random) => Distribution;

/** The option of every recipe that says what latent points are drawn from. */
export interface BaseOptions {
  /**
   * A distribution over latent points, or what makes one for them: {@link diagonalBase}, {@link normalBase}, {@link mixtureBase}.
   * N(0, I) by default.
   */
  readonly base?: Distribution | BaseMaker;
}

/** The base that an option asks for, over points of that shape. Throws DomainError, ShapeError. */
export function baseOf(operation: string, base: BaseOptions["base"], shape: Shape, random: Random): Distribution {
  if (base === undefined) return standardNormal(shape);
  const made: unknown = typeof base === "function" ? base(shape, random) : base;
  const distribution = checkDistribution(operation, "base, or what it makes,", made);
  if (sameShape(distribution.eventShape, shape)) return distribution;
  const [came, wanted] = [formatShape(distribution.eventShape), formatShape(shape)];
  throw new ShapeError(`${operation}: the base must be over latent points ${wanted}; got ${came}`);
}

/**
 * A base N(μ, diag σ²) that is trained with the flow, from N(0, I). What it makes throws DomainError for a shape that is none.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, base: diagonalBase(), random: new Random(1) });
 * [...flow.named().keys()].filter((name) => name.startsWith("base.")); // ["base.loc", "base.logScale"]
 */
export function diagonalBase(): BaseMaker {
  return (shape) => normalAt(zeros(shape));
}

/**
 * A base N(μ, L·Lᵀ) over vectors that is trained with the flow, from N(0, I); L_ii = exp(ℓ_i) stays positive.
 * Cost: O(D²) for each point. What it makes throws ShapeError unless points are vectors.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, base: normalBase(), random: new Random(1) });
 * [...flow.named().keys()].filter((name) => name.startsWith("base.")); // ["base.loc", "base.lower", "base.logDiagonal"]
 */
export function normalBase(): BaseMaker {
  return (shape) => {
    if (checkShape("normalBase", shape).length !== 1)
      throw new ShapeError(`normalBase: points must be vectors; got ${formatShape(shape)}`);
    const [loc, lower, logDiagonal] = [zeros(shape), zeros([shape[0], shape[0]]), zeros(shape)];
    return multivariateNormal({
      loc: parameter(loc, "loc"),
      lower: parameter(lower, "lower"),
      logDiagonal: parameter(logDiagonal, "logDiagonal"),
    });
  };
}

/**
 * A base of several normals Σ_k w_k·N(μ_k, diag σ_k²) that is trained with the flow, from centres drawn from N(0, I), σ = 1 and equal
 * weights; 8 components by default. Cost: K times that of
 * a {@link diagonalBase}. Throws DomainError unless the components are an integer ≥ 1.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, base: mixtureBase({ components: 3 }), random: new Random(1) });
 * flow.named().get("base.logits")?.shape; // [3]
 * flow.sample(5, new Random(1)).shape; // [5, 2]
 */
export function mixtureBase(options: { readonly components?: number } = {}): BaseMaker {
  checkOptions("mixtureBase", options, { components: true });
  const { components = 8 } = options;
  checkLayers("mixtureBase", "components", components);
  return (shape, random) => {
    checkRandom("mixtureBase", random);
    return mixture({
      logits: parameter(zeros([components]), "logits"),
      components: Array.from({ length: components }, () => normalAt(random.normal(shape))),
    });
  };
}

/** N(μ, diag σ²), trained, with σ = 1 at the start. */
function normalAt(loc: Tensor): Distribution {
  return diagonalNormal({ loc: parameter(loc, "loc"), logScale: parameter(zeros(loc.shape), "logScale") });
}
