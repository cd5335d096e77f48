import { add, sub } from "../autograd/ops/arithmetic.ts";
import { take } from "../autograd/ops/indexing.ts";
import { logSumExp } from "../autograd/ops/reduction.ts";
import { summarized } from "../autograd/summary.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkDraw } from "../tensor/checks.ts";
import { cosPi, log, sinPi } from "../tensor/kernels/elementary.ts";
import { Tensor } from "../tensor/tensor.ts";
import { logBlurredBox } from "./blurredBox.ts";
import type { Point } from "./isotropicMixture.ts";
import { inPieces } from "./pieces.ts";
import { scatter } from "./points.ts";
import { gaussLegendre } from "./quadrature.ts";

const PI = 3.141592653589793;
const NOISE = 0.1;
/** The side of the square in which a point of the spiral is moved at random. */
const SIDE: number = 1 / 6;
/** H by two-dimensional quadrature on a grid of σ/5; the next coarser one differs by 2·10⁻¹¹. */
const ENTROPY = 2.645450283603892;
/** Nodes per spiral. Within a distance of 4 of the origin log p is that of 1,024 nodes to 7·10⁻¹³, within 6 to 6·10⁻⁹. */
const NODES = 384;

/** (−m cos m, m sin m)/3 */
function onSpiral(m: number): Point {
  return [(-m * cosPi(m / PI)) / 3, (m * sinPi(m / PI)) / 3];
}

/**
 * Two spirals, each other's image under a half turn: ±((−m cos m, m sin m) + ½(u₁, u₂))/3 + 0.1·e with m = 3π√u and a fair sign;
 * u, u₁ and u₂ uniform, e standard normal.
 *
 * log p(x) is exact: p(x) = ½ Σ_± ∫ K(±x₁ − c₁(m))·K(±x₂ − c₂(m)) 2m/(9π²) dm over [0, 3π] by Gauss–Legendre quadrature, where K
 * is the density of the uniform numbers on [0, 1/6) blurred by N(0, 0.1²). Entropy: 2.645450283603892 nats.
 *
 * Sampling draws `random.uniform([n, 4])` (u, sign, u₁, u₂), then `random.normal([n, 2])`.
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: 768 blurred boxes for each point.
 * Reference: as in Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const p = twoSpirals();
 * mean(p.logProb(p.sample(100, new Random(1)))); // -2.62008 nats; the entropy is 2.645
 */
export function twoSpirals(): Distribution {
  const { nodes, weights } = gaussLegendre(NODES, 0, 3 * PI + 4.5 * PI * PI);
  const centres = [1, -1].flatMap((sign) =>
    Array.from(nodes, (w, k) => {
      const m = Math.sqrt(1 + 2 * w) - 1; // w = m + m²/2 grows like the length of the spiral
      const [c1, c2] = onSpiral(m);
      const share = (0.5 * weights[k] * 2 * m) / (9 * PI * PI * (1 + m)); // dm = dw/(1 + m)
      return { c1: sign * (c1 + SIDE / 2), c2: sign * (c2 + SIDE / 2), share };
    }),
  );
  const row = (value: (centre: (typeof centres)[number]) => number): Tensor =>
    new Tensor(Float64Array.from(centres, value), [1, centres.length]);
  const centres1 = row(({ c1 }) => c1);
  const centres2 = row(({ c2 }) => c2);
  const logShares = row(({ share }) => log(share));
  const blurred = logBlurredBox(SIDE / 2, NOISE);
  return summarized("twoSpirals", {
    eventShape: [2],
    parameters: [],
    logProb: inPieces("twoSpirals", centres.length, (x) => {
      const offsets1 = sub(take(x, [0], 1), centres1); // [b, K]
      const offsets2 = sub(take(x, [1], 1), centres2);
      return logSumExp(add(add(blurred(offsets1), blurred(offsets2)), logShares), 1);
    }),
    sample(n, random) {
      checkDraw("twoSpirals.sample", n, random, [2]);
      const u = random.uniform([n, 4]).data;
      const at = (i: number): Point => {
        const [c1, c2] = onSpiral(3 * PI * Math.sqrt(u[4 * i]));
        const sign = u[4 * i + 1] < 0.5 ? 1 : -1;
        return [sign * (c1 + SIDE * u[4 * i + 2]), sign * (c2 + SIDE * u[4 * i + 3])];
      };
      return scatter(n, at, NOISE, random.normal([n, 2]));
    },
    entropy: () => ENTROPY,
  });
}
