// z_a = x_a, z_b = spline(x_b; knots(x_a)): log|det J| = Σ ln dz_b/dx_b.
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { SPLINE, type SplineElementOptions, splineElement } from "../elements/spline.ts";
import { COUPLED, couplingWith, type NetCouplingOptions } from "./coupling.ts";

/** What {@link splineCoupling} takes. */
export interface SplineCouplingOptions extends NetCouplingOptions, SplineElementOptions {}

/**
 * Neural spline flows' layer: z_a = x_a,  z_b = spline(x_b; knots(x_a)). A coupling with a spline element.
 *
 * Log-det: Σ ln dz_b/dx_b. Inverse: x_b = spline⁻¹(z_b; knots(z_a)). Parameters: the net's; least widths, heights and slopes.
 * Smoothness: C¹, piecewise C∞. Cost: one pass of the net both ways. Throws as {@link coupling} and {@link splineElement}.
 * Reference: Durkan, Bekasov, Murray & Papamakarios (2019), https://arxiv.org/abs/1906.04032.
 *
 * @example
 * const coupled = splineCoupling({ dimensions: 2, bins: 4, hidden: [8], random: new Random(1) });
 * coupled.parameters.at(-1)?.shape; // [11]: 3·4 − 1 raw numbers for the coordinate that is moved
 * coupled.forward(tensor([[1, 2]])).z; // [[1, 2]] at the start
 */
export function splineCoupling(options: SplineCouplingOptions): Bijection {
  checkOptions("splineCoupling", options, { dimensions: true, mask: true, kernels: true, ...COUPLED, ...SPLINE });
  const { dimensions, mask, conditioner, context, random, hidden, activation, kernels, ...spline } = options;
  return couplingWith("splineCoupling", splineElement(spline), options);
}
