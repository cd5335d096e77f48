// z_a = x_a, z_b = (x_b − μ(x_a))·exp(−log σ(x_a)): log|det J| = −Σ log σ_i(x_a).
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { AFFINE, type AffineElementOptions, affineElement } from "../elements/affine.ts";
import { COUPLED, couplingWith, type NetCouplingOptions } from "./coupling.ts";

/** What {@link affineCoupling} takes. */
export interface AffineCouplingOptions extends NetCouplingOptions, AffineElementOptions {}

/**
 * RealNVP's layer: z_a = x_a,  z_b = (x_b − μ(x_a))·exp(−log σ(x_a)). A coupling with an affine element.
 *
 * Log-det: −Σ log σ. Inverse: x_b = z_b·σ(z_a) + μ(z_a). Parameters: the net's, log σ bounded. Smoothness: C∞.
 * Cost: one pass of the net both ways. Throws as {@link coupling}.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803.
 *
 * @example
 * const coupled = affineCoupling({ dimensions: 2, hidden: [8], logScale: "exponential", random: new Random(1) });
 * coupled.forward(tensor([[3, 4]])).z; // [[3, 4]] at the start
 * coupled.parameters.at(-1)?.assign(tensor([Math.LN2, 1]));
 * coupled.forward(tensor([[3, 4]])); // { z: [[3, 1.5]], logDet: [-0.693147] }, since σ = 2 and μ = 1
 */
export function affineCoupling(options: AffineCouplingOptions): Bijection {
  checkOptions("affineCoupling", options, { dimensions: true, mask: true, kernels: true, ...COUPLED, ...AFFINE });
  const { logScale, c, maximumLogScale, shift } = options;
  return couplingWith("affineCoupling", affineElement({ logScale, c, maximumLogScale, shift }), options);
}
