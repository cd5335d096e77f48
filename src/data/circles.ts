import type { Distribution } from "../distributions/distribution.ts";
import { concentricCircles } from "./concentricCircles.ts";

/**
 * Two circles: R·(cos 2πu, sin 2πu) + 0.24·e, R uniform among 3 and 1.5, u uniform, e standard normal.
 *
 * p(x) is the mean over R of exp(−(r² + R²)/2σ²)·I₀(rR/σ²)/(2πσ²), r = |x|, to 10⁻¹² for r ≤ 6 (see
 * {@link concentricCircles}). Entropy: 3.268135711705764 nats, by quadrature over r.
 *
 * Sampling draws `random.uniform([n, 2])` (circle, u), then `random.normal([n, 2])`.
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: 237 normal densities for each point.
 * Reference: scikit-learn's make_circles(factor = 0.5, noise = 0.08), three times as large, as in Grathwohl et al. (2019),
 * https://arxiv.org/abs/1810.01367.
 *
 * @example
 * const p = circles();
 * mean(p.logProb(p.sample(100, new Random(1)))); // -3.20042 nats; the entropy is 3.268
 */
export function circles(): Distribution {
  return concentricCircles({ name: "circles", radii: [3, 1.5], noise: 0.24, entropy: 3.268135711705764 });
}
