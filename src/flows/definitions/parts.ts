import type { Conditioner } from "../../nets/conditioner.ts";
import { convNet } from "../../nets/convNet.ts";
import { linear } from "../../nets/linear.ts";
import { type MaskedMlp, maskedMlp } from "../../nets/maskedMlp.ts";
import { mlp } from "../../nets/mlp.ts";
import { residualMlp } from "../../nets/residualMlp.ts";
import { additiveElement } from "../elements/additive.ts";
import { affineElement } from "../elements/affine.ts";
import type { Element } from "../elements/element.ts";
import { type SplineElementOptions, splineElement } from "../elements/spline.ts";
import { defined } from "../options.ts";
import {
  boolean,
  integer,
  type Kinds,
  kind,
  listOf,
  number,
  oneOf,
  optional,
  type Place,
  readDefinition,
  size,
} from "./reading.ts";

// What couplings, autoregressive layers and elementwise splines are made of: elements and nets.

/** How a coordinate is moved. */
export function element(value: unknown, at: Place): Element {
  return readDefinition("an element", elementKinds(), value, at);
}

function elementKinds(): Kinds<Element> {
  return {
    additive: kind({}, () => additiveElement()),
    affine: kind({ logScale: noMap, shift: noMap, maximumLogScale: number }, ({ maximumLogScale }) =>
      affineElement({ maximumLogScale }),
    ),
    spline: kind(splineReaders(), ({ knots, ...options }) => splineElement(options)),
  };
}

/** The options of a spline. */
export function spline(value: unknown, at: Place): Required<Omit<SplineElementOptions, "bound" | "knots">> {
  return readDefinition("a spline", { spline: kind(splineReaders(), ({ knots, ...options }) => options) }, value, at);
}

function splineReaders() {
  return {
    knots: noMap,
    ...{ bins: size, left: number, right: number, tails: oneOf("linear", "none") },
    ...{ minimumBinWidth: number, minimumBinHeight: number, minimumDerivative: number },
  };
}

/** Elements may be made with maps of one's own. Those are functions, which nothing can be rebuilt from. */
function noMap(value: unknown, at: Place): undefined {
  if (value !== undefined) throw at.refusal("is a map of the element's own, which cannot be rebuilt from a definition");
}

/** A net that conditions a coupling. */
export function conditioner(value: unknown, at: Place): Conditioner {
  return readDefinition("a conditioner", conditionerKinds(), value, at);
}

function conditionerKinds(): Kinds<Conditioner> {
  const sizes = { inputs: size, outputs: size, context: size };
  const net = { ...sizes, hidden: listOf(size), activation: activation() };
  return {
    linear: kind(sizes, (options, at) => {
      claimMaps(at, [options.inputs + options.context, options.outputs]);
      return linear({ ...options, random: at.random });
    }),
    mlp: kind(net, (options, at) => {
      claimMaps(at, [options.inputs + options.context, ...options.hidden, options.outputs]);
      return mlp({ ...options, random: at.random });
    }),
    residualMlp: kind(net, (options, at) => {
      claimMaps(at, residualWidths(options.inputs + options.context, options.hidden, options.outputs));
      return residualMlp({ ...options, random: at.random });
    }),
    convNet: kind({ ...net, kernels: listOf(size) }, (options, at) => {
      claimMaps(at, [options.inputs + options.context, ...options.hidden, options.outputs], options.kernels);
      return convNet({ ...options, random: at.random });
    }),
  };
}

/** A net that conditions an autoregressive layer. */
export function maskedConditioner(value: unknown, at: Place): MaskedMlp {
  const zerosAndOnes = optional(listOf(listOf(size)));
  const readers = {
    ...{ dimensions: size, outputsPerDimension: size, hidden: listOf(size), residual: boolean, context: size },
    ...{ activation: activation(), order: optional(listOf(integer)), dependencies: zerosAndOnes, masks: zerosAndOnes },
  };
  const masked = kind(readers, ({ order, dependencies, masks, ...options }, place) => {
    const { dimensions: D, outputsPerDimension: P, hidden, residual, context } = options;
    claimMaps(place, residual ? residualWidths(D + context, hidden, P * D) : [D + context, ...hidden, P * D]);
    return maskedMlp({ ...options, ...defined({ order, dependencies, masks }), random: place.random });
  });
  return readDefinition("a masked net", { maskedMlp: masked }, value, at);
}

function activation() {
  return oneOf("tanh", "silu", "softplus", "relu");
}

/** Claims the weights and biases of affine maps between layers of those widths; `sides` are those of kernels. */
function claimMaps(at: Place, widths: readonly number[], sides: readonly number[] = []): void {
  for (let i = 1; i < widths.length; i++) {
    const side = sides[i - 1] ?? 1;
    at.claim(widths[i] * (widths[i - 1] * side * side + 1));
  }
}

/** The widths between the affine maps of a residual net. */
function residualWidths(inputs: number, hidden: readonly number[], outputs: number): number[] {
  return [inputs, ...new Array<number>(1 + 2 * hidden.length).fill(hidden[0] ?? 0), outputs];
}
