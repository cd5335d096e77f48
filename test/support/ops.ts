import {
  add,
  broadcastTo,
  checkFinite,
  concat,
  div,
  exp,
  log,
  logSumExp,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  sigmoid,
  silu,
  softplus,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
  type Variable,
} from "diffeo";
import fc from "fast-check";
import {
  axes,
  broadcastingShapes,
  broadcastNaively,
  EPSILON,
  elementAt,
  indicesOf,
  shapes,
  shapesStretchingTo,
  tensors,
  tensorsAwayFromZero,
} from "./arbitraries.ts";

type Shape = readonly number[];

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
}

/** An op. There may be several rows for one op. */
export interface OpRow {
  /** As it is exported from diffeo/autograd. */
  readonly name: string;
  /** What sets the row apart from others of the same op. */
  readonly variant: string;
  readonly cases: fc.Arbitrary<OpCase>;
}

const exactly = (value: number): ExpectedElement => ({ value, bound: 0 });

/**
 * 8·eps·|value|: ours are within 3 ULP (test/tensor/kernels/elementary.test.ts), Math's within 1, and the formulas below make
 * 3 of it at the most.
 */
const closely = (value: number): ExpectedElement => ({ value, bound: 8 * EPSILON * Math.abs(value) });

/** 8·eps·Σ|terms|: two lanes of six terms make 6 roundings of eps/2, the plain loop 11 of them, for a dozen terms. */
const sumOf = (terms: readonly number[]): ExpectedElement => ({
  value: terms.reduce((total, term) => total + term, 0),
  bound: 8 * EPSILON * terms.reduce((total, term) => total + Math.abs(term), 0),
});

// ── elementwise ─────────────────────────────────────────────────────────────────────────────────────────────────────

function unary(
  name: string,
  f: (x: Tensor) => Variable,
  formula: (x: number) => ExpectedElement,
  domain: (shape: Shape) => fc.Arbitrary<Tensor> = tensors,
): OpRow {
  const cases = shapes()
    .chain(domain)
    .map((x): OpCase => ({ call: name, f, inputs: [x], shape: x.shape, element: (i) => formula(x.at(...i)) }));
  return { name, variant: "elementwise", cases };
}

function binary(
  name: string,
  f: (a: Tensor, b: Tensor) => Variable,
  formula: (a: number, b: number) => number,
  secondDomain: (shape: Shape) => fc.Arbitrary<Tensor> = tensors,
): OpRow {
  const cases = broadcastingShapes
    .chain(([shapeA, shapeB]) => fc.tuple(tensors(shapeA), secondDomain(shapeB)))
    .map(
      ([a, b]): OpCase => ({
        call: name,
        f,
        inputs: [a, b],
        shape: broadcastNaively(a.shape, b.shape) ?? [],
        element: (i) => exactly(formula(elementAt(a, i), elementAt(b, i))),
      }),
    );
  return { name, variant: "broadcasting", cases };
}

const positive = (shape: Shape): fc.Arbitrary<Tensor> => tensors(shape, 0.5, 3);

const elementwise: readonly OpRow[] = [
  binary("add", add, (a, b) => a + b),
  binary("sub", sub, (a, b) => a - b),
  binary("mul", mul, (a, b) => a * b),
  binary("div", div, (a, b) => a / b, tensorsAwayFromZero),
  unary("neg", neg, (x) => exactly(-x)),
  unary("square", square, (x) => exactly(x * x)),
  unary("sqrt", sqrt, (x) => exactly(Math.sqrt(x)), positive),
  unary("exp", exp, (x) => closely(Math.exp(x))),
  unary("log", log, (x) => closely(Math.log(x)), positive),
  unary("tanh", tanh, (x) => closely(Math.tanh(x))),
  unary("sigmoid", sigmoid, (x) => closely(1 / (1 + Math.exp(-x)))),
  unary("silu", silu, (x) => closely(x / (1 + Math.exp(-x)))),
  unary("softplus", softplus, (x) => closely(Math.log1p(Math.exp(x)))),
  unary("checkFinite", (x) => checkFinite(x), exactly),
];

