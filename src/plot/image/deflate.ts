// The same bytes on every host, which its own zlib does not give. A match is coded as [length, distance]; codes are fixed, not made for the data.

/** Matches have 3 to 258 bytes, and begin at most 2¹⁵ bytes back. */
const SHORTEST = 3;
const LONGEST = 258;
const WINDOW = 32_768;
/** How many earlier places with the same three bytes are looked at. */
const ATTEMPTS = 64;

/** A code of lengths or distances: from `base` on, with `extra` further bits. */
interface Range {
  readonly base: number;
  readonly extra: number;
}

/**
 * Bytes in the zlib format: one block of LZ77 with fixed Huffman codes. Slightly larger than what zlib gives for pictures of densities.
 *
 * Cost: O(64·258·n) at worst, for n bytes.
 * Reference: RFC 1950 (zlib), RFC 1951 (deflate), §3.2.5 – 3.2.6, https://www.rfc-editor.org/rfc/rfc1951.
 */
export function deflate(bytes: Uint8Array): Uint8Array {
  const out = [0x78, 0x01]; // deflate with a window of 2¹⁵ bytes
  let held = 0;
  let count = 0;
  /** Bits of a number, the lowest first. */
  const put = (value: number, bits: number): void => {
    for (let i = 0; i < bits; i++) {
      held |= ((value >> i) & 1) << count++;
      if (count < 8) continue;
      out.push(held);
      held = count = 0;
    }
  };
  /** A Huffman code, the highest bit first. */
  const putCode = (code: number, bits: number): void => {
    for (let i = bits - 1; i >= 0; i--) put((code >> i) & 1, 1);
  };
  const putSymbol = (symbol: number): void => {
    if (symbol < 144) putCode(0x30 + symbol, 8);
    else if (symbol < 256) putCode(0x190 + symbol - 144, 9);
    else if (symbol < 280) putCode(symbol - 256, 7);
    else putCode(0xc0 + symbol - 280, 8);
  };
  const lengths = lengthCodes();
  const distances = codes(30, 2, 1);

  put(0b011, 3); // the last block; fixed codes
  const earlier = earlierPlaces(bytes);
  for (let i = 0; i < bytes.length; ) {
    const { length, distance } = longestMatch(bytes, i, earlier);
    if (length < SHORTEST) putSymbol(bytes[i++]);
    else {
      const [l, d] = [codeOf(lengths, length), codeOf(distances, distance)];
      putSymbol(257 + l);
      put(length - lengths[l].base, lengths[l].extra);
      putCode(d, 5);
      put(distance - distances[d].base, distances[d].extra);
      i += length;
    }
  }
  putSymbol(256); // the end
  if (count > 0) put(0, 8 - count);
  const sum = adler32(bytes);
  return Uint8Array.from([...out, sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255]);
}

/** For each place the last one before it with the same three bytes; −1 if there is none. */
function earlierPlaces(bytes: Uint8Array): Int32Array {
  const last = new Map<number, number>();
  return Int32Array.from(bytes, (byte, i) => {
    if (i + SHORTEST > bytes.length) return -1;
    const three = (byte << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    const place = last.get(three) ?? -1;
    last.set(three, i);
    return place;
  });
}

function longestMatch(bytes: Uint8Array, i: number, earlier: Int32Array): { length: number; distance: number } {
  const limit = Math.min(LONGEST, bytes.length - i);
  const best = { length: 0, distance: 0 };
  for (let j = earlier[i], tried = 0; j >= 0 && i - j <= WINDOW && tried < ATTEMPTS; j = earlier[j], tried++) {
    let length = 0;
    while (length < limit && bytes[j + length] === bytes[i + length]) length++;
    if (length > best.length) Object.assign(best, { length, distance: i - j });
  }
  return best;
}

/** Ranges one after the other from `first`: `group` for each number of extra bits, twice as many of the first, which have none. */
function codes(count: number, group: number, first: number): Range[] {
  let base = first;
  return Array.from({ length: count }, (_, k) => {
    const extra = Math.max(0, Math.floor(k / group) - 1);
    const range = { base, extra };
    base += 1 << extra;
    return range;
  });
}

/** The last code is for 258 alone, which the code before it would reach, too. */
function lengthCodes(): Range[] {
  return [...codes(28, 4, SHORTEST), { base: LONGEST, extra: 0 }];
}

/** The code whose range holds the value. */
function codeOf(ranges: readonly Range[], value: number): number {
  let code = 0;
  while (code + 1 < ranges.length && ranges[code + 1].base <= value) code++;
  return code;
}

/** Two sums modulo 65521: of the bytes, from 1, and of those sums. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}
