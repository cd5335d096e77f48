import type { Part } from "../autograd/parts.ts";
import { isDeclaredPure } from "../autograd/pure.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import type { Bijection } from "./bijection.ts";
import { Flow } from "./flow.ts";
import { isLayer } from "./layer.ts";

/** The types of definitions of diffeo's own parts (registry.ts, which would bring all of them along): each does the same ops whatever the values are. */
export const PURE_TYPES: readonly string[] = (
  "flow same actNorm compose conv1x1 coupling diagonalLinear elementwiseAffine elementwiseSpline expFlow fullLinear inverseAutoregressive invert " +
  "leakyReluFlow logitFlow logTails luLinear maskedAutoregressive multiScale orthogonalLinear permutation qrLinear reverse sigmoidFlow softplusFlow " +
  "squeezeImage standardization tanhFlow triangularLinear additive affine spline convNet linear mlp residualMlp maskedMlp diagonalNormal laplace logistic " +
  "mixture multivariateNormal standardNormal studentT uniform"
).split(" ");

/** A part, and what most parts have. */
type Described = Part & { readonly definition?: Definition };

/**
 * Whether a flow does the same ops whatever the values are: it is made of diffeo's parts, and of others that are declared so (`pure`).
 * A flow that cannot say what it is made of is not.
 */
export function isPure(flow: Flow): boolean {
  const allowed = new Set(PURE_TYPES);
  const found = new Set<string>();
  const visit = (part: Described): boolean => {
    if (isDeclaredPure(part)) {
      if (part.definition !== undefined) allowed.add(part.definition.type);
    } else if (part.definition === undefined || ("cost" in part && !isLayer(part as Bijection))) return false;
    else collect(part.definition);
    return Object.values(part.parts ?? {}).every((each: Described) => visit(each));
  };
  /** All types that a definition names, its own and those of what it has inside. */
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type } = value as Partial<Definition>;
    if (typeof type === "string") found.add(type);
    Object.values(value).forEach(collect);
  };
  if (flow.logProb !== Flow.prototype.logProb) return false;
  try {
    return visit(flow.bijection) && visit(flow.base) && [...found].every((type) => allowed.has(type));
  } catch {
    return false; // definitions are made when they are asked for, and there may be none
  }
}
