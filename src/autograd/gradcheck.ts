import { Random } from "../tensor/random.ts";
import { formatShape, unravel } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { grad } from "./grad.ts";
import { jacobian } from "./jacobian.ts";
import { numericalJacobian } from "./numericalJacobian.ts";
import { mul } from "./ops/arithmetic.ts";
import { reshape, sum } from "./ops/broadcast.ts";
import { concat } from "./ops/rearrange.ts";
import { type Variable, variable } from "./variable.ts";

export interface GradcheckOptions {
  /** 1 (the default) checks gradients; 2 also the gradients of gradients, and so on. */
  readonly order?: number;
}

/** One entry of a Jacobian that three independent numerical estimates exclude. */
export interface GradcheckFailure {
  /** 1 for a gradient, 2 for the gradient of a gradient. */
  readonly order: number;
  /** Which of the inputs was varied. */
  readonly input: number;
  /** The index of the entry: of the result's element, then of the input's. */
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  /** The certificate of the numeric value: its error is a fraction of this. */
  readonly error: number;
}

/** What {@link gradcheck} found. */
export interface GradcheckReport {
  /** No entry failed, and at most 1 % were inconclusive. */
  readonly passed: boolean;
  /** How many entries of Jacobians were compared. */
  readonly entries: number;
  /** How many could not be told, because the numerical estimate was too rough to say anything. */
  readonly inconclusive: number;
  readonly failures: readonly GradcheckFailure[];
  /** One sentence for people. */
  readonly message: string;
}

/** Two further starts of the numerical estimate, tried before an entry is called wrong. */
const OTHER_STARTS = [5.3, 29];

/**
 * Compares the Jacobian of f with respect to each input, as `grad` sees it, with the certified numerical one.
 *
 * An entry agrees when |analytic − numeric| ≤ max(10·certificate, 1e−11·(1 + |numeric|)); it fails when three estimates
 * from different starts all exclude it; it is inconclusive when 10·certificate exceeds 1e−8·(1 + |numeric|).
 * For order 2 the same is done to the gradient of ⟨v, f⟩, v a fixed random direction.
 *
 * Cost: O(44·size) evaluations of f, and one backward pass per element of f. Keep away from kinks.
 *
 * @example
 * gradcheck((x) => tanh(x), [tensor([0.3, -2])], { order: 2 }).passed; // true
 */
export function gradcheck(
  f: (...inputs: Variable[]) => Variable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  const failures: GradcheckFailure[] = [];
  let entries = 0;
  let inconclusive = 0;
  let g = f;
  for (let order = 1; order <= (options.order ?? 1); order++) {
    for (let k = 0; k < inputs.length; k++) {
      const varied = (x: Tensor): Variable => g(...inputs.map((input, i) => leaf(i === k ? x : input)));
      const comparison = compareJacobians(varied, inputs[k]);
      entries += comparison.entries;
      inconclusive += comparison.inconclusive;
      failures.push(...comparison.failures.map((failure) => ({ order, input: k, ...failure })));
    }
    g = gradientOfRandomDirection(g);
  }
  const passed = failures.length === 0 && inconclusive <= 0.01 * entries;
  return { passed, entries, inconclusive, failures, message: describe(entries, inconclusive, failures) };
}

function leaf(x: Tensor): Variable {
  return "source" in x ? (x as Variable) : variable(x);
}

/** (x₁, x₂, …) ↦ all of ∂⟨v, f⟩/∂x₁, ∂⟨v, f⟩/∂x₂, … in one row. */
function gradientOfRandomDirection(f: (...inputs: Variable[]) => Variable): (...inputs: Variable[]) => Variable {
  return (...inputs) => {
    const y = f(...inputs);
    const direction = new Random(0).normal(y.shape);
    const grads = grad(sum(mul(y, direction)), inputs, { createGraph: true });
    return concat(
      grads.map((gradient) => reshape(gradient, [gradient.size])),
      0,
    );
  };
}

type Mismatch = Omit<GradcheckFailure, "order" | "input">;

function compareJacobians(
  f: (x: Tensor) => Variable,
  x: Tensor,
): { entries: number; inconclusive: number; failures: Mismatch[] } {
  const analytic = jacobian(f, x);
  const first = numericalJacobian(f, x);
  const others: (typeof first)[] = [];
  const failures: Mismatch[] = [];
  let inconclusive = 0;
  for (let i = 0; i < analytic.size; i++) {
    const value = analytic.data[i];
    const verdict = judge(value, first.jacobian.data[i], first.error.data[i]);
    if (verdict === "inconclusive") inconclusive++;
    if (verdict !== "differs") continue;
    if (others.length === 0)
      others.push(...OTHER_STARTS.map((stepDivisor) => numericalJacobian(f, x, { stepDivisor })));
    if (others.some(({ jacobian: J, error }) => judge(value, J.data[i], error.data[i]) === "agrees")) continue;
    failures.push({
      index: unravel(i, analytic.shape),
      analytic: value,
      numeric: first.jacobian.data[i],
      error: first.error.data[i],
    });
  }
  return { entries: analytic.size, inconclusive, failures };
}

/** Whether an analytic value agrees with a numeric one and its certificate. NaN differs. */
export function judge(analytic: number, numeric: number, error: number): "agrees" | "differs" | "inconclusive" {
  const scale = 1 + Math.abs(numeric);
  if (!(Math.abs(analytic - numeric) <= Math.max(10 * error, 1e-11 * scale))) return "differs";
  return 10 * error > 1e-8 * scale ? "inconclusive" : "agrees";
}

function describe(entries: number, inconclusive: number, failures: readonly GradcheckFailure[]): string {
  if (failures.length === 0) return `gradcheck: ${entries} entries agree, ${inconclusive} of them inconclusive`;
  const { order, input, index, analytic, numeric, error } = failures[0];
  return (
    `gradcheck: ${failures.length} of ${entries} entries differ; the first, order ${order}, input ${input}, entry ` +
    `${formatShape(index)}: analytic ${analytic}, numeric ${numeric} ± ${10 * error}`
  );
}
