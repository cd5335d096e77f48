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

/** What {@link gradcheck} takes. */
export interface GradcheckOptions {
  /** 1 (the default) checks gradients; 2 also the gradients of gradients, and so on. */
  readonly order?: number;
}

/** One entry of a Jacobian that its certified numerical estimate excludes. */
export interface GradcheckFailure {
  /** 1 for a gradient, 2 for the gradient of a gradient. */
  readonly order: number;
  /** Which of the inputs was varied. */
  readonly input: number;
  /** The index of the entry: of the result's element, then of the input's. */
  readonly index: readonly number[];
  /** What `grad` says. */
  readonly analytic: number;
  /** What values of f say. */
  readonly numeric: number;
  /** The certificate of the numeric value: a bound on its error. */
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
  /** The entries that failed. */
  readonly failures: readonly GradcheckFailure[];
  /** One sentence for people. */
  readonly message: string;
}

/**
 * Compares the Jacobian of f with respect to each input, as `grad` sees it, with the certified numerical one.
 *
 * An entry agrees when |analytic − numeric| ≤ certificate + 1e−11·scale, the scale being how much f varies per unit of x (see
 * {@link CertifiedJacobian}): in any units, small gradients are looked at as closely as large ones. It is inconclusive when the
 * certificate exceeds 1e−6 of the largest scale in its column, as at kinks; otherwise it fails. Where all that f does is
 * 1e−12 of that largest scale, it is rounding, and so may the analytic entry be; so may entries ≤ 1e−14·max|f|/max|x|, by which all
 * of x would not move f by more than f is rounded. For order 2 the same is done to the gradient of ⟨v, f⟩, v a fixed random direction;
 * its size counts as max|f|/max|x| at least, so that a gradient of 0 may have rounding in its own.
 *
 * Cost: O(55·size) evaluations of f, and one backward pass per element of f. Throws as {@link numericalJacobian} and {@link grad}.
 * Reference: the certificate of the numerical Jacobian is derived in docs/derivations/certificate.md.
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
  let size = 0; // of what is differentiated
  for (let order = 1; order <= (options.order ?? 1); order++) {
    size = Math.max(size, largestOf(g(...inputs.map(leaf))));
    for (let k = 0; k < inputs.length; k++) {
      const varied = (x: Tensor): Variable => g(...inputs.map((input, i) => leaf(i === k ? x : input)));
      const comparison = compareJacobians(varied, inputs[k], size);
      entries += comparison.entries;
      inconclusive += comparison.inconclusive;
      failures.push(...comparison.failures.map((failure) => ({ order, input: k, ...failure })));
    }
    g = gradientOfRandomDirection(g);
    size = Math.max(...inputs.map((x) => perUnit(size, x)));
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
  size: number,
): { entries: number; inconclusive: number; failures: Mismatch[] } {
  const analytic = jacobian(f, x);
  const { jacobian: numeric, error, scale } = numericalJacobian(f, x);
  const failures: Mismatch[] = [];
  let inconclusive = 0;
  const faint = 1e-14 * perUnit(size, x);
  const largest = new Float64Array(x.size); // of a column
  scale.data.forEach((each, i) => {
    largest[i % x.size] = Math.max(largest[i % x.size], each);
  });
  for (let i = 0; i < analytic.size; i++) {
    if (Math.max(Math.abs(analytic.data[i]), Math.abs(numeric.data[i]) + error.data[i]) <= faint) continue;
    const verdict = judge(analytic.data[i], numeric.data[i], error.data[i], scale.data[i], largest[i % x.size]);
    if (verdict === "inconclusive") inconclusive++;
    if (verdict !== "differs") continue;
    failures.push({
      index: unravel(i, analytic.shape),
      analytic: analytic.data[i],
      numeric: numeric.data[i],
      error: error.data[i],
    });
  }
  return { entries: analytic.size, inconclusive, failures };
}

/** size/max|x|, and 0 where that is not a finite number. */
function perUnit(size: number, x: Tensor): number {
  const ratio = size / largestOf(x);
  return Number.isFinite(ratio) ? ratio : 0;
}

function largestOf({ data }: Tensor): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Whether an analytic value agrees with a numeric one, by its certificate, its scale and the largest of its column. NaN and ±∞ differ. */
export function judge(
  analytic: number,
  numeric: number,
  error: number,
  scale: number,
  largest: number,
): "agrees" | "differs" | "inconclusive" {
  if (!Number.isFinite(analytic)) return "differs";
  if (Math.max(Math.abs(analytic), scale) <= 1e-12 * largest) return "agrees";
  if (Math.abs(analytic - numeric) > error + 1e-11 * scale + 1e-14 * largest) return "differs";
  return error <= 1e-6 * largest ? "agrees" : "inconclusive";
}

function describe(entries: number, inconclusive: number, failures: readonly GradcheckFailure[]): string {
  if (failures.length === 0) {
    return inconclusive === 0
      ? `gradcheck: ${entries} entries agree`
      : `gradcheck: ${entries - inconclusive} of ${entries} entries agree, ${inconclusive} are inconclusive`;
  }
  const { order, input, index, analytic, numeric, error } = failures[0];
  return (
    `gradcheck: ${failures.length} of ${entries} entries differ; the first, order ${order}, input ${input}, entry ` +
    `${formatShape(index)}: analytic ${analytic}, numeric ${numeric} ± ${error}`
  );
}
