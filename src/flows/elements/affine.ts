// z = (x − μ)·exp(−log σ): log|det J| = −Σ log σ_i.

import { add, div, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/broadcast.ts";
import { exp, log, sigmoid, softplus, tanh } from "../../autograd/ops/exponential.ts";
import { split } from "../../autograd/ops/rearrange.ts";
import { pure } from "../../autograd/pure.ts";
import type { Variable } from "../../autograd/variable.ts";
import { eventAxes } from "../../distributions/distribution.ts";
import { checkFunction, checkTensor } from "../../tensor/checks.ts";
import { type Kind, kind, number, oneOf, optional, type Place } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import * as elementary from "../../tensor/kernels/elementary.ts";
import { checkOptions, defined, type Known } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Element, noFunction } from "./element.ts";

/** How the first raw number a becomes log σ: c·tanh(a/c), a, ln(softplus(a) + c), ln(sigmoid(a + 2) + c). */
export type LogScale = "tanh" | "exponential" | "softplus" | "sigmoid";

/** What {@link affineElement} takes. */
export interface AffineElementOptions {
  /** a ↦ log σ, by name or as a function of your own; `"tanh"` by default. */
  readonly logScale?: LogScale | ((a: Variable) => Variable);
  /**
   * The constant of a named log-scale. `"tanh"`: the bound of |log σ|, 2 by default. `"softplus"`, `"sigmoid"`: the least σ, 10⁻³ by
   * default. `"exponential"` has none.
   */
  readonly c?: number;
  /** Another name for the `c` of `"tanh"`. */
  readonly maximumLogScale?: number;
  /** (b, log σ) ↦ μ, b the second raw number; b itself by default. */
  readonly shift?: (b: Variable, logSigma: Variable) => Variable;
}

/** The names of these options. */
export const AFFINE: Known<AffineElementOptions> = { logScale: true, c: true, maximumLogScale: true, shift: true };

/**
 * z = (x − μ)·exp(−log σ), with log σ = c·tanh(a/c) and μ = b for raw numbers (a, b).
 *
 * Read back, x = σ·z + μ: if z is drawn from N(0, 1), x is drawn from N(μ, σ²).
 * Log-det: −Σ log σ, from the very same log σ. Inverse: x = z·exp(log σ) + μ.
 * Parameters: none of its own; a and b are unconstrained, and log σ lies in [−c, c], so that σ and 1/σ are finite and positive whatever a,
 * for c below 700. Other bounds have names: `"softplus"` (σ ≥ c) and `"sigmoid"` (c ≤ σ ≤ 1 + c) have them below, if c is not 0, and do not start at
 * the identity; with `"exponential"` there is none, and σ overflows above a = 709 and is 0 below −745.
 * Smoothness: C∞. Cost: O(D) both ways. Throws DomainError for an unknown name and a c out of range.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803; they write z = x·eˢ + t, that is
 * σ = e⁻ˢ and μ = −t·e⁻ˢ. ln(softplus(a) + c) is the scale of flowjax and of nflows' autoregressive layers, ln(sigmoid(a + 2) + c)
 * that of nflows' couplings.
 *
 * @example
 * const element = affineElement({ logScale: "exponential" });
 * const raw = tensor([[Math.LN2, 1]]); // [[0.693147, 1]]: log σ, then μ
 * element.forward(tensor([[5]]), raw); // { z: [[2]], logDet: [-0.693147] }
 */
