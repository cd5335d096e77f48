import { Random, Tensor } from "diffeo";
import fc from "fast-check";
import { assert } from "vitest";

// What properties draw, and how numbers are compared.

/** The distance from 1 to the next float64 number. One ULP of v is at most EPSILON·|v|, unless v is subnormal. */
export const EPSILON: number = 2 ** -52;

/** Numbers on which formulas fail: signed zeros, subnormals, the neighbours of 1, the edges of exp, the infinities, NaN. */
export const SPECIAL: readonly number[] = [
  ...[0, -0, 5e-324, -5e-324, 2 ** -1022, 1, -1, 1 + EPSILON, 1 - EPSILON / 2, 709.7, 710, -745, 1e300, -1e300],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
];

/** Fails unless |actual − expected| ≤ bound; NaN fails, wherever it stands. */
export function expectWithin(actual: number, expected: number, bound: number, what = "the value"): void {
  const error = Math.abs(actual - expected);
  if (!(error <= bound)) {
    assert.fail(`${what} must be within ${bound} of ${expected}; got ${actual}, which is off by ${error}`);
  }
}

/** The bits of a buffer, for comparisons in which −0 is not 0 and NaN equals itself. */
export function bitsOf(x: Tensor): readonly bigint[] {
  return Array.from(new BigUint64Array(x.data.slice().buffer));
}

/** As many times the usual number of runs, but `least` at any rate: for properties that are dearer or cheaper than others. */
export function runs(factor: number, least: number): { numRuns: number } {
  return { numRuns: Math.max(least, Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) * factor)) };
}

/** Seeds of Random. They do not shrink: a smaller seed is no simpler. */
export const seeds: fc.Arbitrary<number> = fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 }));

/** Every shape with axes of 0 … largest, of ranks `from` … `to`. */
export function allShapes(from: number, to: number, largest: number): number[][] {
  let shapes: number[][] = [[]];
  const all: number[][] = [];
  for (let rank = 0; rank <= to; rank++) {
    if (rank >= from) all.push(...shapes);
    shapes = shapes.flatMap((shape) => Array.from({ length: largest + 1 }, (_, side) => [...shape, side]));
  }
  return all;
}

const side = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 8, arbitrary: fc.integer({ min: 2, max: 3 }) },
);

/** Shapes of rank `from` … `to` with sides 0 … 3, seldom 0, and at most a dozen elements. */
export function shapes(from = 0, to = 3): fc.Arbitrary<number[]> {
  return fc
    .array(side, { minLength: from, maxLength: to })
    .filter((shape) => shape.reduce((size, length) => size * length, 1) <= 12);
}

/** Shapes that broadcast to a given one: some axes 1, some leading axes missing. */
export function shapesStretchingTo(shape: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
    .map(([missing, stretched]) => shape.map((length, axis) => (stretched[axis] ? 1 : length)).slice(missing));
}

/** Pairs of shapes that broadcast against each other. */
export const broadcastingShapes: fc.Arbitrary<[number[], number[]]> = shapes().chain((shape) =>
  fc.tuple(shapesStretchingTo(shape), shapesStretchingTo(shape)),
);

/** An axis of a tensor of that rank (at least 1), counted from either end. */
export function axes(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Tensors of that shape, uniform on [low, high). */
export function tensors(shape: readonly number[], low = -3, high = 3): fc.Arbitrary<Tensor> {
  return seeds.map((seed) => new Random(seed).uniform(shape, low, high));
}

/** Tensors of that shape whose elements are at least ½ away from 0, of either sign. */
export function tensorsAwayFromZero(shape: readonly number[]): fc.Arbitrary<Tensor> {
  return tensors(shape, -3, 3).map(
    (x) =>
      new Tensor(
        x.data.map((value) => (value < 0 ? value - 0.5 : value + 0.5)),
        shape,
      ),
  );
}

/** Tensors of that shape whose elements are at least 0.6 apart: no maximum changes hands while one moves by a quarter. */
export function tensorsOfDistinct(shape: readonly number[]): fc.Arbitrary<Tensor> {
  return seeds.map((seed) => {
    const random = new Random(seed);
    const jitter = random.uniform(shape, -0.2, 0.2).data;
    const ranks = random.permutation(jitter.length);
    return new Tensor(
      jitter.map((value, i) => ranks[i] - (jitter.length - 1) / 2 + value),
      shape,
    );
  });
}

/** The indices of all elements of that shape, row-major. */
export function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (indices, length) => indices.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

/** The element of x that stands at that index once x is stretched: trailing axes aligned, axes of length 1 repeated. */
export function elementAt(x: Tensor, index: readonly number[]): number {
  return x.at(...x.shape.map((length, axis) => (length === 1 ? 0 : index[index.length - x.rank + axis])));
}

/** NumPy's rule, naively: null if the shapes do not broadcast. */
export function broadcastNaively(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: readonly number[]): number[] => [...new Array(rank - shape.length).fill(1), ...shape];
  const [A, B] = [padded(a), padded(b)];
  if (A.some((length, axis) => length !== B[axis] && length !== 1 && B[axis] !== 1)) return null;
  return A.map((length, axis) => (length === 1 ? B[axis] : length));
}
