import { logSumExp, mean, sum, type Tensor, type Variable } from "diffeo";
import fc from "fast-check";
import { axes, EPSILON, indicesOf, shapes, tensors } from "../arbitraries.ts";
import { type ExpectedElement, exactly, type OpCase, type OpRow, type Shape, sumOf } from "./opCase.ts";

interface Reduction {
  readonly x: Tensor;
  /** As it is given to the op: undefined for all axes. */
  readonly axis: number | readonly number[] | undefined;
  readonly keepDims: boolean;
}

/** The elements of x that come together at one index of the result. */
function termsAt({ x, axis, keepDims }: Reduction, index: readonly number[]): number[] {
  const reduced = reducedAxes(x, axis);
  const kept = x.shape.map((_, i) => i).filter((i) => keepDims || !reduced.includes(i));
  return indicesOf(x.shape)
    .filter((i) => kept.every((from, to) => reduced.includes(from) || i[from] === index[to]))
    .map((i) => x.at(...i));
}

function reducedAxes(x: Tensor, axis: Reduction["axis"]): number[] {
  if (axis === undefined) return x.shape.map((_, i) => i);
  return [axis].flat().map((i) => (i < 0 ? i + x.rank : i));
}

function reducedShape({ x, axis, keepDims }: Reduction): Shape {
  const reduced = reducedAxes(x, axis);
  return keepDims
    ? x.shape.map((length, i) => (reduced.includes(i) ? 1 : length))
    : x.shape.filter((_, i) => !reduced.includes(i));
}

/** Rows for all axes, for one, and (where the op takes them) for any list of axes in any order. */
function reduction(
  name: string,
  f: (reduction: Reduction) => (x: Tensor) => Variable,
  formula: (terms: readonly number[]) => ExpectedElement,
  takesLists: boolean,
): OpRow[] {
  const over = (variant: string, drawn: fc.Arbitrary<[Tensor, Reduction["axis"]]>): OpRow => ({
    name,
    variant,
    cases: fc.tuple(drawn, fc.boolean()).map(([[x, axis], keepDims]): OpCase => {
      const chosen: Reduction = { x, axis, keepDims };
      return {
        call: `${name} over axis ${axis}, keepDims ${keepDims}`,
        f: f(chosen),
        inputs: [x],
        shape: reducedShape(chosen),
        element: (index) => formula(termsAt(chosen, index)),
      };
    }),
  });
  const everything = fc.tuple(shapes().chain(tensors), fc.constant(undefined));
  const one = shapes(1).chain((shape) => fc.tuple(tensors(shape), axes(shape.length)));
  const several = shapes().chain((shape) => fc.tuple(tensors(shape), listsOfAxes(shape.length)));
  return [
    over("over everything", everything),
    over("over one axis", one),
    ...(takesLists ? [over("over a list of axes", several)] : []),
  ];
}

/** Lists of different axes, in any order, counted from either end. */
function listsOfAxes(rank: number): fc.Arbitrary<number[]> {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return fc
    .tuple(fc.shuffledSubarray(all), fc.array(fc.boolean(), { minLength: rank, maxLength: rank }))
    .map(([list, fromEnd]) => list.map((axis) => (fromEnd[axis] ? axis - rank : axis)));
}

function logSumExpOf(terms: readonly number[]): ExpectedElement {
  const m = terms.reduce((largest, term) => Math.max(largest, term), Number.NEGATIVE_INFINITY);
  if (terms.length === 0) return exactly(m);
  const rest = terms.reduce((total, term) => total + Math.exp(term - m), 0); // from 1 to 12
  // x − m is rounded by eps/2·|x − m|, and t·e^−t < 1; each exponential, the sums and log1p: fewer than 8·eps·rest in all
  return { value: m + Math.log(rest), bound: 8 * EPSILON * (Math.abs(m) + rest) };
}

/** Ops that reduce axes. */
export const reductions: readonly OpRow[] = [
  ...reduction(
    "sum",
    ({ axis, keepDims }) =>
      (x) =>
        sum(x, axis, { keepDims }),
    sumOf,
    true,
  ),
  ...reduction(
    "mean",
    ({ axis, keepDims }) =>
      (x) =>
        mean(x, axis, { keepDims }),
    (terms) => sumOf(terms.map((term) => term / terms.length)),
    true,
  ).map(withoutEmptySets),
  ...reduction(
    "logSumExp",
    ({ axis, keepDims }) =>
      (x) =>
        logSumExp(x, axis as number | undefined, { keepDims }),
    logSumExpOf,
    false,
  ).map(withoutEmptySets),
];

/** Nothing has the mean NaN and the logSumExp −∞, which no certificate covers; test/autograd/ops/reduction.test.ts does. */
function withoutEmptySets(row: OpRow): OpRow {
  return { ...row, cases: row.cases.filter(({ inputs: [x], shape }) => x.size > 0 || shape.includes(0)) };
}
