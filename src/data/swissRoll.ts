import { summarized } from "../autograd/summary.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkDraw } from "../tensor/checks.ts";
import { cosPi, sinPi } from "../tensor/kernels/elementary.ts";
import { isotropicMixture, type Point } from "./isotropicMixture.ts";
import { scatter } from "./points.ts";
import { gaussLegendre } from "./quadrature.ts";

const PI = 3.141592653589793;
const NOISE = 0.2;
/** H by two-dimensional quadrature on grids of σ/4 and σ/6, which differ by 3·10⁻¹². */
const ENTROPY = 2.6696461738824313;
/** Nodes along the roll. Within a distance of 8 of the origin log p is that of 1,500 nodes to 3·10⁻¹³, within 12 to 5·10⁻¹⁰. */
const NODES = 384;

/** The point at the fraction u of the roll: (t cos t, t sin t)/5 with t = 1.5π(1 + 2u). */
function onRoll(u: number): Point {
  const turn = 1.5 * (1 + 2 * u); // t/π
  return [(PI * turn * cosPi(turn)) / 5, (PI * turn * sinPi(turn)) / 5];
}

/**
 * A spiral with Gaussian noise: (t cos t, t sin t)/5 + 0.2·e, t = 1.5π(1 + 2u), u uniform, e standard normal.
 *
 * log p(x) is exact: the mixture of Gaussians along the spiral, p(x) = ∫₀¹ N(x; roll(u), σ²I) du, by Gauss–Legendre
 * quadrature. Entropy: 2.6696461738824313 nats.
 *
 * Sampling draws `random.uniform([n])`, then `random.normal([n, 2])`.
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: 384 normal densities for each point.
 * Reference: scikit-learn's make_swiss_roll(noise = 1), its first and third coordinate over 5, as in Grathwohl et al.
 * (2019), https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const p = swissRoll();
 * mean(p.logProb(p.sample(100, new Random(1)))); // -2.61473 nats; the entropy is 2.670
 */
export function swissRoll(): Distribution {
  const { nodes, weights } = gaussLegendre(NODES, 0, 1);
  const centres = Array.from(nodes, (u, k) => ({ point: onRoll(u), share: weights[k] }));
  return summarized("swissRoll", {
    eventShape: [2],
    parameters: [],
    logProb: isotropicMixture("swissRoll", centres, NOISE),
    sample(n, random) {
      checkDraw("swissRoll.sample", n, random, [2]);
      const along = random.uniform([n]).data;
      return scatter(n, (i) => onRoll(along[i]), NOISE, random.normal([n, 2]));
    },
    entropy: () => ENTROPY,
  });
}
