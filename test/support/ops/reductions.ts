import { argMax, logSumExp, max, mean, min, norm, prod, std, sum, Tensor, type Variable, variance } from "diffeo";
import fc from "fast-check";
import { axes, EPSILON, indicesOf, shapes, tensors, tensorsAwayFromZero, tensorsOfDistinct } from "../arbitraries.ts";
import {
  Dual,
  deviationsOf,
  largest,
  length,
  logSumOfExponentials,
  negative,
  over,
  productOfAll,
  times,
  total,
} from "../dual.ts";
import {
  type ExpectedElement,
  exactly,
  nonNegative,
  type OpCase,
  type OpRow,
  productOf,
  type Shape,
  sumOf,
} from "./opCase.ts";

/** As they are given to an op: undefined for all axes. */
type Axis = number | readonly number[] | undefined;

/** A reduction: the op, what plain loops make of the terms that come together, and what dual numbers do. */
interface Reduction {
  readonly name: string;
  /** What sets it apart from another reduction of the same name. */
  readonly variant?: string;
  readonly op: (x: Tensor, axis: Axis, options: { keepDims: boolean }) => Variable;
  readonly formula: (terms: readonly number[]) => ExpectedElement;
  readonly dual: (terms: readonly Dual[]) => Dual;
  /** Inputs on which the op is smooth. */
  readonly domain?: (shape: Shape) => fc.Arbitrary<Tensor>;
  /** The fewest terms for which the certificates make sense. */
  readonly leastTerms?: number;
}

/** Rows for all axes, for one, and for any list of axes in any order. */
function rowsOf({ name, variant: kind, op, formula, dual, domain = tensors, leastTerms = 0 }: Reduction): OpRow[] {
  const over = (variant: string, drawn: fc.Arbitrary<[Shape, Axis]>): OpRow => ({
    name,
    variant: kind === undefined ? variant : `${kind}, ${variant}`,
    cases: drawn
      .filter(([shape, axis]) => {
        const reduced = reducedAxes(shape, axis);
        const terms = shape.filter((_, i) => reduced.includes(i)).reduce((count, n) => count * n, 1);
        return terms >= leastTerms;
      })
      .chain(([shape, axis]) => fc.tuple(domain(shape), fc.constant(axis), fc.boolean()))
      .map(([x, axis, keepDims]): OpCase => {
        const reduced = reducedAxes(x.shape, axis);
        const termsAt = (index: readonly number[]): number[][] => {
          const kept = x.shape.map((_, i) => i).filter((i) => keepDims || !reduced.includes(i));
          return indicesOf(x.shape).filter((i) =>
            kept.every((from, to) => reduced.includes(from) || i[from] === index[to]),
          );
        };
        return {
          call: `${name} over axis ${axis}, keepDims ${keepDims}`,
          f: (v) => op(v, axis, { keepDims }),
          inputs: [x],
          shape: keepDims
            ? x.shape.map((n, i) => (reduced.includes(i) ? 1 : n))
            : x.shape.filter((_, i) => !reduced.includes(i)),
          element: (index) => formula(termsAt(index).map((i) => x.at(...i))),
          dual: (index, [moving]) => dual(termsAt(index).map((i) => moving.at(...i))),
        };
      }),
  });
  const everything = fc.tuple(shapes(), fc.constant(undefined));
  const one = shapes(1).chain((shape) => fc.tuple(fc.constant(shape), axes(shape.length)));
  const several = shapes().chain((shape) => fc.tuple(fc.constant(shape), listsOfAxes(shape.length)));
  return [over("over everything", everything), over("over one axis", one), over("over a list of axes", several)];
}

function reducedAxes(shape: Shape, axis: Axis): number[] {
  if (axis === undefined) return shape.map((_, i) => i);
  return [axis].flat().map((i) => nonNegative(i, shape.length));
}

/** Lists of different axes, in any order, counted from either end. */
function listsOfAxes(rank: number): fc.Arbitrary<number[]> {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return fc
    .tuple(fc.shuffledSubarray(all), fc.array(fc.boolean(), { minLength: rank, maxLength: rank }))
    .map(([list, fromEnd]) => list.map((axis) => (fromEnd[axis] ? axis - rank : axis)));
}

/** Tensors in which one element in four is 0. */
function tensorsWithZeros(shape: Shape): fc.Arbitrary<Tensor> {
  return tensors(shape, -2, 2).map(
    (x) =>
      new Tensor(
        x.data.map((value) => (Math.abs(value) < 0.5 ? 0 : value)),
        shape,
      ),
  );
}

function logSumExpOf(terms: readonly number[]): ExpectedElement {
  const m = terms.reduce((most, term) => Math.max(most, term), Number.NEGATIVE_INFINITY);
  const rest = terms.reduce((sum, term) => sum + Math.exp(term - m), 0); // from 1 to 12
  // x − m is rounded by eps/2·|x − m|, and t·e^−t < 1; each exponential, the sums and log1p: fewer than 8·eps·rest in all
  return { value: m + Math.log(rest), bound: 8 * EPSILON * (Math.abs(m) + rest) };
}

