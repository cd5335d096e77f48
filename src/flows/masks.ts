import { checkShape } from "../tensor/shape.ts";

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

/** The mask with the roles exchanged: what passed is moved, what was moved passes. */
export function complement(mask: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(mask, (entry) => 1 - entry);
}
