import type { Part } from "../autograd/parts.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

// B batch

/** What a layer can be rebuilt from, as plain JSON; its parameters and buffers are saved beside it. */
export type BijectionDefinition = Definition;

/** The latent points of data points, and how volume changed on the way. */
export interface ForwardResult {
  /** [B, ...latentShape] */
  readonly z: Variable;
  /** log|det ∂z/∂x|, [B], nats */
  readonly logDet: Variable;
}

/** The data points of latent points, and how volume changed on the way. */
export interface InverseResult {
  /** [B, ...dataShape] */
  readonly x: Variable;
  /** log|det ∂x/∂z|, [B], nats: the negative of forward's at that point */
  readonly logDet: Variable;
}

/** `"parallel"`: all coordinates in one pass; `"sequential"`: one coordinate after another. */
export interface Cost {
  readonly forward: "parallel" | "sequential";
  readonly inverse: "parallel" | "sequential";
}

/**
 * A layer of a flow: a C¹-diffeomorphism f between data x and latent z. *Forward is always data → latent.*
 *
 *     inverse function      J_{f⁻¹}(z) = J_f(x)⁻¹,   log|det J_{f⁻¹}| = −log|det J_f|
 *
 * `layer` (layer.ts) makes one of the two methods and a shape, and supplies the rest; `compose` puts several in a row.
 */
export interface Bijection extends Part {
  /** The shape of one data point x: [D] or [C, H, W]. */
  readonly dataShape: Shape;
  /** The shape of one latent point z. */
  readonly latentShape: Shape;
  /** z = f(x). Pure: never changes state. */
  forward(x: Tensor, context?: Tensor): ForwardResult;
  /** x = f⁻¹(z). */
  inverse(z: Tensor, context?: Tensor): InverseResult;
  /** Sets parameters from data, once; later calls change nothing. */
  initialize?(x: Tensor, context?: Tensor): void;
  /** What is saved but not trained. */
  readonly buffers: ReadonlyMap<string, Tensor>;
  /** C, how many numbers of context each point comes with; absent or 0 for none. */
  readonly context?: number;
  readonly cost: Cost;
  readonly definition: BijectionDefinition;
}
