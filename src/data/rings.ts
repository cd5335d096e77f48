import type { Distribution } from "../distributions/distribution.ts";
import { concentricCircles } from "./concentricCircles.ts";

/**
 * Four rings: R·(cos 2πu, sin 2πu) + 0.08·e, R uniform among 3, 2.25, 1.5 and 0.75, u uniform, e standard normal.
 *
 * p(x) is the mean over R of exp(−(r² + R²)/2σ²)·I₀(rR/σ²)/(2πσ²), r = |x|, to 10⁻¹² for r ≤ 6 (see
 * {@link concentricCircles}). Entropy: 2.6231827703003123 nats, by quadrature over r.
 *
 * Sampling draws `random.uniform([n, 2])` (ring, u), then `random.normal([n, 2])`.
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: 1,277 normal densities for each point.
 * Reference: as in Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const p = rings();
 * mean(p.logProb(p.sample(100, new Random(1)))); // -2.55609 nats; the entropy is 2.623
 */
export function rings(): Distribution {
  return concentricCircles({ name: "rings", radii: [3, 2.25, 1.5, 0.75], noise: 0.08, entropy: 2.6231827703003123 });
}
