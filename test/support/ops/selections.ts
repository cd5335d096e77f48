import {
  abs,
  clamp,
  equal,
  greater,
  greaterEqual,
  isFinite,
  less,
  lessEqual,
  maximum,
  minimum,
  sign,
  Tensor,
  where,
} from "diffeo";
import fc from "fast-check";
import {
  broadcastNaively,
  elementAt,
  shapes,
  shapesStretchingTo,
  tensors,
  tensorsAwayFromZero,
} from "../arbitraries.ts";
import { type Dual, dual, times } from "../dual.ts";
import { binary, unary } from "./elementwise.ts";
import { exactly, type OpCase, type OpRow, type Shape } from "./opCase.ts";

/** Numbers less than ¼ from an integer, which is even or odd: no two tensors of different parity come closer than ½. */
function around(parity: "even" | "odd"): (shape: Shape) => fc.Arbitrary<Tensor> {
  return (shape) =>
    tensors(shape).map(
      (x) =>
        new Tensor(
          x.data.map((value) => {
            const middle = 2 * Math.round(value / 2);
            return middle + (value - middle) / 4 + (parity === "odd" ? 1 : 0);
          }),
          shape,
        ),
    );
}

/** A row of an op of two operands that has a kink, or a jump, where they are equal. */
function comparing(
  name: string,
  f: Parameters<typeof binary>[1],
  formula: Parameters<typeof binary>[2],
  dualFormula: Parameters<typeof binary>[3],
): OpRow {
  return binary(name, f, formula, dualFormula, around("odd"), around("even"));
}

/** The conditions of 0 and other numbers, and two branches, in shapes that broadcast with each other. */
const choices: OpRow = {
  name: "where",
  variant: "with conditions, and branches, that broadcast",
  cases: shapes()
    .chain((shape) => fc.tuple(shapesStretchingTo(shape), shapesStretchingTo(shape), shapesStretchingTo(shape)))
    .chain(([shapeOfCondition, shapeA, shapeB]) =>
      fc.record({ drawn: tensors(shapeOfCondition), a: tensors(shapeA), b: tensors(shapeB) }),
    )
    .map(({ drawn, a, b }): OpCase => {
      const condition = new Tensor(
        drawn.data.map((value) => (value > 0 ? 0 : value < -2 ? value : 1)),
        drawn.shape,
      );
      return {
        call: `where ${condition}`,
        f: (x, y) => where(condition, x, y),
        inputs: [a, b],
        shape: broadcastNaively(condition.shape, broadcastNaively(a.shape, b.shape) ?? []) ?? [],
        element: (i) => exactly(elementAt(elementAt(condition, i) === 0 ? b : a, i)),
        dual: (i, [movingA, movingB]) => (elementAt(condition, i) === 0 ? movingB : movingA).stretchedAt(i),
      };
    }),
};

/** A row of clamp; x is at least ½ away from the bounds. */
function clamps(min: number | null, max: number | null): OpRow {
  const passes = (x: number): boolean => (min === null || x >= min) && (max === null || x <= max);
  return {
    ...unary(
      "clamp",
      (x) => clamp(x, min, max),
      (x) => exactly(passes(x) ? x : min !== null && x < min ? min : (max ?? x)),
      (x) => (passes(x.value) ? x : dual(0)),
      around("even"),
    ),
    variant: `to ${min} … ${max}`,
  };
}

/** Ops that choose and compare. */
export const selections: readonly OpRow[] = [
  comparing("maximum", maximum, Math.max, (a, b) => (a.value > b.value ? a : b)),
  comparing("minimum", minimum, Math.min, (a, b) => (a.value < b.value ? a : b)),
  comparing("less", less, (a, b) => (a < b ? 1 : 0), constant),
  comparing("lessEqual", lessEqual, (a, b) => (a <= b ? 1 : 0), constant),
  comparing("greater", greater, (a, b) => (a > b ? 1 : 0), constant),
  comparing("greaterEqual", greaterEqual, (a, b) => (a >= b ? 1 : 0), constant),
  comparing("equal", equal, (a, b) => (a === b ? 1 : 0), constant),
  choices,
  clamps(-1, 1),
  clamps(null, 1),
  clamps(-1, null),
  clamps(null, null),
  unary(
    "abs",
    abs,
    (x) => exactly(Math.abs(x)),
    (x) => times(Math.sign(x.value), x),
    tensorsAwayFromZero,
  ),
  unary("sign", sign, (x) => exactly(Math.sign(x)), constant, tensorsAwayFromZero),
  unary("isFinite", isFinite, () => exactly(1), constant),
];

/** What does not depend on where it is: its derivative is 0. */
function constant(): Dual {
  return dual(0);
}
