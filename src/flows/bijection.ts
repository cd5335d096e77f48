// z = f(x), x = f⁻¹(z), log|det ∂z/∂x|: what every layer has.
import type { Part } from "../autograd/parts.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

// B points in a batch; D numbers in a point

/**
 * A layer of a flow: a map f from data x to latent z that is differentiable and has a differentiable inverse (a C¹-diffeomorphism).
 * *Forward is always data → latent.* x and z have the same number of entries D, and usually the same shape.
 *
 *     Jacobian matrix       J = ∂z/∂x,  J_ij = ∂z_i/∂x_j  [D, D]
 *     volume                |det J| is the factor by which f changes a small volume around x
 *     inverse function      J_{f⁻¹}(z) = J_f(x)⁻¹,  so  log|det J_{f⁻¹}| = −log|det J_f|
 *
 * Both methods give the points and log|det J| (the "log-det") together. The determinant of a D × D matrix costs O(D³) in general;
 * layers are made so that J has a structure (a permutation, diagonal, triangular …) with which it costs less, and so does f⁻¹.
 *
 * `layer` (layer.ts) makes a layer of two functions and a shape; `compose` (compose.ts) makes one layer of several.
 */
export interface Bijection extends Part {
  /** The shape of one data point x: [D], or [C, H, W] for an image. */
  readonly dataShape: Shape;
  /** The shape of one latent point z. */
  readonly latentShape: Shape;
  /** z = f(x) and log|det ∂z/∂x| of a batch x [B, ...dataShape]. Pure: never changes state. Throws ShapeError, DomainError where f is not defined. */
  forward(x: Tensor, context?: Tensor): ForwardResult;
  /** x = f⁻¹(z) and log|det ∂x/∂z| of a batch z [B, ...latentShape]. Throws ShapeError, DomainError outside of the image of f. */
  inverse(z: Tensor, context?: Tensor): InverseResult;
  /** Sets parameters from data, once; later calls change nothing. Throws as `forward`, and DomainError for data without a spread; then nothing has changed. */
  initialize?(x: Tensor, context?: Tensor): void;
  /** Numbers that are saved but not trained, such as fixed signs; `parameters` are what is trained. */
  readonly buffers: ReadonlyMap<string, Tensor>;
  /** C: each point may come with C other numbers, its context, that f depends on: p(x | context). Absent or 0 for none. */
  readonly context?: number;
  /** Whether each way is one pass, or one coordinate after another. */
  readonly cost: Cost;
  /** What it can be rebuilt from. */
  readonly definition: BijectionDefinition;
}

/** The latent points of data points, and how volume changed on the way. */
export interface ForwardResult {
  /** [B, ...latentShape] */
  readonly z: Variable;
  /** log|det ∂z/∂x|, one number for each point, [B]; natural logarithms, so the unit is the nat */
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
  /** From data to latent: densities. */
  readonly forward: "parallel" | "sequential";
  /** From latent to data: samples. */
  readonly inverse: "parallel" | "sequential";
}

/**
 * What a layer can be rebuilt from, as plain JSON: its type and its options. Parameters and buffers are saved beside it. How it is
 * rebuilt stands at the end of each layer's file, in a constant `…Entry`; registry.ts collects them.
 */
export type BijectionDefinition = Definition;