// ── reductions ──────────────────────────────────────────────────────────────────────────────────────────────────────

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

const reductions: readonly OpRow[] = [
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

// ── shapes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The position of an element in row-major order, and back. */
const offsetOf = (shape: Shape, index: readonly number[]): number =>
  index.reduce((offset, i, axis) => offset * shape[axis] + i, 0);

const replaced = (index: readonly number[], axis: number, i: number): number[] =>
  index.map((other, at) => (at === axis ? i : other));

const nonNegative = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Reshaping to the reverse of the shape, with an axis of length 1 more, and to one with an axis left open. */
const reshapes: OpRow = {
  name: "reshape",
  variant: "to other shapes of the same size",
  cases: shapes().chain((shape) =>
    fc
      .record({ x: tensors(shape), insertAt: fc.nat(shape.length), open: fc.boolean() })
      .map(({ x, insertAt, open }) => {
        const target = [...shape].reverse();
        target.splice(insertAt, 0, 1);
        const given = target.map((length, axis) => (open && axis === insertAt && !shape.includes(0) ? -1 : length));
        return {
          call: `reshape to [${given}]`,
          f: (v: Tensor) => reshape(v, given),
          inputs: [x],
          shape: target,
          element: (index: readonly number[]) => exactly(x.data[offsetOf(target, index)]),
        };
      }),
  ),
};

const broadcasts: OpRow = {
  name: "broadcastTo",
  variant: "to shapes that can be reached",
  cases: shapes()
    .chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        shapesStretchingTo(shape).chain((from) => tensors(from)),
      ),
    )
    .map(([shape, x]) => ({
      call: `broadcastTo [${shape}]`,
      f: (v: Tensor) => broadcastTo(v, shape),
      inputs: [x],
      shape,
      element: (index: readonly number[]) => exactly(elementAt(x, index)),
    })),
};

const transposes: OpRow = {
  name: "transpose",
  variant: "of stacks of matrices",
  cases: shapes(2, 4)
    .chain((shape) => tensors(shape))
    .map((x) => ({
      call: "transpose",
      f: transpose,
      inputs: [x],
      shape: [...x.shape.slice(0, -2), ...x.shape.slice(-2).reverse()],
      element: (index: readonly number[]) => exactly(x.at(...index.slice(0, -2), ...index.slice(-2).reverse())),
    })),
};

/** An index into an axis of that length, from either end; none where there is nothing. */
function indicesInto(length: number): fc.Arbitrary<number[]> {
  return length === 0 ? fc.constant([]) : fc.array(fc.integer({ min: -length, max: length - 1 }), { maxLength: 4 });
}

const takes: OpRow = {
  name: "take",
  variant: "by indices from either end, with repeats",
  cases: shapes(1)
    .chain((shape) => fc.tuple(fc.constant(shape), axes(shape.length)))
    .chain(([shape, axis]) => {
      const along = nonNegative(axis, shape.length);
      const length = shape[along];
      return fc
        .record({ x: tensors(shape), indices: indicesInto(length), asTensor: fc.boolean() })
        .map(({ x, indices, asTensor }) => ({
          call: `take [${indices}] along ${axis}`,
          f: (v: Tensor) => take(v, asTensor ? tensor(indices) : indices, axis),
          inputs: [x],
          shape: replaced(shape, along, indices.length),
          element: (index: readonly number[]) =>
            exactly(x.at(...replaced(index, along, nonNegative(indices[index[along]], length)))),
        }));
    }),
};

/** A shape, an axis of it, and the lengths of one to four pieces along that axis. */
const pieces = fc
  .tuple(shapes(1), fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }))
  .chain(([shape, sizes]) =>
    axes(shape.length).map((axis) => ({ shape, axis, along: nonNegative(axis, shape.length), sizes })),
  );

/** Which piece an index of the whole falls into, and where in it. */
function locate(sizes: readonly number[], i: number): { piece: number; within: number } {
  let piece = 0;
  let within = i;
  for (; within >= sizes[piece]; piece++) within -= sizes[piece];
  return { piece, within };
}

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

