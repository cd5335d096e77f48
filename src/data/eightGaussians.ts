import { summarized } from "../autograd/summary.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkDraw } from "../tensor/checks.ts";
import { cosPi, sinPi } from "../tensor/kernels/elementary.ts";
import { isotropicMixture, type Point } from "./isotropicMixture.ts";
import { scatter } from "./points.ts";

/** Everything is divided by it: not quite √2. */
const SHRINK = 1.414;
const NOISE: number = 0.5 / SHRINK;
/** H by two-dimensional quadrature on grids of σ/4 and σ/6, which differ by 3·10⁻¹⁴. */
const ENTROPY = 2.831880406137645;

/** The k-th of the eight, at an angle of kπ/4. */
function centre(k: number): Point {
  return [(4 * cosPi(k / 4)) / SHRINK, (4 * sinPi(k / 4)) / SHRINK];
}

/**
 * Eight Gaussians on a circle: (4·(cos kπ/4, sin kπ/4) + ½·e)/1.414, k uniform in 0 … 7, e standard normal.
 *
 * p(x) = ⅛ Σ_k N(x; c_k, σ²I), σ = 0.5/1.414. Entropy: 2.831880406137645 nats.
 *
 * Sampling draws `random.integers([n], 8)`, then `random.normal([n, 2])`.
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: 8 normal densities for each point.
 * Reference: as in Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const p = eightGaussians();
 * mean(p.logProb(p.sample(100, new Random(1)))); // -2.81478 nats; the entropy is 2.832
 */
export function eightGaussians(): Distribution {
  const centres = Array.from({ length: 8 }, (_, k) => ({ point: centre(k), share: 1 / 8 }));
  return summarized("eightGaussians", {
    eventShape: [2],
    parameters: [],
    logProb: isotropicMixture("eightGaussians", centres, NOISE),
    sample(n, random) {
      checkDraw("eightGaussians.sample", n, random, [2]);
      const chosen = random.integers([n], 8).data;
      return scatter(n, (i) => centres[chosen[i]].point, NOISE, random.normal([n, 2]));
    },
    entropy: () => ENTROPY,
  });
}
