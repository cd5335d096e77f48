// z_i = x_{p(i)}: J is a permutation matrix, and log|det J| = 0.

import { take } from "../../autograd/ops/indexing.ts";
import { checkRandom } from "../../tensor/checks.ts";
import { type Kind, kind, kindBy, listOf, size } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Random } from "../../tensor/random.ts";
import { checkShape, type Shape } from "../../tensor/shape.ts";
import type { Bijection, BijectionDefinition } from "../bijection.ts";
import { type ImageSizes, imageShape } from "../dimensions.ts";
import { layer } from "../layer.ts";
import { zeroLogDet } from "../logDet.ts";

/**
 * What {@link permutation} takes: the order itself, or the number of coordinates and a source of randomness; for images the
 * same of the channels, and height and width.
 */
export type PermutationOptions =
  | { readonly permutation: readonly number[]; readonly height?: number; readonly width?: number }
  | { readonly dimensions: number; readonly random: Random }
  | (ImageSizes & { readonly random: Random });

/**
 * z_i = x_{p(i)}, so that J is a permutation matrix. Of images [C, H, W], the channels are permuted.
 *
 * Log-det: 0, since the rows of J are those of I in another order, and det J = ±1. Inverse: x_{p(i)} = z_i.
 * Parameters: none; p is fixed. Smoothness: C∞ (linear).
 * Cost: O(D) both ways. Throws DomainError unless p is a permutation of 0 … D − 1 (of images: C − 1).
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516.
 *
 * @example
 * permutation({ permutation: [2, 0, 1] }).forward(tensor([[10, 20, 30]])).z; // [[30, 10, 20]]
 * permutation({ channels: 12, height: 16, width: 16, random: new Random(1) }).dataShape; // [12, 16, 16]
 */
export function permutation(options: PermutationOptions): Bijection {
  checkOptions("permutation", options, {
    permutation: true,
    dimensions: true,
    channels: true,
    height: true,
    width: true,
    random: true,
  });
  const order = "permutation" in options ? listOrder(options.permutation) : randomOrder(options);
  const { height, width } = { height: undefined, width: undefined, ...options };
  const definition = { type: "permutation", permutation: order };
  if (height === undefined && width === undefined) return permuting(order, [order.length], definition);
  const sizes = { channels: order.length, height: height as number, width: width as number };
  const shape = imageShape("permutation", sizes);
  return permuting(order, shape, { ...definition, height: sizes.height, width: sizes.width });
}

function listOrder(order: readonly number[]): number[] {
  if (Array.isArray(order) || ArrayBuffer.isView(order)) return Array.from(order);
  throw new DomainError(`permutation: permutation must be a list of indices; got ${describeValue(order)}`);
}

function randomOrder(options: Exclude<PermutationOptions, { permutation: unknown }>): number[] {
  const random = checkRandom("permutation", options.random);
  return random.permutation("dimensions" in options ? options.dimensions : options.channels);
}

/**
 * z_i = x_{D−1−i}: the permutation that turns the coordinates around.
 *
 * Log-det: 0. Inverse: itself. Parameters: none. Smoothness: C∞ (linear). Cost: O(D) both ways. Throws DomainError unless D is an
 * integer ≥ 0.
 * Reference: Papamakarios, Pavlakou & Murray (2017), https://arxiv.org/abs/1705.07057.
 *
 * @example
 * reverse({ dimensions: 3 }).forward(tensor([[1, 2, 3]])); // { z: [[3, 2, 1]], logDet: [0] }
 */
export function reverse(options: { readonly dimensions: number }): Bijection {
  checkOptions("reverse", options, { dimensions: true });
  const { dimensions: D } = options;
  checkShape("reverse", [D]);
  const order = Array.from({ length: D }, (_, i) => D - 1 - i);
  return permuting(order, [D], { type: "reverse", dimensions: D });
}

/** The layer of both: z is x with its columns (of images: channels) in another order, z[:, i] = x[:, order[i]]. */
function permuting(order: readonly number[], shape: Shape, definition: BijectionDefinition): Bijection {
  const back = inversePermutation(order);
  return layer({
    shape,
    definition,
    forward: (x) => ({ z: take(x, order, 1), logDet: zeroLogDet(x) }),
    inverse: (z) => ({ x: take(z, back, 1), logDet: zeroLogDet(z) }),
  });
}

/** q with q(p(i)) = i. Throws DomainError unless p is a permutation. */
export function inversePermutation(order: readonly number[]): number[] {
  const back: number[] = new Array(order.length).fill(-1);
  order.forEach((from, i) => {
    if (!Number.isInteger(from) || from < 0 || from >= order.length || back[from] !== -1) {
      throw new DomainError(
        `permutation: every index 0 … ${order.length - 1} must occur once; got ${describeValue(order)}`,
      );
    }
    back[from] = i;
  });
  return back;
}

/** Rebuilds permutation from its definition. */
export const permutationEntry: Kind<Bijection> = /*#__PURE__*/ kindBy("height", {
  present: /*#__PURE__*/ kind({ permutation: /*#__PURE__*/ listOf(size), height: size, width: size }, (sizes) =>
    permutation(sizes),
  ),
  absent: /*#__PURE__*/ kind({ permutation: /*#__PURE__*/ listOf(size) }, (order) => permutation(order)),
});

/** Rebuilds reverse from its definition. */
export const reverseEntry: Kind<Bijection> = /*#__PURE__*/ kind({ dimensions: size }, (options, at) => {
  at.claim(options.dimensions);
  return reverse(options);
});
