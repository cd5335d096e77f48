// z_i = element(x_i; net_i(x_j: j before i)): J is triangular, and log|det J| is the element's.

import { checkNet } from "../../nets/conditioner.ts";
import { type MaskedMlp, type MaskedMlpOptions, maskedMlp, readMaskedNet } from "../../nets/maskedMlp.ts";
import { type Kind, kind, size } from "../../tensor/definitions/reading.ts";
import { definitionOf } from "../../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { checkCount } from "../../tensor/shape.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection, InverseResult } from "../bijection.ts";
import { affineElement } from "../elements/affine.ts";
import { checkElement, type Element, readElement } from "../elements/element.ts";
import { holding, layer } from "../layer.ts";
import { onePassInverse } from "../onePass/onePass.ts";

// B batch, D coordinates, P raw numbers per coordinate

/**
 * The inverse as the lecture has it, sampling: x with z_i = element(x_i; net_i(x)), where net_i reads only coordinates before i (a masked
 * net, nets/maskedMlp.ts). Start from x = 0, then D times x ← element⁻¹(z; net(x)); with an affine element
 *
 *     x_j ← σ_j(x)·z_j + μ_j(x)
 *
 * In natural order the first pass gets x_1 right, which depends on nothing; the second x_2, which depends on x_1 alone; and so on: after
 * D passes everything is right, whatever it started from. {@link maskedAutoregressive} computes the same x in one pass of work
 * (`flows/onePass`), and tests compare the two.
 *
 * Cost: D passes of the whole net.
 */
export function dPassInverse(net: MaskedMlp, element: Element, z: Tensor, context?: Tensor): InverseResult {
  let result = element.inverse(z, net.apply(zeros(z.shape), context));
  for (let pass = 1; pass < net.dimensions; pass++) result = element.inverse(z, net.apply(result.x, context));
  return result;
}

/** What {@link maskedAutoregressive} takes. */
export interface MaskedAutoregressiveOptions extends Omit<MaskedMlpOptions, "outputsPerDimension"> {
  /** How a coordinate is moved; `affineElement()` by default. */
  readonly element?: Element;
  /** A masked net made before, instead of the options that would make one. */
  readonly conditioner?: MaskedMlp;
}

/**
 * z_i = element(x_i; net_i(x_j: j before i)): each coordinate is moved as those before it say. MAF.
 *
 * With an affine element and the base N(0, I) it is the Gaussian autoregressive model p(x_i | x_j: j before i) = N(μ_i, σ_i²), in which
 * log p(x) = Σ_i log p(x_i | x_j: j before i).
 * Log-det: that of the element; J is triangular in the order of the coordinates, or has the pattern of `dependencies`.
 * Inverse: x_i = element⁻¹(z_i; net_i(x_j: j before i)), one coordinate after another, or several at once where they do
 * not depend on each other; each unit of the net is computed once.
 * Context: every z_i depends on all of it, the first one in the order, too.
 * Parameters: the net's; its last map starts at zero, so that the layer starts at the identity (affine elements).
 * Smoothness: that of element and net. Cost: forward one pass of the net; inverse half the arithmetic of one, in as
 * many dependent steps as the dependencies are deep, D for an order.
 * Throws DomainError and ShapeError as {@link maskedMlp}.
 * Reference: Papamakarios, Pavlakou & Murray (2017), https://arxiv.org/abs/1705.07057.
 *
 * @example
 * const autoregressive = maskedAutoregressive({ dimensions: 3, hidden: [8], random: new Random(1) });
 * autoregressive.parameters.at(-2)?.assign(new Random(2).normal([6, 8]));
 * const J = jacobian((x) => autoregressive.forward(x).z, tensor([[1, 2, 3]]));
 * equal(reshape(J, [3, 3]), 0); // [[0, 1, 1], [0, 0, 1], [0, 0, 0]]: zeros above the diagonal
 */
export function maskedAutoregressive(options: MaskedAutoregressiveOptions): Bijection {
  return autoregressive("maskedAutoregressive", options);
}

/** The layer, refused in the name of the function that was called. */
export function autoregressive(operation: string, options: MaskedAutoregressiveOptions): Bijection {
  checkOptions(operation, options, {
    dimensions: true,
    element: true,
    conditioner: true,
    hidden: true,
    residual: true,
    activation: true,
    order: true,
    dependencies: true,
    masks: true,
    context: true,
    random: true,
  });
  const { dimensions, element = affineElement() } = options;
  checkCount(operation, "dimensions", dimensions, 1);
  const net = netOf(operation, options, checkElement(operation, element).rawPerDimension);
  const oneByOne = onePassInverse(net, element);
  const made = layer({
    shape: [dimensions],
    parts: { conditioner: net },
    context: net.context,
    definition: {
      type: "maskedAutoregressive",
      dimensions,
      element: element.definition,
      conditioner: definitionOf(net),
    },
    cost: { inverse: "sequential" },
    forward: (x, context) => element.forward(x, net.apply(x, context)), // all coordinates at once; the net gives [B, P·D]
    inverse: (z, context) => oneByOne(z, context), // one coordinate after another; the same x as by dPassInverse
  });
  return holding(made, element);
}

/** The net that was given, or one of the options. Throws unless it gives P numbers for each coordinate. */
function netOf(
  operation: string,
  { element, conditioner, ...options }: MaskedAutoregressiveOptions,
  P: number,
): MaskedMlp {
  const { dimensions } = options;
  if (conditioner === undefined) checkNet(operation, options);
  else if (!Array.isArray(conditioner?.maps)) {
    throw new DomainError(`${operation}: conditioner must be a net of maskedMlp; got ${describeValue(conditioner)}`);
  }
  const net = conditioner ?? maskedMlp({ ...options, outputsPerDimension: P });
  if (net.dimensions !== dimensions || net.outputsPerDimension !== P) {
    throw new ShapeError(
      `${operation}: the conditioner must give ${P} numbers for each of ${dimensions} coordinates; got ${net.outputsPerDimension} for each of ${net.dimensions}`,
    );
  }
  if (conditioner !== undefined) {
    const netOptions = ["hidden", "residual", "activation", "order", "dependencies", "masks", "context"] as const;
    const idle = netOptions.filter((name) => options[name] !== undefined);
    if (idle.length > 0) {
      throw new DomainError(`${operation}: a conditioner comes with its own options; got ${idle.join(", ")}`);
    }
  }
  return net;
}

/** Rebuilds either autoregressive layer from its definition. */
export function autoregressiveEntry(make: (options: MaskedAutoregressiveOptions) => Bijection): Kind<Bijection> {
  return kind({ dimensions: size, element: readElement, conditioner: readMaskedNet }, (options, at) =>
    make({ ...options, random: at.random }),
  );
}

/** Rebuilds maskedAutoregressive from its definition. */
export const maskedAutoregressiveEntry: Kind<Bijection> = /*#__PURE__*/ autoregressiveEntry(maskedAutoregressive);
