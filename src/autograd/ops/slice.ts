import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { copyStrided, type View } from "../../tensor/kernels/layout.ts";
import { stridesOf } from "../../tensor/kernels/strides.ts";
import { checkShape, formatShape, normalizeAxes, normalizeAxis, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { reshape } from "./broadcast.ts";
import { concat, split } from "./rearrange.ts";

/**
 * What to take of one axis: null for all of it, a number for one index (which drops the axis), or [start, stop, step] as in
 * Python: stop is not included, negatives count from the end, null is the default, what lies outside is clipped.
 */
export type Range = null | number | readonly [start: number | null, stop: number | null, step?: number | null];

/** The indices start, start + step, … of one axis, `length` of them. */
export interface Progression {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** Where the chosen part of a tensor of that shape lies in its buffer. */
function viewOf(shape: Shape, part: readonly Progression[]): View {
  const strides = stridesOf(shape);
  return {
    start: part.reduce((offset, { start }, axis) => offset + start * strides[axis], 0),
    strides: part.map(({ step }, axis) => step * strides[axis]),
  };
}

// ── slice and place: each is the other's adjoint ────────────────────────────────────────────────────────────────────

const sliceRule: Rule<[x: Tensor], [part: readonly Progression[]]> = {
  name: "slice",
  shape: (_inputs, part) => part.map(({ length }) => length),
  forward: ([x], y, part) =>
    copyStrided(
      y.shape,
      x.data,
      viewOf(x.shape, part),
      y.data,
      viewOf(
        y.shape,
        part.map(({ length }) => whole(length)),
      ),
    ),
  lowering: "slice",
  vjp: ([x], _y, g, part) => [() => apply(placeRule, [g], x.shape, part, 0)],
};

/** A tensor of that shape with x in the place of the part, and the value everywhere else. */
const placeRule: Rule<[x: Tensor], [shape: Shape, part: readonly Progression[], value: number]> = {
  name: "pad",
  shape: (_inputs, shape) => shape,
  forward([x], y, shape, part, value) {
    y.data.fill(value);
    copyStrided(
      x.shape,
      x.data,
      viewOf(
        x.shape,
        part.map(({ length }) => whole(length)),
      ),
      y.data,
      viewOf(shape, part),
    );
  },
  lowering: "pad",
  vjp: (_inputs, _y, g, _shape, part) => [() => apply(sliceRule, [g], part)],
};

function whole(length: number): Progression {
  return { start: 0, step: 1, length };
}

/**
 * Part of x: one range per axis, missing ranges are whole axes. `slice(x, null, [1, null], -1)` is Python's x[:, 1:, -1].
 *
 * Gradient: g in its place, 0 elsewhere. Shape: axes given a number vanish.
 * Throws ShapeError for more ranges than axes, and for a number that is out of range; DomainError for a step of 0 and for
 * what is no integer.
 * Reference: Python Language Reference, §3.2 (slice objects) and `slice.indices`.
 *
 * @example
 * slice(arange(6), [null, null, -2]); // [5, 3, 1]
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), null, [1, null]); // [[2, 3], [5, 6]]
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), -1); // [4, 5, 6]
 */
export function slice(x: Operand, ...ranges: readonly Range[]): Variable {
  const operand = asTensor("slice", x);
  const { shape, rank } = operand;
  if (ranges.length > rank) {
    throw new ShapeError(`slice: at most one range per axis; got ${ranges.length} for ${formatShape(shape)}`);
  }
  const part = shape.map((length, axis) => progression(ranges[axis] ?? null, length, axis));
  const y = apply(sliceRule, [operand], part);
  if (!ranges.some((range) => typeof range === "number")) return y;
  return reshape(
    y,
    y.shape.filter((_, axis) => typeof ranges[axis] !== "number"),
  );
}

/** The indices of an axis of that length that a range means. */
function progression(range: Range, length: number, axis: number): Progression {
  if (range === null) return whole(length);
  if (typeof range === "number") {
    if (!Number.isInteger(range)) throw new DomainError(`slice: indices must be integers; got ${range}`);
    if (range < -length || range >= length) {
      throw new ShapeError(`slice: index out of range; got ${range} for axis ${axis} of length ${length}`);
    }
    return { start: range < 0 ? range + length : range, step: 1, length: 1 };
  }
  if (!Array.isArray(range) || range.length < 2 || range.length > 3) {
    throw new DomainError(`slice: a range is null, a number or [start, stop, step?]; got ${describeValue(range)}`);
  }
  const bounds: readonly (number | null | undefined)[] = range;
  if (!bounds.every((bound) => bound === null || bound === undefined || Number.isInteger(bound))) {
    throw new DomainError(`slice: start, stop and step must be integers or null; got ${describeValue(range)}`);
  }
  const step = range[2] ?? 1;
  if (step === 0) throw new DomainError(`slice: the step must not be 0; got ${describeValue(range)}`);
  // going up, 0 ≤ start, stop ≤ length; going down, −1 ≤ start, stop ≤ length − 1
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clip = (index: number): number => Math.min(high, Math.max(low, index < 0 ? index + length : index));
  const start = range[0] === null || range[0] === undefined ? (step > 0 ? low : high) : clip(range[0]);
  const stop = range[1] === null || range[1] === undefined ? (step > 0 ? high : low) : clip(range[1]);
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) };
}

