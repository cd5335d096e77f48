/** The remainders of the bytes under the polynomial of zip and gzip, its bits from the lowest: x³² + x²⁶ + x²³ + … + 1. */
const REMAINDERS: Int32Array = /*#__PURE__*/ Int32Array.from({ length: 256 }, (_, byte) => {
  let bits = byte;
  for (let k = 0; k < 8; k++) bits = bits & 1 ? (bits >>> 1) ^ 0xedb88320 : bits >>> 1;
  return bits;
});

/** The checksum CRC-32 of bytes, after bytes whose checksum is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = REMAINDERS[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
