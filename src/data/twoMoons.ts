import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { take } from "../autograd/ops/indexing.ts";
import { logSumExp } from "../autograd/ops/reduction.ts";
import { concat, split } from "../autograd/ops/shape.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { LOG_2PI } from "../distributions/standardNormal.ts";
import { cosPi, log, sinPi } from "../tensor/kernels/elementary.ts";
import { checkBatch } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { gaussLegendre } from "./quadrature.ts";

const NOISE = 0.2;
/** H by two-dimensional quadrature on grids of σ/4 and σ/6, which differ by 4·10⁻¹². */
const ENTROPY = 2.393879195966372;
/** Nodes per arc. Within a distance of 8 of the origin log p is that of 512 nodes to 4·10⁻¹³, within 12 to 2·10⁻⁹. */
const NODES = 128;
/** Points per piece: what the quadrature of one piece needs fits into the caches. */
const PIECE = 256;

/** The point at the fraction u of an arc: (cos πu, sin πu), or (1 − cos πu, ½ − sin πu) for the lower one, doubled and shifted. */
function onArc(lower: boolean, u: number): [number, number] {
  const x1 = lower ? 1 - cosPi(u) : cosPi(u);
  const x2 = lower ? 0.5 - sinPi(u) : sinPi(u);
  return [2 * x1 - 1, 2 * x2 - 0.2];
}

/**
 * Two interleaved half circles with Gaussian noise: 2·m + (−1, −0.2), m on (cos t, sin t) or (1 − cos t, ½ − sin t) with
 * equal chances, t uniform on [0, π], and noise of σ = 0.2.
 *
 * log p(x) is exact: the mixture of Gaussians along the two arcs, p(x) = ½ Σ_arcs ∫₀¹ N(x; arc(u), σ²I) du, by
 * Gauss–Legendre quadrature. Entropy: 2.393879195966372 nats.
 *
 * Sampling draws `random.uniform([n, 2])` (arc, u), then `random.normal([n, 2])`.
 * Reference: scikit-learn's make_moons(noise = 0.1), scaled as in Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
 */
export function twoMoons(): Distribution {
  const { nodes, weights } = gaussLegendre(NODES, 0, 1);
  const arcs = [false, true].flatMap((lower) => Array.from(nodes, (u) => onArc(lower, u)));
  const column = (values: number[]): Tensor => new Tensor(Float64Array.from(values), [1, values.length]);
  const centres1 = column(arcs.map(([c1]) => c1));
  const centres2 = column(arcs.map(([, c2]) => c2));
  // ln of each node's share of the mixture, times the constant of N(·, σ²I) in two dimensions
  const constant = log(0.5) - LOG_2PI - 2 * log(NOISE);
  const logShares = column(arcs.map((_, k) => log(weights[k % NODES]) + constant));

  /** ln Σ_k share_k·exp(−|x − c_k|²/2σ²), [b, 2] → [b] */
  const logDensity = (x: Variable): Variable => {
    const squares = add(square(sub(take(x, [0], 1), centres1)), square(sub(take(x, [1], 1), centres2)));
    return logSumExp(add(mul(squares, -0.5 / (NOISE * NOISE)), logShares), 1);
  };
  return {
    eventShape: [2],
    parameters: [],
    logProb(x) {
      const B = checkBatch("twoMoons", x.shape, [2]);
      const sizes = Array.from({ length: Math.max(1, Math.ceil(B / PIECE)) }, (_, i) => Math.min(PIECE, B - i * PIECE));
      return concat(split(x, sizes, 0).map(logDensity), 0);
    },
    sample(n, random) {
      const choices = random.uniform([n, 2]).data;
      const noise = random.normal([n, 2]).data;
      const points = new Float64Array(2 * n);
      for (let i = 0; i < n; i++) {
        const [c1, c2] = onArc(choices[2 * i] < 0.5, choices[2 * i + 1]);
        points[2 * i] = c1 + NOISE * noise[2 * i];
        points[2 * i + 1] = c2 + NOISE * noise[2 * i + 1];
      }
      return new Tensor(points, [n, 2]);
    },
    entropy: () => ENTROPY,
  };
}
