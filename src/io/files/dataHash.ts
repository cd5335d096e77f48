import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { encodeUtf8 } from "../utf8.ts";
import { Sha256 } from "./sha256.ts";

/** The SHA-256 of tensors, their shapes and the bits of their numbers, as hexadecimal digits: whether data are the same. Cost: linear. */
export function dataHash(tensors: readonly Tensor[]): string {
  const hash = new Sha256();
  for (const { shape, data } of tensors) {
    hash.update(encodeUtf8(formatShape(shape)));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.hex();
}
