import { DomainError, describeValue, LimitError, ShapeError } from "./errors.ts";

/** The length of each axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** The most elements one tensor may hold: 2³⁰, that is 8 GiB. */
export const MAXIMUM_SIZE = 1_073_741_824;

/** The most axes that a tensor may have. */
export const MAXIMUM_RANK = 64;

/** The number of elements of a tensor of that shape: the product of its axes, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis];
  return size;
}

/** `[2, 3]` as `"[2,3]"`, the way shapes stand in messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/**
 * The shape, checked before anything is allocated (`new Float64Array(2³¹)` succeeds lazily, `(NaN)` silently).
 *
 * Throws DomainError unless every axis is an integer ≥ 0; LimitError beyond {@link MAXIMUM_RANK} axes or {@link MAXIMUM_SIZE} elements.
 */
export function checkShape(operation: string, shape: Shape): Shape {
  if (!Array.isArray(shape))
    throw new DomainError(`${operation}: a shape is an array of integers; got ${describeValue(shape)}`);
  checkRank(operation, shape.length);
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new DomainError(`${operation}: axes must be integers ≥ 0; got ${describeValue(shape)}`);
    }
  }
  // NaN, which is ∞·0, is too much as well
  if (!(sizeOf(shape) <= MAXIMUM_SIZE)) {
    throw new LimitError(`${operation}: at most ${MAXIMUM_SIZE} elements; got ${formatShape(shape)}`);
  }
  return shape;
}

/** Throws LimitError for more axes than a tensor may have. */
export function checkRank(operation: string, rank: number): void {
  if (rank > MAXIMUM_RANK) throw new LimitError(`${operation}: at most ${MAXIMUM_RANK} axes; got ${rank}`);
}

/** The value, if it is an integer ≥ least. Throws DomainError in the name of the operation. */
export function checkCount(operation: string, name: string, value: unknown, least: number): number {
  if (Number.isInteger(value) && (value as number) >= least) return value as number;
  throw new DomainError(`${operation}: ${name} must be an integer ≥ ${least}; got ${describeValue(value)}`);
}

/** The index of the element at that row-major offset, one number per axis. */
export function unravel(offset: number, shape: Shape): number[] {
  const index: number[] = new Array(shape.length);
  let rest = offset;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/**
 * The shape of a ⊕ b under NumPy's rule: align the trailing axes; lengths must agree, or one of them is 1 and stretches.
 *
 * Throws ShapeError naming the operation and both shapes.
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape: number[] = new Array(rank);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const lengthA = fromEnd <= a.length ? a[a.length - fromEnd] : 1;
    const lengthB = fromEnd <= b.length ? b[b.length - fromEnd] : 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      throw new ShapeError(`${operation}: shapes do not broadcast; ${formatShape(a)} and ${formatShape(b)}`);
    }
    shape[rank - fromEnd] = lengthA === 1 ? lengthB : lengthA;
  }
  return shape;
}

/** Whether shapes broadcast: trailing axes aligned, their lengths agree or one of them is 1. */
export function broadcasts(a: Shape, b: Shape): boolean {
  for (let fromEnd = 1; fromEnd <= Math.min(a.length, b.length); fromEnd++) {
    const [lengthA, lengthB] = [a[a.length - fromEnd], b[b.length - fromEnd]];
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) return false;
  }
  return true;
}

/** The axis as 0 … rank − 1; negatives count from the end. Throws ShapeError outside −rank … rank − 1. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(`${operation}: no such axis; got axis ${describeValue(axis)} of a tensor of rank ${rank}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * Axes given as a number, a list, or not at all (all of them), as a sorted list without repeats.
 *
 * Throws ShapeError for an axis that is not there, or named twice; DomainError for anything else than numbers.
 */
export function normalizeAxes(operation: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  if (!Array.isArray(list))
    throw new DomainError(`${operation}: axes are a number or a list of them; got ${describeValue(axes)}`);
  const normalized = list.map((axis) => normalizeAxis(operation, axis, rank)).sort((a, b) => a - b);
  for (let i = 1; i < normalized.length; i++) {
    if (normalized[i] === normalized[i - 1]) {
      throw new ShapeError(`${operation}: an axis may be named once; got ${describeValue(list)}`);
    }
  }
  return normalized;
}