export function affineElement(options: AffineElementOptions = {}): Element {
  checkOptions("affineElement", options, AFFINE);
  const { logScale: given = "tanh", shift } = options;
  if (shift !== undefined) checkFunction("affineElement", "shift", shift);
  const named = typeof given === "function" ? undefined : logScaleOf(given, options);
  if (named === undefined && (options.c ?? options.maximumLogScale) !== undefined) {
    throw wrong("a function has no c", options.c ?? options.maximumLogScale);
  }
  const logScale = named === undefined ? (given as (a: Variable) => Variable) : named.op;

  /** μ and log σ in the shape of x. */
  const read = (x: Tensor, raw: Tensor): { mu: Variable; logSigma: Variable } => {
    checkTensor("affineElement", "x", x);
    const [a, b] = split(raw, [x.shape[1], x.shape[1]], 1); // [B, 2·D] → [B, D] each
    const logSigma = logScale(a);
    return { mu: shift === undefined ? b : shift(b, logSigma), logSigma };
  };
  const element: Element = {
    rawPerDimension: 2,
    definition: {
      type: "affine",
      ...(named === undefined ? { logScale: "custom" } : { logScale: given as LogScale, ...defined({ c: named.c }) }),
      ...(shift === undefined ? {} : { shift: "custom" }),
    },
    forward(x, raw) {
      const { mu, logSigma } = read(x, raw);
      return { z: mul(sub(x, mu), exp(neg(logSigma))), logDet: neg(sum(logSigma, eventAxes(x))) };
    },
    inverse(z, raw) {
      const { mu, logSigma } = read(z, raw);
      return { x: add(mul(z, exp(logSigma)), mu), logDet: sum(logSigma, eventAxes(z)) };
    },
    ...(named !== undefined && shift === undefined ? { inverseEach: inverseEach(named.value) } : {}),
  };
  return element.inverseEach === undefined ? element : pure(element); // functions of its own may do anything
}

/** A named log-scale: as an op, and number by number with the same bits. */
interface NamedLogScale {
  readonly c?: number;
  readonly op: (a: Variable) => Variable;
  readonly value: (a: number) => number;
}

function logScaleOf(name: LogScale, options: AffineElementOptions): NamedLogScale {
  const c = constantOf(name, options);
  switch (name) {
    case "tanh":
      return { c, op: (a) => mul(tanh(div(a, c)), c), value: (a) => elementary.tanh(a / c) * c };
    case "exponential":
      return { op: (a) => a, value: (a) => a };
    case "softplus":
      return { c, op: (a) => log(add(softplus(a), c)), value: (a) => elementary.log(elementary.softplus(a) + c) };
    case "sigmoid":
      return {
        c,
        op: (a) => log(add(sigmoid(add(a, 2)), c)),
        value: (a) => elementary.log(elementary.sigmoid(a + 2) + c),
      };
    default:
      throw wrong("logScale is a function, or one of tanh, exponential, softplus, sigmoid", name);
  }
}

/** c, checked. */
function constantOf(name: LogScale, { c: given, maximumLogScale }: AffineElementOptions): number {
  const came = given ?? maximumLogScale;
  if (given !== undefined && maximumLogScale !== undefined)
    throw wrong("maximumLogScale is c", [maximumLogScale, given]);
  if (name === "exponential" && came !== undefined) throw wrong('"exponential" has no c', came);
  if (name !== "tanh" && maximumLogScale !== undefined) throw wrong('maximumLogScale is for "tanh"', maximumLogScale);
  const c = came ?? (name === "tanh" ? 2 : 1e-3);
  if (Number.isFinite(c) && (name === "tanh" ? c > 0 : c >= 0)) return c;
  throw wrong(`c must be finite and ${name === "tanh" ? "positive" : "at least 0"}`, c);
}

function wrong(rule: string, came: unknown): DomainError {
  return new DomainError(`affineElement: ${rule}; got ${describeValue(came)}`);
}

/** x = z·exp(log σ) + μ, number by number. */
function inverseEach(logScale: (a: number) => number): NonNullable<Element["inverseEach"]> {
  return (values, start, count, raw, logDets) => {
    for (let k = 0; k < count; k++) {
      const logSigma = logScale(raw[k]);
      values[start + k] = values[start + k] * elementary.exp(logSigma) + raw[count + k];
      logDets[start + k] = logSigma;
    }
  };
}

function readLogScale(value: unknown, at: Place): LogScale {
  if (value === "custom") noFunction(value, at);
  return oneOf("tanh", "exponential", "softplus", "sigmoid")(value, at);
}

/** Rebuilds affine from its definition. */
export const affineEntry: Kind<Element> = /*#__PURE__*/ kind(
  {
    logScale: readLogScale,
    c: /*#__PURE__*/ optional(number),
    shift: noFunction,
  },
  ({ logScale, c }) => affineElement({ logScale, ...defined({ c }) }),
);
