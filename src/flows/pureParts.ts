import type { Part, Parts } from "../autograd/parts.ts";
import { isDeclaredPure } from "../autograd/pure.ts";
import { isSummarized } from "../autograd/summary.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import type { Bijection } from "./bijection.ts";
import { elementOf, isLayer } from "./layer.ts";

/** The types of definitions of diffeo's own parts (registry.ts, which would bring all of them along): each does the same ops whatever the values are. */
export const PURE_TYPES: readonly string[] = (
  "flow same actNorm compose conv1x1 coupling diagonalLinear elementwiseAffine elementwiseSpline expFlow fullLinear inverseAutoregressive invert " +
  "leakyReluFlow logitFlow logTails luLinear maskedAutoregressive multiScale orthogonalLinear permutation qrLinear reverse sigmoidFlow softplusFlow " +
  "squeezeImage standardization tanhFlow triangularLinear additive affine spline convNet linear mlp residualMlp maskedMlp diagonalNormal laplace logistic " +
  "mixture multivariateNormal standardNormal studentT uniform"
).split(" ");

/** What stands in definitions beside parts: the operands of distributions. */
const OPERANDS: readonly string[] = ["parameter", "constant"];

/** A part, and what most parts have. */
type Described = Part & { readonly definition?: Definition };

/**
 * Whether parts do the same ops whatever the values are: they are diffeo's, and made of such, or declared so (`pure`). What cannot say
 * what it is made of is not; neither is a part that somebody has made of one of diffeo's, with a method of their own, nor a layer whose element has
 * functions of its own.
 */
export function arePure(parts: Parts): boolean {
  const allowed = new Set([...PURE_TYPES, ...OPERANDS]);
  const found = new Set<string>();
  const visit = (part: Described): boolean => {
    const { definition } = part;
    if (isDeclaredPure(part)) {
      if (definition !== undefined) allowed.add(definition.type);
    } else if (definition !== undefined && isUnchanged(part) && hasPureElement(part)) {
      collect(definition);
    } else if (!isGroup(part)) return false;
    return Object.values(part.parts ?? {}).every((each: Described) => visit(each));
  };
  /** All types that a definition names, its own and those of what it has inside; elements have been asked themselves. */
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type, element, ...rest } = value as Partial<Definition>;
    if (typeof type === "string") found.add(type);
    Object.values(rest).forEach(collect);
  };
  try {
    return (
      Object.values(parts).every((part: Described) => visit(part)) && [...found].every((type) => allowed.has(type))
    );
  } catch {
    return false; // definitions are made when they are asked for, and there may be none
  }
}

/** Whether nobody has changed a method of parts that were pure. Cost: that of a look at each. */
export function areUnchanged(parts: Parts): boolean {
  return Object.values(parts).every(
    (part: Part) => (isDeclaredPure(part) || isGroup(part) || isUnchanged(part)) && areUnchanged(part.parts ?? {}),
  );
}

/** Whether it does nothing itself, but holds parts together. */
function isGroup(part: Part): boolean {
  return Object.keys(part).every((name) => name === "parameters" || name === "parts");
}

/** Whether the library made a part, and nobody has changed it since. */
function isUnchanged(part: Part): boolean {
  return isSummarized(part) && (!("cost" in part) || isLayer(part as Bijection));
}

/** Whether the element of a layer, if it has one, does the same ops whatever the values are. */
function hasPureElement(part: Part): boolean {
  const element = elementOf(part);
  return element === undefined || isDeclaredPure(element);
}
