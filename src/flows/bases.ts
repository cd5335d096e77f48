import { parameter } from "../autograd/variable.ts";
import { diagonalNormal } from "../distributions/diagonalNormal.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { mixture } from "../distributions/mixture.ts";
import { multivariateNormal } from "../distributions/multivariateNormal.ts";
import { standardNormal } from "../distributions/standardNormal.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";

// What latent points are drawn from: N(0, I), or a distribution that is trained with the flow.

/**
 * N(0, I), which is fixed; or one that starts there and is trained with the flow, N(μ, diag σ²) or N(μ, L·Lᵀ); or a mixture of eight
 * normals with centres drawn from N(0, I), which are trained, their widths and weights, too.
 */
export type BaseName = "standardNormal" | "diagonalNormal" | "multivariateNormal" | "mixture";

/** The option of every recipe that says what latent points are drawn from. */
export interface BaseOption {
  /** A distribution over latent points, or the name of one that is made for them; `"standardNormal"` by default. */
  readonly base?: Distribution | BaseName;
}

/** How many components a mixture has that is made by name. */
const COMPONENTS = 8;

/** The base that an option asks for, over points of that shape. Throws DomainError, ShapeError. */
export function baseOf(
  operation: string,
  base: Distribution | BaseName | undefined,
  shape: Shape,
  random: Random,
): Distribution {
  switch (base) {
    case undefined:
    case "standardNormal":
      return standardNormal(shape);
    case "diagonalNormal":
      return normalAt(zeros(shape));
    case "multivariateNormal": {
      if (shape.length !== 1) {
        throw new ShapeError(`${operation}: a multivariateNormal base is over vectors; got ${formatShape(shape)}`);
      }
      const [loc, lower, logDiagonal] = [zeros(shape), zeros([shape[0], shape[0]]), zeros(shape)];
      return multivariateNormal({
        loc: parameter(loc, "loc"),
        lower: parameter(lower, "lower"),
        logDiagonal: parameter(logDiagonal, "logDiagonal"),
      });
    }
    case "mixture":
      return mixture({
        logits: parameter(zeros([COMPONENTS]), "logits"),
        components: Array.from({ length: COMPONENTS }, () => normalAt(random.normal(shape))),
      });
    default:
      return checkBase(operation, base, shape);
  }
}

/** N(μ, diag σ²), trained, with σ = 1 at the start. */
function normalAt(loc: Tensor): Distribution {
  return diagonalNormal({ loc: parameter(loc, "loc"), logScale: parameter(zeros(loc.shape), "logScale") });
}

function checkBase(operation: string, base: unknown, shape: Shape): Distribution {
  if (typeof base !== "object" || base === null || !("logProb" in base && "eventShape" in base)) {
    throw new DomainError(
      `${operation}: base is a distribution, or one of standardNormal, diagonalNormal, multivariateNormal, mixture; got ${describeValue(base)}`,
    );
  }
  const distribution = base as Distribution;
  if (sameShape(distribution.eventShape, shape)) return distribution;
  const [came, wanted] = [formatShape(distribution.eventShape), formatShape(shape)];
  throw new ShapeError(`${operation}: the base must be over latent points ${wanted}; got ${came}`);
}
