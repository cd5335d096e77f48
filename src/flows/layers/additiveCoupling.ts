// z_a = x_a, z_b = x_b − μ(x_a): log|det J| = 0.
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { additiveElement } from "../elements/additive.ts";
import { COUPLED, couplingWith, type NetCouplingOptions } from "./coupling.ts";

/** What {@link additiveCoupling} takes: the options of a coupling and its net. */
export type AdditiveCouplingOptions = NetCouplingOptions;

/**
 * NICE's layer: z_a = x_a,  z_b = x_b − μ(x_a). A coupling with an additive element.
 *
 * Log-det: 0, volume is preserved. Inverse: x_b = z_b + μ(z_a). Parameters: the net's. Smoothness: C∞.
 * Cost: one pass of the net both ways. Throws as {@link coupling}.
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516; they write z_b = x_b + m(x_a).
 *
 * @example
 * const coupled = additiveCoupling({ dimensions: 2, hidden: [8], random: new Random(1) });
 * coupled.forward(tensor([[3, 4]])).z; // [[3, 4]] at the start
 * coupled.parameters.at(-1)?.assign(tensor([1]));
 * coupled.forward(tensor([[3, 4]])); // { z: [[3, 3]], logDet: [0] }, since μ = 1
 */
export function additiveCoupling(options: AdditiveCouplingOptions): Bijection {
  checkOptions("additiveCoupling", options, { dimensions: true, mask: true, kernels: true, ...COUPLED });
  return couplingWith("additiveCoupling", additiveElement(), options);
}
