import { DomainError } from "../../tensor/errors.ts";
import { copyLoop, maximumLoop, minimumLoop, selectLoop } from "../../tensor/kernels/binaryLoops.ts";
import { type BinaryLoop, broadcast } from "../../tensor/kernels/broadcasting.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule, withRecording } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { mul } from "./arithmetic.ts";
import { broadcastTo, sumTo } from "./broadcast.ts";
import { chain } from "./chain.ts";
import { equal, greater, less } from "./comparison.ts";

const whereRule: Rule<[condition: Tensor, a: Tensor, b: Tensor]> = {
  name: "where",
  shape: ([condition, a, b]) => broadcastShapes("where", condition.shape, broadcastShapes("where", a.shape, b.shape)),
  forward([condition, a, b], y) {
    broadcast(copyLoop, b, b, y);
    broadcast(selectLoop, condition, a, y);
  },
  vjp: ([condition, a, b], _y, g) => [
    () => broadcastTo(0, condition.shape),
    () => sumTo(where(condition, g, 0), a.shape),
    () => sumTo(where(condition, 0, g), b.shape),
  ],
};

/**
 * y = a where the condition is not zero, else b; all three broadcast as in NumPy.
 *
 * Gradient: g where the branch was taken; elsewhere exact zeros, even if that branch or its derivative is NaN or infinite: they
 * stay zeros through whatever the branch was computed with, but for factorisations of matrices. None for the condition. Special
 * cases: a condition that is NaN is not zero. Throws ShapeError.
 *
 * @example
 * const x = variable([-1, 2]);
 * const y = where(greater(x, 0), log(x), 0); // [0, 0.693147]
 * grad(sum(y), [x])[0]; // [0, 0.5], although log(−1) is NaN
 */
export function where(condition: Operand, a: Operand, b: Operand): Variable {
  return apply(whereRule, [condition, a, b]);
}

// ── maximum and minimum ─────────────────────────────────────────────────────────────────────────────────────────────

/** What an operand gets of g: nothing where it lost, half at a tie, and all where it won or something is NaN. */
function share(g: Variable, lost: Variable, tie: Variable): Variable {
  return where(lost, 0, where(tie, mul(g, 0.5), g));
}

/** The larger or smaller of a and b: `loses` says where the first of two is not taken. */
function extremeOf(name: string, loop: BinaryLoop, loses: typeof less): Rule<[a: Tensor, b: Tensor]> {
  return {
    name,
    shape: ([a, b]) => broadcastShapes(name, a.shape, b.shape),
    forward: ([a, b], y) => broadcast(loop, a, b, y),
    vjp: ([a, b], _y, g) => [
      () => sumTo(share(g, loses(a, b), equal(a, b)), a.shape),
      () => sumTo(share(g, loses(b, a), equal(a, b)), b.shape),
    ],
  };
}

const maximumRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ extremeOf("maximum", maximumLoop, less);
const minimumRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ extremeOf("minimum", minimumLoop, greater);

/**
 * y = max(a, b), element by element, broadcasting as NumPy.
 *
 * Gradient: g to the larger; at a tie half of it to each. Special cases: NaN if either is. Throws ShapeError.
 *
 * @example
 * maximum(tensor([1, 4]), tensor([3, 2])); // [3, 4]
 */
export function maximum(a: Operand, b: Operand): Variable {
  return apply(maximumRule, [a, b]);
}

/**
 * y = min(a, b), element by element, broadcasting as NumPy.
 *
 * Gradient: g to the smaller; at a tie half of it to each. Special cases: NaN if either is. Throws ShapeError.
 *
 * @example
 * minimum(tensor([1, 4]), 3); // [1, 3]
 */
export function minimum(a: Operand, b: Operand): Variable {
  return apply(minimumRule, [a, b]);
}

// ── clamp: its gradient is its own adjoint ──────────────────────────────────────────────────────────────────────────

const clampRule: Rule<[x: Tensor], [low: number, high: number]> = {
  name: "clamp",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, low, high) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] < low ? low : x[i] > high ? high : x[i];
  },
  vjp: ([x], _y, g, low, high) => [() => apply(insideRule, [g, x], low, high)],
};

/** y = g where low ≤ x ≤ high or x is NaN, else 0. */
const insideRule: Rule<[g: Tensor, x: Tensor], [low: number, high: number]> = {
  name: "inside",
  shape: ([g]) => g.shape,
  forward([{ data: g }, { data: x }], { data: y }, low, high) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] < low || x[i] > high ? 0 : g[i];
  },
  vjp: ([, x], _y, g, low, high) => [() => apply(insideRule, [g, x], low, high), () => broadcastTo(0, x.shape)],
};

/**
 * y = min(max(x, min), max); null leaves that side open.
 *
 * Gradient: g where min ≤ x ≤ max, bounds included, else 0. Special cases: NaN passes through.
 * Throws DomainError if min > max, and for a bound that is neither a number nor null.
 *
 * @example
 * clamp(tensor([-2, 0.5, 2]), 0, 1); // [0, 0.5, 1]
 * clamp(tensor([-2, 0.5, 2]), null, 1); // [-2, 0.5, 1]
 */
export function clamp(x: Operand, min: number | null, max: number | null): Variable {
  const [low, high] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
  if (typeof low !== "number" || typeof high !== "number" || !(low <= high)) {
    throw new DomainError(`clamp: the bounds must be numbers or null, min ≤ max; got ${bound(min)} and ${bound(max)}`);
  }
  return apply(clampRule, [x], low, high);
}

/**
 * x held within ±800, where e^{−|x|} has long been 0 in float64. What has such a tail as a factor no longer depends on x there: as
 * ∞·0 it would be NaN. Gradient: as of {@link clamp}.
 */
export function withinTails(x: Tensor): Variable {
  return apply(clampRule, [x], -800, 800);
}

/** A bound as messages show it: a number, null, or the type of something else. */
function bound(value: number | null): string {
  return typeof value === "number" || value === null ? String(value) : typeof value;
}

// ── abs and sign ────────────────────────────────────────────────────────────────────────────────────────────────────

const absRule: Rule<[x: Tensor]> = {
  name: "abs",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = Math.abs(x[i]);
  },
  vjp: ([x], _y, g) => [() => chain(g, sign(x))],
};

/**
 * y = |x|. Gradient: g·sign(x), which is 0 at 0.
 *
 * @example
 * abs(tensor([-2, 3])); // [2, 3]
 */
export function abs(x: Operand): Variable {
  return apply(absRule, [x]);
}

const signRule: Rule<[x: Tensor]> = {
  name: "sign",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = Math.sign(x[i]);
  },
  vjp: () => [], // applied without recording
};

/**
 * y = 1, 0 or −1, the sign of x. Gradient: 0 everywhere: the result is a leaf. Special cases: sign(±0) = ±0, sign(NaN) = NaN.
 *
 * @example
 * sign(tensor([-2, 0, 3])); // [-1, 0, 1]
 */
export function sign(x: Operand): Variable {
  return withRecording(false, () => apply(signRule, [x]));
}
