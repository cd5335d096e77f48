import {
  add,
  checkFinite,
  div,
  exp,
  log,
  mul,
  neg,
  sigmoid,
  silu,
  softplus,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
  type Variable,
} from "diffeo";
import fc from "fast-check";
import {
  broadcastingShapes,
  broadcastNaively,
  elementAt,
  shapes,
  tensors,
  tensorsAwayFromZero,
} from "../arbitraries.ts";
import {
  type Dual,
  exponential,
  hyperbolicTangent,
  logarithm,
  minus,
  negative,
  over,
  plus,
  root,
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
        dual: (i, [movingA, movingB]) => dual(movingA.stretchedAt(i), movingB.stretchedAt(i)),
      }),
    );
  return { name, variant: "broadcasting", cases };
}

/** Tensors of positive numbers. */
export const positive = (shape: Shape): fc.Arbitrary<Tensor> => tensors(shape, 0.5, 3);

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
  unary("exp", exp, (x) => closely(Math.exp(x)), exponential),
  unary("log", log, (x) => closely(Math.log(x)), logarithm, positive),
  unary("tanh", tanh, (x) => closely(Math.tanh(x)), hyperbolicTangent),
  unary("sigmoid", sigmoid, (x) => closely(1 / (1 + Math.exp(-x))), logistic),
  unary(
    "silu",
    silu,
    (x) => closely(x / (1 + Math.exp(-x))),
    (x) => times(x, logistic(x)),
  ),
  unary(
    "softplus",
    softplus,
    (x) => closely(Math.log1p(Math.exp(x))),
    (x) => logarithm(plus(1, exponential(x))),
  ),
  unary(
    "checkFinite",
    (x) => checkFinite(x),
    exactly,
    (x) => x,
  ),
];

/** 1/(1 + e⁻ˣ) */
function logistic(x: Dual): Dual {
  return over(1, plus(1, exponential(negative(x))));
}
