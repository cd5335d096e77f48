import {
  add,
  checkFinite,
  cos,
  div,
  erf,
  exp,
  expm1,
  log,
  log1p,
  logSigmoid,
  mul,
  NonFiniteError,
  neg,
  pow,
  reciprocal,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
  tensor,
  type Variable,
} from "diffeo";
import fc from "fast-check";
import {
  broadcastingShapes,
  broadcastNaively,
  EPSILON,
  elementAt,
  shapes,
  tensors,
  tensorsAwayFromZero,
} from "../arbitraries.ts";
import {
  cosine,
  type Dual,
  erfNaively,
  errorFunction,
  exponential,
  formedFromValue,
  hyperbolicTangent,
  logarithm,
  minus,
  negative,
  over,
  plus,
  power,
  root,
  sine,
  times,
} from "../dual.ts";
import { closely, type ExpectedElement, exactly, type OpCase, type OpRow, type Shape } from "./opCase.ts";

/** A row of an op that maps elements one by one. */
export function unary(
  name: string,
  f: (x: Tensor) => Variable,
  formula: (x: number) => ExpectedElement,
  dual: (x: Dual) => Dual,
  domain: (shape: Shape) => fc.Arbitrary<Tensor> = tensors,
): OpRow {
  const cases = shapes()
    .chain(domain)
    .map(
      (x): OpCase => ({
        call: name,
        f,
        inputs: [x],
        shape: x.shape,
        element: (i) => formula(x.at(...i)),
        dual: (i, [moving]) => dual(moving.at(...i)),
      }),
    );
  return { name, variant: "elementwise", cases };
}

/** A row of an op of two operands that broadcast. */
export function binary(
  name: string,
  f: (a: Tensor, b: Tensor) => Variable,
  formula: (a: number, b: number) => number,
  dual: (a: Dual, b: Dual) => Dual,
  secondDomain: (shape: Shape) => fc.Arbitrary<Tensor> = tensors,
  firstDomain: (shape: Shape) => fc.Arbitrary<Tensor> = tensors,
): OpRow {
  const cases = broadcastingShapes
    .chain(([shapeA, shapeB]) => fc.tuple(firstDomain(shapeA), secondDomain(shapeB)))
    .map(
      ([a, b]): OpCase => ({
        call: name,
        f,
        inputs: [a, b],
        shape: broadcastNaively(a.shape, b.shape) ?? [],
        element: (i) => exactly(formula(elementAt(a, i), elementAt(b, i))),
        dual: (i, [movingA, movingB]) => dual(movingA.stretchedAt(i), movingB.stretchedAt(i)),
      }),
    );
  return { name, variant: "broadcasting", cases };
}

/** Tensors of positive numbers. */
export const positive = (shape: Shape): fc.Arbitrary<Tensor> => tensors(shape, 0.5, 3);

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** Elementwise ops. */
export const elementwise: readonly OpRow[] = [
  binary("add", add, (a, b) => a + b, plus),
  binary("sub", sub, (a, b) => a - b, minus),
  binary("mul", mul, (a, b) => a * b, times),
  binary("div", div, (a, b) => a / b, over, tensorsAwayFromZero),
  unary("neg", neg, (x) => exactly(-x), negative),
  unary(
    "square",
    square,
    (x) => exactly(x * x),
    (x) => times(x, x),
  ),
  unary("sqrt", sqrt, (x) => exactly(Math.sqrt(x)), root, positive),
  unary(
    "reciprocal",
    reciprocal,
    (x) => exactly(1 / x),
    (x) => over(1, x),
    tensorsAwayFromZero,
  ),
  // 2, 1 and −1 are computed in ways of their own
  ...[2, 1, -1, 0, 3, -2, 4].map((exponent) => powers(exponent, `an integer: ${exponent}`, tensorsAwayFromZero)),
  ...[0.5, -0.5, 1.7, -2.5].map((exponent) => powers(exponent, `a fraction: ${exponent}`, positive)),
  unary("exp", exp, (x) => closely(Math.exp(x)), exponential),
  unary("log", log, (x) => closely(Math.log(x)), logarithm, positive),
  unary(
    "expm1",
    expm1,
    (x) => closely(Math.expm1(x)),
    (x) => minus(exponential(x), 1),
  ),
  unary(
    "log1p",
    log1p,
    (x) => closely(Math.log1p(x)),
    (x) => logarithm(plus(1, x)),
    (shape) => tensors(shape, -0.5, 3),
  ),
  {
    ...unary("sin", sin, (x) => closely(Math.sin(x)), sine),
    values: [[() => sin(tensor([0, -0, INF, -INF, NAN])), [0, -0, NAN, NAN, NAN]]],
  },
  {
    ...unary("cos", cos, (x) => closely(Math.cos(x)), cosine),
    values: [[() => cos(tensor([0, -0, INF, -INF, NAN])), [1, 1, NAN, NAN, NAN]]],
  },
  // x² is off by 4·eps where it is largest, and so is e^{−x²}; the sum of positive terms by 4·eps more
  unary("erf", erf, (x) => ({ value: erfNaively(x), bound: 16 * EPSILON * Math.abs(erfNaively(x)) }), errorFunction),
  unary(
    "tanh",
    tanh,
    (x) => closely(Math.tanh(x)),
    (x) => formedFromValue(hyperbolicTangent(x), x),
  ),
  unary(
    "sigmoid",
    sigmoid,
    (x) => closely(1 / (1 + Math.exp(-x))),
    (x) => formedFromValue(logistic(x), x),
  ),
  unary(
    "softplus",
    softplus,
    (x) => closely(Math.log1p(Math.exp(x))),
    (x) => logarithm(plus(1, exponential(x))),
  ),
  unary(
    "logSigmoid",
    logSigmoid,
    (x) => closely(-Math.log1p(Math.exp(-x))),
    (x) => logarithm(logistic(x)),
  ),
  {
    ...unary(
      "checkFinite",
      (x) => checkFinite(x),
      exactly,
      (x) => x,
    ),
    refusals: [
      [
        () => checkFinite(tensor([1, 2, NAN, INF], [2, 2]), "loss"), // the first that is not finite
        new NonFiniteError("checkFinite: values must be finite; loss[1,0] = NaN", { op: "loss", index: [1, 0] }),
      ],
    ],
  },
];

/** A row of pow with one exponent. */
function powers(exponent: number, variant: string, domain: (shape: Shape) => fc.Arbitrary<Tensor>): OpRow {
  const row = unary(
    "pow",
    (x) => pow(x, exponent),
    (x) => closely(x ** exponent),
    (x) => power(x, exponent),
    domain,
  );
  return { ...row, variant };
}

/** 1/(1 + e⁻ˣ) */
export function logistic(x: Dual): Dual {
  return over(1, plus(1, exponential(negative(x))));
}
