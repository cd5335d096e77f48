import { contextRows } from "../../nets/conditioner.ts";
import { type MaskedMlp, type MaskedMlpOptions, maskedMlp } from "../../nets/maskedMlp.ts";
import { DomainError, ShapeError } from "../../tensor/errors.ts";
import { checkBatch } from "../../tensor/shape.ts";
import type { Bijection } from "../bijection.ts";
import { affineElement } from "../elements/affine.ts";
import type { Element } from "../elements/element.ts";
import { onePassInverse } from "../onePass/onePass.ts";

// B batch, D coordinates, P raw numbers per coordinate

/** What {@link maskedAutoregressive} takes: an element, and the options of its net. */
export interface MaskedAutoregressiveOptions extends Omit<MaskedMlpOptions, "outputsPerDimension"> {
  /** How a coordinate is moved; `affineElement()` by default. */
  readonly element?: Element;
  /** A masked net made before, instead of the options that would make one. */
  readonly conditioner?: MaskedMlp;
}

/**
 * z_i = element(x_i; net_i(x_j: j before i)): each coordinate is moved as those before it say. MAF.
 *
 * Log-det: that of the element; J is triangular in the order of the coordinates, or has the pattern of `dependencies`.
 * Inverse: x_i = element⁻¹(z_i; net_i(x_j: j before i)), one coordinate after another, or several at once where they do
 * not depend on each other; each unit of the net is computed once.
 * Parameters: the net's; its last map starts at zero, so that the layer starts at the identity (affine elements).
 * Smoothness: that of element and net. Cost: forward one pass of the net; inverse half the arithmetic of one, in as
 * many dependent steps as the dependencies are deep, D for an order.
 * Throws DomainError and ShapeError as {@link maskedMlp}.
 * Reference: Papamakarios, Pavlakou & Murray (2017), https://arxiv.org/abs/1705.07057.
 */
export function maskedAutoregressive(options: MaskedAutoregressiveOptions): Bijection {
  const { element = affineElement(), conditioner, ...netOptions } = options;
  const { dimensions } = options;
  const net = conditioner ?? maskedMlp({ ...netOptions, outputsPerDimension: element.rawPerDimension });
  if (net.dimensions !== dimensions || net.outputsPerDimension !== element.rawPerDimension) {
    throw new ShapeError(
      `maskedAutoregressive: the conditioner must give ${element.rawPerDimension} numbers for each of ${dimensions} coordinates; got ${net.outputsPerDimension} for each of ${net.dimensions}`,
    );
  }
  if (conditioner !== undefined) {
    const idle = (["hidden", "residual", "activation", "order", "dependencies", "masks", "context"] as const).filter(
      (name) => options[name] !== undefined,
    );
    if (idle.length > 0) {
      throw new DomainError(`maskedAutoregressive: a conditioner comes with its own options; got ${idle.join(", ")}`);
    }
  }
  for (const parameter of net.parameters) parameter.rename(`conditioner.${parameter.name}`);
  const invert = onePassInverse(net, element);
  const shape = [dimensions];
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: net.parameters,
    buffers: new Map(),
    definition: {
      type: "maskedAutoregressive",
      dimensions,
      element: element.definition,
      conditioner: net.definition,
    },
    cost: { forward: "parallel", inverse: "sequential" },
    forward(x, contextValues) {
      checkBatch("maskedAutoregressive", x.shape, shape);
      const context = contextRows("maskedAutoregressive", x, contextValues, net.context);
      return element.forward(x, net.apply(x, context)); // raw: [B, P·D]
    },
    inverse(z, contextValues) {
      checkBatch("maskedAutoregressive", z.shape, shape);
      return invert(z, contextRows("maskedAutoregressive", z, contextValues, net.context));
    },
  };
}
