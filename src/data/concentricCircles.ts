import { summarized } from "../autograd/summary.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkDraw } from "../tensor/checks.ts";
import { cosPi, sinPi } from "../tensor/kernels/elementary.ts";
import { isotropicMixture, type Point } from "./isotropicMixture.ts";
import { scatter } from "./points.ts";

interface CircleOptions {
  /** What errors call it. */
  readonly name: string;
  /** Chosen with equal chances; the first is the largest. */
  readonly radii: readonly number[];
  /** σ */
  readonly noise: number;
  /** H, nats. */
  readonly entropy: number;
}

/** ln(2·10¹³), and the factor that the terms in N⁴ and 2N may add: it makes the relative error of a quadrature 10⁻¹². */
const LOG_ACCURACY = 30.6;

function onCircle(radius: number, turn: number): Point {
  return [radius * cosPi(2 * turn), radius * sinPi(2 * turn)];
}

/**
 * Points on circles about the origin, with Gaussian noise: the mixture over radii R and angles of N(x; R(cos θ, sin θ), σ²I).
 *
 * The integral over the angle, exp(−(r² + R²)/2σ²)·I₀(rR/σ²)/(2πσ²) with r = |x|, is a sum over N equally spaced angles.
 * Its relative error is at most 2 Σ_j I_{jN}(κ)/I₀(κ) with κ = rR/σ² (the Fourier coefficients of e^{κ cos θ} that N nodes
 * take for the constant one), and I_N(κ)/I₀(κ) < exp(−N²/2κ + N⁴/24κ³). So N = √(2κ·30.6) makes it 10⁻¹², for all points
 * with smaller κ, too; here κ is that of r = 2·max R.
 */
export function concentricCircles({ name, radii, noise, entropy }: CircleOptions): Distribution {
  const centres = radii.flatMap((radius) => {
    const kappa = (2 * radii[0] * radius) / (noise * noise);
    const N = Math.ceil(Math.sqrt(2 * kappa * LOG_ACCURACY));
    return Array.from({ length: N }, (_, k) => ({ point: onCircle(radius, k / N), share: 1 / (N * radii.length) }));
  });
  return summarized(name, {
    eventShape: [2],
    parameters: [],
    logProb: isotropicMixture(name, centres, noise),
    sample(n, random) {
      checkDraw(`${name}.sample`, n, random, [2]);
      const choices = random.uniform([n, 2]).data;
      const at = (i: number): Point => onCircle(radii[Math.floor(radii.length * choices[2 * i])], choices[2 * i + 1]);
      return scatter(n, at, noise, random.normal([n, 2]));
    },
    entropy: () => entropy,
  });
}
