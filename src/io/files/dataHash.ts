import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Sha256 } from "./sha256.ts";

/** The SHA-256 of tensors, their shapes and the bits of their numbers, as hexadecimal digits: whether data are the same. Cost: linear. */
export function dataHash(tensors: readonly Tensor[]): string {
  const hash = new Sha256();
  const encoder = new TextEncoder();
  for (const { shape, data } of tensors) {
    hash.update(encoder.encode(formatShape(shape)));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.hex();
}