/** A dozen squares added, and a root, which halves relative errors: 8·eps. */
function normOf(terms: readonly number[]): ExpectedElement {
  const value = Math.sqrt(terms.reduce((sum, term) => sum + term * term, 0));
  return { value, bound: 8 * EPSILON * value };
}

/** Σ (x − mean)²/(n − correction). Means are off by 6·eps·max|x| in either sum, deviations by that, squares by twice that. */
function varianceOf(terms: readonly number[], correction: number): ExpectedElement {
  const mean = terms.reduce((sum, term) => sum + term, 0) / terms.length;
  const most = terms.reduce((size, term) => Math.max(size, Math.abs(term)), 0);
  const squares = terms.reduce((sum, term) => sum + (term - mean) ** 2, 0);
  const divisor = terms.length - correction;
  const shift = terms.reduce((sum, term) => sum + Math.abs(term - mean), 0);
  return { value: squares / divisor, bound: (8 * EPSILON * (squares + 3 * shift * most)) / divisor };
}

/** Its root: an error of δ in the variance is one of δ/2σ in σ. */
function stdOf(terms: readonly number[], correction: number): ExpectedElement {
  const { value, bound } = varianceOf(terms, correction);
  return value === 0 ? exactly(0) : { value: Math.sqrt(value), bound: bound / Math.sqrt(value) };
}

const varianceOfDuals = (terms: readonly Dual[], correction: number): Dual =>
  over(total(deviationsOf(terms).map((d) => times(d, d))), terms.length - correction);

/** Ops that reduce axes. */
export const reductions: readonly OpRow[] = [
  { name: "sum", op: sum, formula: sumOf, dual: total },
  {
    name: "mean",
    op: mean,
    formula: (terms: readonly number[]) => sumOf(terms.map((term) => term / terms.length)),
    dual: (terms: readonly Dual[]) => over(total(terms), terms.length),
    leastTerms: 1, // nothing has the mean NaN, which no certificate covers
  },
  { name: "prod", op: prod, formula: productOf, dual: productOfAll, domain: (shape: Shape) => tensors(shape, -2, 2) },
  {
    name: "prod",
    variant: "zeros among them",
    op: prod,
    formula: productOf,
    dual: productOfAll,
    domain: tensorsWithZeros,
  },
  {
    name: "max",
    op: max,
    formula: (terms: readonly number[]) => exactly(Math.max(...terms)),
    dual: largest,
    domain: tensorsOfDistinct,
    leastTerms: 1,
  },
  {
    name: "min",
    op: min,
    formula: (terms: readonly number[]) => exactly(Math.min(...terms)),
    dual: (terms: readonly Dual[]) => negative(largest(terms.map(negative))),
    domain: tensorsOfDistinct,
    leastTerms: 1,
  },
  { name: "logSumExp", op: logSumExp, formula: logSumExpOf, dual: logSumOfExponentials, leastTerms: 1 },
  { name: "norm", op: norm, formula: normOf, dual: length, domain: tensorsAwayFromZero },
  ...[0, 1].flatMap((correction) => [
    {
      name: "variance",
      variant: `correction ${correction}`,
      op: (x: Tensor, axis: Axis, options: { keepDims: boolean }) => variance(x, axis, { ...options, correction }),
      formula: (terms: readonly number[]) => varianceOf(terms, correction),
      dual: (terms: readonly Dual[]) => varianceOfDuals(terms, correction),
      leastTerms: correction + 1,
    },
    {
      name: "std",
      variant: `correction ${correction}`,
      op: (x: Tensor, axis: Axis, options: { keepDims: boolean }) => std(x, axis, { ...options, correction }),
      formula: (terms: readonly number[]) => stdOf(terms, correction),
      dual: (terms: readonly Dual[]) => over(length(deviationsOf(terms)), Math.sqrt(terms.length - correction)),
      domain: tensorsOfDistinct,
      leastTerms: 2, // one number has the deviation 0, where there is no derivative
    },
  ]),
].flatMap(rowsOf);

/** The one reduction that takes an axis only, and has no derivative. */
export const argMaxima: OpRow = {
  name: "argMax",
  variant: "along one axis",
  cases: shapes(1)
    .chain((shape) => fc.tuple(tensorsOfDistinct(shape), axes(shape.length)))
    .filter(([x, axis]) => x.shape[nonNegative(axis, x.rank)] > 0)
    .map(([x, axis]): OpCase => {
      const along = nonNegative(axis, x.rank);
      const find = (index: readonly number[]): number => {
        const lane = Array.from({ length: x.shape[along] }, (_, k) =>
          x.at(...index.slice(0, along), k, ...index.slice(along)),
        );
        return lane.indexOf(Math.max(...lane));
      };
      return {
        call: `argMax along ${axis}`,
        f: (v) => argMax(v, axis),
        inputs: [x],
        shape: x.shape.filter((_, i) => i !== along),
        element: (index) => exactly(find(index)),
        dual: (index) => new Dual(find(index)),
      };
    }),
};
