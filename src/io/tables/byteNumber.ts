// Numbers, straight from the bytes of a cell: most cells need no text.

const [TAB, SPACE, QUOTE, PLUS, MINUS, ZERO, NINE] = [9, 32, 34, 43, 45, 48, 57];
const [UPPER_E, LOWER_E] = [69, 101];
/** Integers below are float64 numbers, and so is what `10·m + digit` makes of one of them: 2⁵³/10, less one digit. */
const MOST_EXACT = 900_719_925_474_098;
/** 10⁰ … 10²² are float64 numbers, so that one product or quotient with them is rounded once. */
const POWERS: readonly number[] = /*#__PURE__*/ Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * The finite number that bytes spell in decimal, NaN if they spell none: a sign, digits with or without a fraction, an exponent;
 * blanks and one pair of quotes around them are allowed. `decimal` is the byte of the decimal sign.
 *
 * Exact: a mantissa below 2⁵³ with a power of ten of at most 22 needs one rounding (Clinger 1990), and everything else is left to `slow`,
 * which is given the bounds of the digits and reads them as JavaScript does.
 */
export function numberAt(
  bytes: Uint8Array,
  from: number,
  to: number,
  decimal: number,
  slow: (from: number, to: number) => number,
): number {
  let at = from;
  let end = to;
  // nearly every cell is bare: blanks and quotes come before all characters of numbers
  if (bytes[at] <= QUOTE || bytes[end - 1] <= QUOTE) [at, end] = bare(bytes, from, to);
  const start = at;
  const negative = bytes[at] === MINUS;
  if (at < end && (negative || bytes[at] === PLUS)) at++;
  let mantissa = 0;
  let digits = 0;
  let exponent = 0;
  let exact = true;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    digits++;
    if (mantissa < MOST_EXACT) mantissa = mantissa * 10 + digit;
    else exact = false;
  }
  if (at < end && bytes[at] === decimal) {
    at++;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      digits++;
      if (mantissa < MOST_EXACT) {
        mantissa = mantissa * 10 + digit;
        exponent--;
      } else exact = false;
    }
  }
  if (digits === 0) return Number.NaN;
  if (at < end && (bytes[at] === LOWER_E || bytes[at] === UPPER_E)) {
    at++;
    const down = bytes[at] === MINUS;
    if (at < end && (down || bytes[at] === PLUS)) at++;
    if (at === end) return Number.NaN;
    let power = 0;
    for (; at < end; at++) {
      if (bytes[at] < ZERO || bytes[at] > NINE) return Number.NaN;
      power = power * 10 + bytes[at] - ZERO;
      if (power > 9999) power = 9999;
    }
    exponent += down ? -power : power;
  }
  if (at !== end) return Number.NaN;
  if (!exact || exponent > 22 || exponent < -22) {
    const value = slow(start, end);
    return value - value === 0 ? value : Number.NaN; // 1e999 is no finite number
  }
  const size = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
  return negative ? -size : size;
}

/** The bounds of a cell without blanks and one pair of quotes. */
function bare(bytes: Uint8Array, from: number, to: number): [from: number, to: number] {
  const [at, end] = trimmed(bytes, from, to);
  const quoted = end - at >= 2 && bytes[at] === QUOTE && bytes[end - 1] === QUOTE;
  return quoted ? trimmed(bytes, at + 1, end - 1) : [at, end];
}

function trimmed(bytes: Uint8Array, from: number, to: number): [from: number, to: number] {
  let at = from;
  let end = to;
  while (at < end && isBlank(bytes[at])) at++;
  while (end > at && isBlank(bytes[end - 1])) end--;
  return [at, end];
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}
