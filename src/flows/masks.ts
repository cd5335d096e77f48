import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkShape, sizeOf } from "../tensor/shape.ts";
import { imageShape } from "./dimensions.ts";

/**
 * Mask of a vector [D]: 1 for the first ⌊D/2⌋ coordinates, which pass unchanged and condition the others. Throws DomainError unless D
 * is an integer ≥ 0.
 *
 * @example
 * halvesMask(4); // [1, 1, 0, 0]
 */
export function halvesMask(D: number): Uint8Array {
  checkShape("halvesMask", [D]);
  return Uint8Array.from({ length: D }, (_, i) => (i < Math.floor(D / 2) ? 1 : 0));
}

/**
 * Mask of a vector [D]: 1 for every other coordinate, the second, the fourth …, which pass unchanged and condition the others. Throws
 * DomainError unless D is an integer ≥ 0.
 *
 * @example
 * alternatingMask(4); // [0, 1, 0, 1]
 */
export function alternatingMask(D: number): Uint8Array {
  checkShape("alternatingMask", [D]);
  return Uint8Array.from({ length: D }, (_, i) => i % 2);
}

/**
 * Mask of an image [C, H, W], flat: entry [c, i, j] is (i + j) mod 2. The neighbours of a pixel have the other role, so
 * that what is moved is surrounded by what conditions it. Throws DomainError unless the sizes are integers ≥ 1.
 *
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §3.4, https://arxiv.org/abs/1605.08803.
 *
 * @example
 * checkerboardMask(1, 2, 3); // [0, 1, 0, 1, 0, 1]
 */
export function checkerboardMask(C: number, H: number, W: number): Uint8Array {
  const shape = imageShape("checkerboardMask", { channels: C, height: H, width: W });
  return Uint8Array.from({ length: sizeOf(shape) }, (_, k) => (Math.floor((k % (H * W)) / W) + (k % W)) % 2);
}

/**
 * Mask of an image [C, H, W], flat: 1 for the first ⌊C/2⌋ channels, which pass unchanged and condition the others. Throws DomainError
 * unless the sizes are integers ≥ 1.
 *
 * @example
 * channelMask(2, 1, 3); // [1, 1, 1, 0, 0, 0]
 */
export function channelMask(C: number, H: number, W: number): Uint8Array {
  const shape = imageShape("channelMask", { channels: C, height: H, width: W });
  return Uint8Array.from({ length: sizeOf(shape) }, (_, k) => (k < Math.floor(C / 2) * H * W ? 1 : 0));
}

/**
 * The mask with the roles exchanged: what passed is moved, what was moved passes. Throws DomainError for other numbers than 0 and 1.
 *
 * @example
 * complement([1, 1, 0]); // [0, 0, 1]
 */
export function complement(mask: ArrayLike<number>): Uint8Array {
  const known = Array.isArray(mask) || ArrayBuffer.isView(mask);
  if (!known || !Array.from<unknown>(mask).every((entry) => entry === 0 || entry === 1)) {
    throw new DomainError(`complement: a mask is a list of zeros and ones; got ${describeValue(mask)}`);
  }
  return Uint8Array.from(mask, (entry) => 1 - entry);
}
