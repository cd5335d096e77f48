import type { NestedArray, Tensor, Variable } from "diffeo";
import type fc from "fast-check";
import { EPSILON } from "../arbitraries.ts";
import { Dual, type DualTensor } from "../dual.ts";

/** As in diffeo. */
export type Shape = readonly number[];

/** What one element of a result must be, and how far off it may be: 0 means the very same bits. */
export interface ExpectedElement {
  readonly value: number;
  readonly bound: number;
}

/** An op with its attributes, the tensors it is given, and what plain loops say the result is. */
export interface OpCase {
  /** In words, for the counterexample of a failure. */
  readonly call: string;
  readonly f: (...inputs: Tensor[]) => Variable;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly element: (index: readonly number[]) => ExpectedElement;
  /** The same element from dual numbers, by plain loops again; of ops that have no derivative it is a constant. */
  readonly dual: (index: readonly number[], xs: readonly DualTensor[]) => Dual;
}

/** An op. There may be several rows for one op. */
export interface OpRow {
  /** As it is exported from diffeo/autograd. */
  readonly name: string;
  /** What sets the row apart from others of the same op. */
  readonly variant: string;
  readonly cases: fc.Arbitrary<OpCase>;
  /** What the op gives, to the bit, where that was computed by hand, and at special values. */
  readonly values?: readonly (readonly [y: () => Tensor, expected: NestedArray])[];
  /** What it refuses, and how: shapes that do not fit, attributes out of range. */
  readonly refusals?: readonly (readonly [call: () => unknown, error: Error])[];
}

/** The very same bits. */
export const exactly = (value: number): ExpectedElement => ({ value, bound: 0 });

/**
 * 8·eps·|value|: ours are within 3 ULP (test/tensor/kernels/elementary.test.ts), Math's within 1, and the formulas below make
 * 3 of it at the most.
 */
export const closely = (value: number): ExpectedElement => ({ value, bound: 8 * EPSILON * Math.abs(value) });

/** 8·eps·Σ|terms|: two lanes of six terms make 6 roundings of eps/2, the plain loop 11 of them, for a dozen terms. */
export const sumOf = (terms: readonly number[]): ExpectedElement => ({
  value: terms.reduce((total, term) => total + term, 0),
  bound: 8 * EPSILON * terms.reduce((total, term) => total + Math.abs(term), 0),
});

/** 16·eps·|value|: a product of up to a dozen factors in any two orders, 11 roundings of eps/2 each. */
export const productOf = (factors: readonly number[]): ExpectedElement => {
  const value = factors.reduce((product, factor) => product * factor, 1);
  return { value, bound: 16 * EPSILON * Math.abs(value) };
};

/** Where an element of a result comes from: an index of one of the inputs, or a constant in its stead. */
export type Origin = { readonly input: number; readonly index: readonly number[] } | number;

/** What is expected of an op that only moves elements. */
export function moved(
  inputs: readonly Tensor[],
  originOf: (index: readonly number[]) => Origin,
): Pick<OpCase, "inputs" | "element" | "dual"> {
  return {
    inputs,
    element: (index) => {
      const origin = originOf(index);
      return exactly(typeof origin === "number" ? origin : inputs[origin.input].at(...origin.index));
    },
    dual: (index, xs) => {
      const origin = originOf(index);
      return typeof origin === "number" ? new Dual(origin) : xs[origin.input].at(...origin.index);
    },
  };
}

/** The index of the element at that position in row-major order. */
export function indexOf(shape: Shape, offset: number): number[] {
  return shape.map((length, axis) => {
    const inner = shape.slice(axis + 1).reduce((size, other) => size * other, 1);
    return Math.floor(offset / inner) % length;
  });
}

/** The position of an element in row-major order. */
export const offsetOf = (shape: Shape, index: readonly number[]): number =>
  index.reduce((offset, i, axis) => offset * shape[axis] + i, 0);

/** The index with another entry at that axis. */
export const replaced = (index: readonly number[], axis: number, i: number): number[] =>
  index.map((other, at) => (at === axis ? i : other));

/** The axis or index counted from the start. */
export const nonNegative = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