/**
 * x with the order of elements reversed along the axes (all of them if none is named).
 *
 * Gradient: g, flipped back. Throws ShapeError for an axis that is not there.
 *
 * @example
 * flip(tensor([[1, 2], [3, 4]]), 1); // [[2, 1], [4, 3]]
 */
export function flip(x: Operand, axes?: number | readonly number[]): Variable {
  const operand = asTensor("flip", x);
  const flipped = normalizeAxes("flip", axes, operand.rank);
  const part = operand.shape.map((length, axis) =>
    flipped.includes(axis) ? { start: length - 1, step: -1, length } : whole(length),
  );
  return apply(sliceRule, [operand], part);
}

/**
 * x with `before` and `after` elements of the value more at the two ends of each axis.
 *
 * Gradient: g without the margins. Shape: each length grows by before + after.
 * Throws ShapeError unless there is one pair of integers ≥ 0 for each axis, DomainError for what is no list of pairs, and a
 * value that is no number.
 *
 * @example
 * pad(tensor([1, 2]), [[1, 2]]); // [0, 1, 2, 0, 0]
 */
export function pad(x: Operand, margins: readonly (readonly [before: number, after: number])[], value = 0): Variable {
  const operand = asTensor("pad", x);
  if (!Array.isArray(margins) || !margins.every((margin) => Array.isArray(margin))) {
    throw new DomainError(`pad: the margins are a list of [before, after]; got ${describeValue(margins)}`);
  }
  if (typeof value !== "number") throw new DomainError(`pad: the value is a number; got ${describeValue(value)}`);
  const valid = margins.every((margin) => margin.length === 2 && margin.every((n) => Number.isInteger(n) && n >= 0));
  if (margins.length !== operand.rank || !valid) {
    const came = `${describeValue(margins)} for ${formatShape(operand.shape)}`;
    throw new ShapeError(`pad: one pair of integers ≥ 0 for each axis; got ${came}`);
  }
  const shape = operand.shape.map((length, axis) => margins[axis][0] + length + margins[axis][1]);
  const part = operand.shape.map((length, axis) => ({ start: margins[axis][0], step: 1, length }));
  return apply(placeRule, [operand], checkShape("pad", shape), part, value);
}

// ── roll: split and concat ──────────────────────────────────────────────────────────────────────────────────────────

/**
 * x turned round: y[…, (i + shift) mod n, …] = x[…, i, …] along each axis (in row-major order if none is named).
 *
 * One shift for all axes, or one for each; an axis that is named twice is turned twice. Gradient: g, turned back.
 * Throws ShapeError for an axis that is not there, and unless there are as many shifts as axes; DomainError for a shift
 * that is no integer.
 *
 * @example
 * roll(tensor([1, 2, 3, 4]), 1); // [4, 1, 2, 3]
 */
export function roll(x: Operand, shifts: number | readonly number[], axes?: number | readonly number[]): Variable {
  const operand = asTensor("roll", x);
  const turns: readonly number[] = Array.isArray(shifts) ? shifts : [shifts as number];
  if (!turns.every((shift) => Number.isInteger(shift))) {
    throw new DomainError(`roll: shifts must be integers; got ${describeValue(shifts)}`);
  }
  if (axes === undefined) {
    if (turns.length !== 1) throw new ShapeError(`roll: without axes there is one shift; got ${turns.length}`);
    return reshape(turn(reshape(operand, [operand.size]), turns[0], 0), operand.shape);
  }
  const list: readonly number[] = Array.isArray(axes) ? axes : [axes as number];
  if (Array.isArray(shifts) && turns.length !== list.length) {
    throw new ShapeError(`roll: as many shifts as axes; got ${turns.length} for ${list.length}`);
  }
  const along = list.map((axis) => normalizeAxis("roll", axis, operand.rank));
  const start = reshape(operand, operand.shape);
  return along.reduce((rolled, axis, i) => turn(rolled, Array.isArray(shifts) ? turns[i] : turns[0], axis), start);
}

/** x turned round along one axis: its end before its beginning. */
function turn(x: Variable, shift: number, axis: number): Variable {
  const length = x.shape[axis];
  if (length === 0) return x;
  const end = ((shift % length) + length) % length; // how many elements come to the front
  const [beginning, ending] = split(x, [length - end, end], axis);
  return concat([ending, beginning], axis);
}
