import { contextRows } from "../autograd/context.ts";
import { concat } from "../autograd/ops/rearrange.ts";
import type { Part } from "../autograd/parts.ts";
import type { Variable } from "../autograd/variable.ts";
import { checkRandom } from "../tensor/checks.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import { type Place, type Reader, read, size } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Known } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount, checkShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Activation, activationOf } from "./activations.ts";

// B batch, C context width

/** A net that computes the parameters of a layer from the coordinates that the layer leaves alone. */
export interface Conditioner extends Part {
  /** C, the width of the context; absent where nothing is said of it. */
  readonly context?: number;
  /** What it can be rebuilt from. */
  readonly definition: Definition;
  /** x [B, inputs] (and context [B, C] or [1, C]) → [B, outputs]; over images [B, inputs, H, W] → [B, outputs, H, W]. Throws ShapeError. */
  apply(x: Tensor, context?: Tensor): Variable;
}

/**
 * The options that every conditioner understands: whoever needs a net states these and nothing else.
 * Over images, inputs and outputs count channels.
 */
export interface ConditionerSizes {
  /** How many numbers the net sees of each point. */
  readonly inputs: number;
  /** How many numbers it gives for each point. */
  readonly outputs: number;
  /** The width C of the context; 0 (the default) for none. */
  readonly context?: number;
  /** Draws the start. */
  readonly random: Random;
}

/** What all nets with hidden layers have in common, and whatever makes such a net. */
export interface NetOptions {
  /** The widths of the hidden layers. */
  readonly hidden?: readonly number[];
  /** Between the maps. */
  readonly activation?: Activation;
  /** The width C of the context. */
  readonly context?: number;
  /** Draws the start. */
  readonly random: Random;
}

/** The names of these options. */
export const NET: Known<NetOptions> = { hidden: true, activation: true, context: true, random: true };

/** Throws DomainError, in the name of the operation, for options of which no net can be made. */
export function checkNet(
  operation: string,
  { hidden = [], activation = "tanh", context = 0, random }: NetOptions,
): void {
  if (!Array.isArray(hidden) || !Array.from(hidden).every((width) => Number.isInteger(width) && width >= 1)) {
    throw new DomainError(`${operation}: hidden is a list of widths ≥ 1, as [64, 64]; got ${describeValue(hidden)}`);
  }
  activationOf(operation, activation);
  checkCount(operation, "context", context, 0);
  checkRandom(operation, random);
}

/** {@link checkNet}, and that inputs and outputs are numbers of them. */
export function checkSizes(operation: string, options: ConditionerSizes & NetOptions): void {
  checkCount(operation, "inputs", options.inputs, 0);
  checkCount(operation, "outputs", options.outputs, 0);
  checkNet(operation, options);
}

/** Throws LimitError unless the weights between layers of those widths can be held. */
export function checkMaps(operation: string, widths: readonly number[], sides: readonly number[] = []): void {
  for (let i = 1; i < widths.length; i++) {
    checkShape(operation, [widths[i], widths[i - 1], ...sides.slice(i - 1, i).flatMap((side) => [side, side])]);
  }
}

/**
 * x with its context beside it: [B, inputs] and [B, C] or [1, C] → [B, inputs + C].
 *
 * Throws as {@link contextRows}.
 */
export function joinContext(operation: string, x: Tensor, context: Tensor | undefined, width: number): Tensor {
  const rows = contextRows(operation, x.shape[0], context, width);
  return rows === undefined ? x : concat([x, rows], 1);
}

/**
 * The field of a definition that says which net it is, read: the net. For layers of your own that have one inside; see `bijectionFrom`.
 * Throws DomainError, naming the place, for what is none.
 *
 * @example
 * const mine = ({ net }: { net: unknown }, at: Place) =>
 *   coupling({ dimensions: 2, element: additiveElement(), conditioner: readConditioner(net, at.part("net")), random: at.random });
 * const { definition } = linear({ inputs: 1, outputs: 1, random: new Random(1) });
 * bijectionFrom({ type: "mine", net: definition }, { layers: { mine } }).parameters.length; // 2
 */
export const readConditioner: Reader<Conditioner> = (value, at) => read("a conditioner", value, at);

/** The sizes of a net, as definitions have them. */
export const sizes: Readonly<Record<"inputs" | "outputs" | "context", Reader<number>>> = {
  inputs: size,
  outputs: size,
  context: size,
};

/** Claims the weights and biases of affine maps between layers of those widths; `sides` are those of kernels. */
export function claimMaps(at: Place, widths: readonly number[], sides: readonly number[] = []): void {
  for (let i = 1; i < widths.length; i++) {
    const side = sides[i - 1] ?? 1;
    at.claim(widths[i] * (widths[i - 1] * side * side + 1));
  }
}
