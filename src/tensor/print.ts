import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** Above this many elements only the corners are printed. */
const ELIDE_ABOVE = 200;
/** How many entries are shown at each end of an elided axis. */
const EDGE = 3;
const ELLIPSIS = "…";

/**
 * `Tensor [2,2]` and below it the values in aligned columns; an axis of a large tensor shows its first and last three. `kind` is what to
 * call it: not the name of a class, which bundlers change.
 */
export function formatTensor(kind: string, shape: Shape, data: Float64Array): string {
  if (shape.length === 0) return `${kind} ${formatNumber(data[0])}`;
  const elide = data.length > ELIDE_ABOVE;
  const visible = (length: number): number[] =>
    elide && length > 2 * EDGE
      ? [0, 1, 2, -1, length - 3, length - 2, length - 1]
      : Array.from({ length }, (_, i) => i);

  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const offsets = (axis: number, offset: number): number[] =>
    axis === shape.length
      ? [offset]
      : visible(shape[axis]).flatMap((i) => (i < 0 ? [] : offsets(axis + 1, offset + i * strides[axis])));
  const width = offsets(0, 0).reduce((widest, offset) => Math.max(widest, formatNumber(data[offset]).length), 0);

  const rows = (axis: number, offset: number): string => {
    if (axis === shape.length) return formatNumber(data[offset]).padStart(width);
    const inner = shape.length - axis - 1; // axes below this one: blank lines between blocks, indentation within
    const separator = inner === 0 ? ", " : `,${"\n".repeat(inner)}${" ".repeat(axis + 1)}`;
    const entries = visible(shape[axis]).map((i) => (i < 0 ? ELLIPSIS : rows(axis + 1, offset + i * strides[axis])));
    return `[${entries.join(separator)}]`;
  };
  return `${kind} ${formatShape(shape)}\n${rows(0, 0)}`;
}

/** The integers up to here are all float64 numbers: 2⁵³. */
const LAST_INTEGER = 9_007_199_254_740_992;

/** Integers up to 2⁵³ digit by digit; else up to six significant digits, with an exponent where zeros would stand for digits that are not shown. */
function formatNumber(value: number): string {
  if (Object.is(value, -0)) return "-0";
  if (Number.isInteger(value) && Math.abs(value) <= LAST_INTEGER) return String(value);
  const rounded = Number(value.toPrecision(6));
  return Math.abs(rounded) < 1e6 ? String(rounded) : rounded.toExponential();
}

/**
 * Makes an object print as that text, by `String` and by `console.log` in Node, Deno and Bun, and be called `kind` in messages; what a `for …
 * in` or a comparison sees of it stays the same. Of a prototype: all objects of its class. Returns the object.
 */
export function printedAs<Printed extends object>(
  printed: Printed,
  kind: string,
  text: (this: Printed) => string,
): Printed {
  const hidden = (value: unknown): PropertyDescriptor => ({ value, configurable: true, writable: true });
  return Object.defineProperties(printed, {
    [Symbol.toStringTag]: hidden(kind),
    toString: hidden(text),
    [Symbol.for("nodejs.util.inspect.custom")]: hidden(text),
  });
}