const concatenations: OpRow = {
  name: "concat",
  variant: "of one to four pieces, some of them empty",
  cases: pieces
    .chain((drawn) =>
      fc.tuple(
        fc.constant(drawn),
        fc.tuple(...drawn.sizes.map((size) => tensors(replaced(drawn.shape, drawn.along, size)))),
      ),
    )
    .map(([{ shape, axis, along, sizes }, inputs]) => ({
      call: `concat along ${axis}`,
      f: (...xs: Tensor[]) => concat(xs, axis),
      inputs,
      shape: replaced(shape, along, total(sizes)),
      element: (index: readonly number[]) => {
        const { piece, within } = locate(sizes, index[along]);
        return exactly(inputs[piece].at(...replaced(index, along, within)));
      },
    })),
};

/** One piece of a split; the others are not used. */
const splits: OpRow = {
  name: "split",
  variant: "one piece of it",
  cases: pieces
    .chain((drawn) =>
      fc.record({
        drawn: fc.constant(drawn),
        x: tensors(replaced(drawn.shape, drawn.along, total(drawn.sizes))),
        piece: fc.nat(drawn.sizes.length - 1),
      }),
    )
    .map(({ drawn: { axis, along, sizes }, x, piece }) => ({
      call: `split into [${sizes}] along ${axis}, piece ${piece}`,
      f: (v: Tensor) => split(v, sizes, axis)[piece],
      inputs: [x],
      shape: replaced(x.shape, along, sizes[piece]),
      element: (index: readonly number[]) =>
        exactly(x.at(...replaced(index, along, index[along] + total(sizes.slice(0, piece))))),
    })),
};

/** All pieces of a split, joined again in reverse. */
const reversals: OpRow = {
  name: "split",
  variant: "all pieces of it, joined again in reverse",
  cases: pieces
    .chain((drawn) => fc.tuple(fc.constant(drawn), tensors(replaced(drawn.shape, drawn.along, total(drawn.sizes)))))
    .map(([{ axis, along, sizes }, x]) => ({
      call: `split into [${sizes}] along ${axis}, reversed`,
      f: (v: Tensor) => concat(split(v, sizes, axis).reverse(), axis),
      inputs: [x],
      shape: x.shape,
      element: (index: readonly number[]) => {
        const { piece, within } = locate([...sizes].reverse(), index[along]);
        const original = sizes.length - 1 - piece;
        return exactly(x.at(...replaced(index, along, within + total(sizes.slice(0, original)))));
      },
    })),
};

// ── products ────────────────────────────────────────────────────────────────────────────────────────────────────────

function product(layout: "NN" | "TN" | "NT"): OpRow {
  const side = fc.nat(3);
  const cases = fc
    .tuple(side, side, side)
    .chain(([M, N, K]) =>
      fc.record({
        a: tensors(layout === "TN" ? [K, M] : [M, K]),
        b: tensors(layout === "NT" ? [N, K] : [K, N]),
        sizes: fc.constant([M, N, K]),
      }),
    )
    .map(({ a, b, sizes: [M, N, K] }) => ({
      call: `matmul ${layout}`,
      f: (A: Tensor, B: Tensor) => matmul(A, B, layout),
      inputs: [a, b],
      shape: [M, N],
      element: ([i, j]: readonly number[]) =>
        sumOf(
          Array.from(
            { length: K },
            (_, k) => (layout === "TN" ? a.at(k, i) : a.at(i, k)) * (layout === "NT" ? b.at(j, k) : b.at(k, j)),
          ),
        ),
    }));
  return { name: "matmul", variant: layout, cases };
}

/** Every op of diffeo/autograd: a new op is a new row. */
export const OPS: readonly OpRow[] = [
  ...elementwise,
  ...reductions,
  ...[reshapes, broadcasts, transposes, takes, concatenations, splits, reversals],
  ...[product("NN"), product("TN"), product("NT")],
];
