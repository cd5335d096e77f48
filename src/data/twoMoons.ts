import { summarized } from "../autograd/summary.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkDraw } from "../tensor/checks.ts";
import { cosPi, sinPi } from "../tensor/kernels/elementary.ts";
import { isotropicMixture, type Point } from "./isotropicMixture.ts";
import { scatter } from "./points.ts";
import { gaussLegendre } from "./quadrature.ts";

const NOISE = 0.2;
/** H by two-dimensional quadrature on grids of σ/4 and σ/6, which differ by 4·10⁻¹². */
const ENTROPY = 2.393879195966372;
/** Nodes per arc. Within a distance of 8 of the origin log p is that of 512 nodes to 4·10⁻¹³, within 12 to 2·10⁻⁹. */
const NODES = 128;

/** The point at the fraction u of an arc: (cos πu, sin πu), or (1 − cos πu, ½ − sin πu) for the lower one, doubled and shifted. */
function onArc(lower: boolean, u: number): Point {
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
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: 256 normal densities for each point.
 * Reference: scikit-learn's make_moons(noise = 0.1), scaled as in Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const moons = twoMoons();
 * const x = moons.sample(100, new Random(1));
 * x.shape; // [100, 2]
 * mean(moons.logProb(x)); // -2.38792 nats; the entropy is 2.394
 */
export function twoMoons(): Distribution {
  const { nodes, weights } = gaussLegendre(NODES, 0, 1);
  const centres = [false, true].flatMap((lower) =>
    Array.from(nodes, (u, k) => ({ point: onArc(lower, u), share: 0.5 * weights[k] })),
  );
  return summarized("twoMoons", {
    eventShape: [2],
    parameters: [],
    logProb: isotropicMixture("twoMoons", centres, NOISE),
    sample(n, random) {
      checkDraw("twoMoons.sample", n, random, [2]);
      const choices = random.uniform([n, 2]).data;
      return scatter(n, (i) => onArc(choices[2 * i] < 0.5, choices[2 * i + 1]), NOISE, random.normal([n, 2]));
    },
    entropy: () => ENTROPY,
  });
}
