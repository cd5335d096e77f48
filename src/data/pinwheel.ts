import { add, div, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { reshape } from "../autograd/ops/broadcast.ts";
import { exp, log } from "../autograd/ops/exponential.ts";
import { take } from "../autograd/ops/indexing.ts";
import { concat } from "../autograd/ops/rearrange.ts";
import { logSumExp } from "../autograd/ops/reduction.ts";
import { abs } from "../autograd/ops/selection.ts";
import { cos, sin } from "../autograd/ops/trigonometric.ts";
import { summarized } from "../autograd/summary.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { LOG_2PI } from "../distributions/standardNormal.ts";
import { checkDraw } from "../tensor/checks.ts";
import * as elementary from "../tensor/kernels/elementary.ts";
import * as trigonometric from "../tensor/kernels/sinCos.ts";
import { Tensor } from "../tensor/tensor.ts";
import { inPieces } from "./pieces.ts";
import { ARMS, RATE, rootsOnArm } from "./pinwheelRoots.ts";

/** The standard deviations along the arms (about 1) and across, before everything is doubled. */
const ALONG = 0.3;
const ACROSS = 0.1;
/** H by the trapezoidal rule over (a, b): steps of 0.1σ and 0.07σ agree to 3·10⁻¹⁰. */
const ENTROPY = 2.317788036;
/** Farther out, where p is below 10⁻¹¹⁸, there are thousands of preimages: p counts as 0. */
const FARTHEST = 16;
/** Room for the preimages of a point: most have five to ten, but a few far ones have a thousand. */
const ROOM = 128;

/**
 * A wheel of five arms that bend the faster the farther out: 2(a cos θ + b sin θ, −a sin θ + b cos θ) with θ = 2πk/5 + 0.25·eᵃ,
 * a = 1 + 0.3·e₁, b = 0.1·e₂, k uniform in 0 … 4, e₁ and e₂ standard normal.
 *
 * p(x) = Σ N(a; 1, 0.3²)·N(b; 0, 0.1²)/(20·|1 + 0.25·eᵃb|) over all (a, b) on all arms that lead to x: 20 is the 5 of the
 * arms times the 4 of the doubled area, the rest the Jacobian determinant. Entropy: 2.317788036 nats.
 *
 * Gradient: through the implicit function a(x), exact up to third derivatives.
 * Special cases: −∞ for |x| > 16, where p is below 10⁻¹¹⁸; infinite, but integrable, where two
 * preimages meet: at b = −4e⁻ᵃ, 15σ from the middle of an arm.
 * Sampling draws `random.integers([n], 5)` (k), then `random.normal([n, 2])`.
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: the roots of a few equations for each point.
 * Reference: Johnson et al. (2016), https://arxiv.org/abs/1603.06277; numbers as in Grathwohl et al. (2019),
 * https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const p = pinwheel();
 * mean(p.logProb(p.sample(100, new Random(1)))); // -2.30718 nats; the entropy is 2.318
 */
export function pinwheel(): Distribution {
  return summarized("pinwheel", {
    eventShape: [2],
    parameters: [],
    logProb: inPieces("pinwheel", ROOM, logDensity),
    sample(n, random) {
      checkDraw("pinwheel.sample", n, random, [2]);
      const arms = random.integers([n], ARMS).data;
      const noise = random.normal([n, 2]).data;
      const points = new Float64Array(2 * n);
      for (let i = 0; i < n; i++) {
        const a = 1 + ALONG * noise[2 * i];
        const b = ACROSS * noise[2 * i + 1];
        const turn = (2 * arms[i]) / ARMS;
        const bend = RATE * elementary.exp(a);
        // θ = π·turn + bend
        const cosine =
          elementary.cosPi(turn) * trigonometric.cos(bend) - elementary.sinPi(turn) * trigonometric.sin(bend);
        const sine =
          elementary.sinPi(turn) * trigonometric.cos(bend) + elementary.cosPi(turn) * trigonometric.sin(bend);
        points[2 * i] = 2 * (a * cosine + b * sine);
        points[2 * i + 1] = 2 * (b * cosine - a * sine);
      }
      return new Tensor(points, [n, 2]);
    },
    entropy: () => ENTROPY,
  });
}

/** ln p, [B, 2] → [B] */
function logDensity(x: Variable): Variable {
  const { a, arms, rows, places, most } = preimagesOf(x);
  const terms = logTerms(take(x, rows, 0), a, arms); // [R], one for every preimage of every point
  const table = concat([terms, new Tensor(Float64Array.of(Number.NEGATIVE_INFINITY, Number.NaN), [2])], 0);
  return logSumExp(reshape(take(table, places, 0), [x.shape[0], most]), 1);
}

/** All preimages of all points, and where in the list of them each point finds its own. */
interface Preimages {
  /** [R, 1] */
  readonly a: Tensor;
  /** 2πk/5 for the arm of each, [R, 1] */
  readonly arms: Tensor;
  /** The point that each belongs to. */
  readonly rows: number[];
  /** [B, most]: places in a list of R terms, followed by that of nothing at all, −∞, and of what nobody knows, NaN. */
  readonly places: number[];
  readonly most: number;
}

function preimagesOf({ data, shape: [B] }: Tensor): Preimages {
  const a: number[] = [];
  const arms: number[] = [];
  const rows: number[] = [];
  const starts: number[] = [];
  let most = 1;
  for (let i = 0; i < B; i++) {
    starts.push(a.length);
    const [x1, x2] = [data[2 * i], data[2 * i + 1]];
    if (!(x1 * x1 + x2 * x2 <= FARTHEST * FARTHEST)) continue;
    for (let arm = 0; arm < ARMS; arm++) {
      for (const root of rootsOnArm(0.5 * x1, 0.5 * x2, arm)) {
        a.push(root);
        arms.push((2 * 3.141592653589793 * arm) / ARMS);
        rows.push(i);
      }
    }
    most = Math.max(most, a.length - starts[i]);
  }
  starts.push(a.length);
  const places: number[] = [];
  for (let i = 0; i < B; i++) {
    const unknown = data[2 * i] !== data[2 * i] || data[2 * i + 1] !== data[2 * i + 1];
    const beyond = unknown ? a.length + 1 : a.length;
    for (let k = 0; k < most; k++) places.push(starts[i] + k < starts[i + 1] ? starts[i] + k : beyond);
  }
  const column = (values: number[]): Tensor => new Tensor(Float64Array.from(values), [values.length, 1]);
  return { a: column(a), arms: column(arms), rows, places, most };
}

/** The terms of the sum over preimages, x [R, 2] and the roots a [R, 1] → [R]. */
function logTerms(x: Variable, roots: Tensor, arms: Tensor): Variable {
  const y1 = mul(take(x, [0], 1), 0.5); // [R, 1]
  const y2 = mul(take(x, [1], 1), 0.5);
  // the frame of the arm at a: y turned back by −θ is (a, b) if a is a root
  const frame = (a: Tensor): { along: Variable; b: Variable; stretch: Variable } => {
    const bend = mul(exp(a), RATE);
    const theta = add(bend, arms);
    const [cosine, sine] = [cos(theta), sin(theta)];
    const b = add(mul(y1, sine), mul(y2, cosine));
    return { along: sub(mul(y1, cosine), mul(y2, sine)), b, stretch: add(mul(bend, b), 1) }; // 1 + 0.25·eᵃb
  };
  // Newton's step for along(a) − a = 0, whose slope is −stretch. The roots are constants, and their steps are not: one step
  // from a root gives the first derivative of a(x) exactly, two give three, as each step doubles the order of the error.
  const step = (a: Tensor): Variable => {
    const { along, stretch } = frame(a);
    return add(a, div(sub(along, a), stretch));
  };
  const a = step(step(roots));
  const { b, stretch } = frame(a);
  const squares = add(square(mul(sub(a, 1), 1 / ALONG)), square(mul(b, 1 / ACROSS)));
  const constant = LOG_2PI + elementary.log(4 * ARMS * ALONG * ACROSS);
  return reshape(sub(sub(mul(squares, -0.5), log(abs(stretch))), constant), [roots.size]);
}
