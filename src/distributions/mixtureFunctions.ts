import { grad } from "../autograd/grad.ts";
import { add, div, mul, neg, sub } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { greater, isFinite as isFiniteAt, less } from "../autograd/ops/comparison.ts";
import { exp, log, log1p } from "../autograd/ops/exponential.ts";
import { stack } from "../autograd/ops/rearrange.ts";
import { logSumExp } from "../autograd/ops/reduction.ts";
import { where } from "../autograd/ops/selection.ts";
import { isRecording, noGrad, withRecording } from "../autograd/rule.ts";
import { detach, type Variable, variable } from "../autograd/variable.ts";
import { Tensor } from "../tensor/tensor.ts";

// The quantile x of a mixture solves F(x) = u, and lies between the least and the greatest quantile of its components. What is solved is G(x) = 0, with
//
//     G = ln F(x) − ln u            for u ≤ ½
//     G = ln(1 − u) − ln(1 − F(x))  for u > ½
//
// which is relative to the nearer tail: G rises with x, and is as good at 10⁻³⁰⁰ as at ½.

/**
 * ln Σ_k w_k·F_k from ln w and ln F_k, and the same of the other side: where it is above ½ it is ln(1 − Σ_k w_k·(1 − F_k)), which does not round what is
 * near 1.
 */
export function logAverage(logWeights: Tensor, logs: readonly Variable[], logsOfRest: readonly Variable[]): Variable {
  const average = (ys: readonly Variable[]): Variable => logSumExp(add(stack(ys, -1), logWeights), -1);
  const mass = average(logs);
  const small = less(mass, -0.6931471805599453);
  return where(small, mass, log1p(neg(exp(where(small, -1, average(logsOfRest))))));
}

/** ln F and ln(1 − F) of each coordinate. */
interface Logarithms {
  logCdf(x: Tensor): Variable;
  logSurvival(x: Tensor): Variable;
}

/** More than bisection of all float64 numbers, and as many steps of Newton's method, would take. */
const STEPS = 200;

/**
 * x = F⁻¹(u), number by number, given the quantiles of the components: Newton's method, kept within a bracket that is halved whenever a step leaves it or
 * does not halve the one before. To the last bit or two that G can tell.
 *
 * Gradient: of u and of all that F depends on, by steps of Newton's method that change nothing but derivatives: right to the third order.
 * Cost: some ten evaluations of F and its derivative, of all the numbers together until the last is found.
 * Reference: Dekker (1969), Finding a zero by means of successive linear interpolation, for keeping the bracket.
 */
export function mixtureQuantile(u: Tensor, quantiles: readonly Tensor[], functions: Logarithms): Variable {
  const root = noGrad(() => bracketedRoot(u, quantiles, functions));
  if (!isRecording()) return variable(root);
  const there = mul(isFiniteAt(root), mul(greater(u, 0), less(u, 1))); // the ends of what has ends are where they are
  const inside = where(there, u, 0.5);
  let x = variable(where(there, root, 0));
  for (let order = 1; order <= 3; order *= 2) {
    const { G, slope } = residual(x, inside, functions, true);
    const step = div(G, where(greater(slope, 0), slope, Number.POSITIVE_INFINITY)); // where F is flat nothing moves
    x = add(x, sub(detach(step), step));
  }
  return where(there, x, root);
}

/** G(x) and G′(x). */
function residual(x: Variable, u: Tensor, { logCdf, logSurvival }: Logarithms, createGraph: boolean) {
  const lower = less(u, 0.5);
  const G = where(lower, sub(logCdf(x), log(where(lower, u, 1))), sub(log1p(neg(where(lower, 0, u))), logSurvival(x)));
  const [slope] = grad(sum(G), [x], { createGraph });
  return { G, slope };
}

function bracketedRoot(u: Tensor, quantiles: readonly Tensor[], functions: Logarithms): Tensor {
  const { size, shape } = u;
  const low = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  for (const { data } of quantiles) {
    for (let i = 0; i < size; i++) {
      low[i] = Math.min(low[i], data[i]);
      high[i] = Math.max(high[i], data[i]);
    }
  }
  const x = low.map((from, i) => (u.data[i] === 0 ? from : u.data[i] === 1 ? high[i] : middle(from, high[i])));
  const before = new Float64Array(size).fill(Number.POSITIVE_INFINITY); // the size of the last step
  const done = x.map((at, i) => (at === low[i] || at === high[i] ? 1 : 0));
  for (let n = 0; n < STEPS && done.includes(0); n++) {
    const at = variable(new Tensor(x.slice(), shape));
    const { G, slope } = withRecording(true, () => residual(at, u, functions, false));
    for (let i = 0; i < size; i++) {
      if (done[i] === 1) continue;
      if (G.data[i] < 0) low[i] = x[i];
      else high[i] = x[i];
      const newton = x[i] - G.data[i] / slope.data[i];
      const good = newton > low[i] && newton < high[i] && 2 * Math.abs(newton - x[i]) <= before[i];
      const next = G.data[i] === 0 || newton === x[i] ? x[i] : good ? newton : middle(low[i], high[i]);
      if (next === x[i] || next === low[i] || next === high[i]) done[i] = 1;
      before[i] = Math.abs(next - x[i]);
      x[i] = next;
    }
  }
  return new Tensor(x, shape);
}

/** Between the two, or one of them if nothing is: 0 between numbers of either sign, and half-way in exponents between such as are far apart. */
function middle(low: number, high: number): number {
  if (low === high) return low;
  if (low < 0 && high > 0) return 0;
  const [a, b] = [Math.min(Math.abs(low), Number.MAX_VALUE), Math.min(Math.abs(high), Number.MAX_VALUE)];
  const size =
    Math.max(a, b) <= 4 * Math.min(a, b)
      ? 0.5 * a + 0.5 * b
      : Math.sqrt(Math.max(a, Number.MIN_VALUE)) * Math.sqrt(Math.max(b, Number.MIN_VALUE));
  return low < 0 ? -size : size;
}
