import { type Packed, runTiles, WIDE } from "./tiles.ts";
import { type Kernel, scratch } from "./webAssembly.ts";

// Bands: what of a product need not be computed, because a constant mask makes one operand, or the result, zero there.

/**
 * One range for each strip of eight columns of C, from first[s] to end[s] − 1. In A·B and A·Bᵀ it holds all k for which B has anything but
 * zeros in the strip: other terms are left out. In Aᵀ·B it holds the rows of C that are wanted: others are left out, and C may hold
 * anything there.
 *
 * Terms left out change no bit of a sum of finite numbers: it starts at +0 and so never becomes −0, and adding ±0 to anything else
 * gives that number again. Rows left out change no other row.
 */
export interface Band {
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** One column of each strip whose range lies in no other strip's: what is not left out of C at all is not left out of one of these. */
  readonly columns: readonly number[];
}

/**
 * The least band that holds all ones of a mask: number k of vector i, which belongs to column i of C, is mask[i·next + k·step].
 */
export function bandOf(mask: Uint8Array, vectors: number, length: number, next: number, step: number): Band {
  const strips = Math.ceil(vectors / WIDE);
  const first = new Int32Array(strips).fill(length);
  const end = new Int32Array(strips);
  for (let i = 0; i < vectors; i++) {
    const s = Math.floor(i / WIDE);
    for (let k = 0; k < length; k++) {
      if (mask[i * next + k * step] === 0) continue;
      first[s] = Math.min(first[s], k);
      end[s] = Math.max(end[s], k + 1);
    }
  }
  for (let s = 0; s < strips; s++) if (end[s] === 0) first[s] = 0; // a range without numbers
  return { first, end, columns: widestStrips(first, end).map((s) => s * WIDE) };
}

/** The strips whose ranges are part of no other's; of equal ones the first. At least one if there is any. */
function widestStrips(first: Int32Array, end: Int32Array): number[] {
  const strips = Array.from(first, (_, s) => s);
  const holds = (s: number, t: number): boolean => first[s] <= first[t] && end[s] >= end[t];
  return strips.filter((t) => !strips.some((s) => s !== t && holds(s, t) && (s < t || !holds(t, s))));
}

/** Computes a block of C, at the address c, from packed operands: it begins with row i and column j, and its terms with number k. */
export type BlockTiles = (
  narrow: Packed,
  wide: Packed,
  count: number,
  c: number,
  rowBytes: number,
  i: number,
  j: number,
  k: number,
) => void;

/** All of a block, or what a band leaves of its terms, or of its rows: strip after strip of the wide operand. */
export function blockTiles(kernel: Kernel, band: Band | undefined, of: "terms" | "rows"): BlockTiles {
  if (band === undefined) {
    return (narrow, wide, count, c, rowBytes) => runTiles(kernel, narrow, wide, count, c, rowBytes);
  }
  return (narrow, wide, count, c, rowBytes, i, j, k) => {
    const pairs = (narrow.end - narrow.start) / narrow.strip; // a strip of the narrow operand is two rows of C
    for (let at = wide.start, s = j / WIDE; at < wide.end; at += wide.strip, s++, c += 8 * WIDE) {
      if (of === "terms") {
        const from = clamp(band.first[s] - k, count);
        const terms = clamp(band.end[s] - k, count) - from;
        const skipped = from * narrow.step;
        const [start, end] = [narrow.start + skipped, narrow.end + skipped];
        if (terms > 0) runStrip(kernel, narrow, start, end, wide, at + from * wide.step, terms, c, rowBytes);
        else clearStrip(c, 2 * pairs, rowBytes); // the kernel takes one term at least
      } else {
        const from = clamp((band.first[s] - i) >> 1, pairs);
        const to = clamp((band.end[s] - i + 1) >> 1, pairs);
        const [start, end] = [narrow.start + from * narrow.strip, narrow.start + to * narrow.strip];
        runStrip(kernel, narrow, start, end, wide, at, count, c + 2 * from * rowBytes, rowBytes);
      }
    }
  };
}

/** The tiles of one strip of the wide operand, which begins at `at`, and of the strips of the narrow one from `start` to `end`. */
function runStrip(
  kernel: Kernel,
  narrow: Packed,
  start: number,
  end: number,
  wide: Packed,
  at: number,
  count: number,
  c: number,
  rowBytes: number,
): void {
  const { strip, next, step } = narrow;
  kernel(start, end, strip, next, step, at, at + wide.strip, wide.strip, wide.step, count, c, rowBytes);
}

/** C = +0 in a strip of eight columns. */
function clearStrip(c: number, rows: number, rowBytes: number): void {
  const numbers = scratch();
  for (let row = 0, at = c / 8; row < rows; row++, at += rowBytes / 8) numbers.fill(0, at, at + WIDE);
}

/** The nearest number from 0 to most. */
function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
