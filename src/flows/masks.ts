import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkShape, sizeOf } from "../tensor/shape.ts";
import { imageShape } from "./dimensions.ts";

/** 1 for the first ⌊D/2⌋ coordinates: they pass unchanged and condition the others. */
export function halvesMask(D: number): Uint8Array {
  checkShape("halvesMask", [D]);
  return Uint8Array.from({ length: D }, (_, i) => (i < Math.floor(D / 2) ? 1 : 0));
}

/** 1 for every other coordinate, the second, the fourth …: they pass unchanged and condition the others. */
export function alternatingMask(D: number): Uint8Array {
  checkShape("alternatingMask", [D]);
  return Uint8Array.from({ length: D }, (_, i) => i % 2);
}

/**
 * Mask of an image [C, H, W], flat: entry [c, i, j] is (i + j) mod 2. The neighbours of a pixel have the other role, so
 * that what is moved is surrounded by what conditions it.
 *
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §3.4, https://arxiv.org/abs/1605.08803.
 */
export function checkerboardMask(C: number, H: number, W: number): Uint8Array {
  const shape = imageShape("checkerboardMask", { channels: C, height: H, width: W });
  return Uint8Array.from({ length: sizeOf(shape) }, (_, k) => (Math.floor((k % (H * W)) / W) + (k % W)) % 2);
}

/** Mask of an image [C, H, W], flat: 1 for the first ⌊C/2⌋ channels, which pass unchanged and condition the others. */
export function channelMask(C: number, H: number, W: number): Uint8Array {
  const shape = imageShape("channelMask", { channels: C, height: H, width: W });
  return Uint8Array.from({ length: sizeOf(shape) }, (_, k) => (k < Math.floor(C / 2) * H * W ? 1 : 0));
}

/** The mask with the roles exchanged: what passed is moved, what was moved passes. */
export function complement(mask: ArrayLike<number>): Uint8Array {
  const known = Array.isArray(mask) || ArrayBuffer.isView(mask);
  if (!known || !Array.from<unknown>(mask).every((entry) => entry === 0 || entry === 1)) {
    throw new DomainError(`complement: a mask is a list of zeros and ones; got ${describeValue(mask)}`);
  }
  return Uint8Array.from(mask, (entry) => 1 - entry);
}
