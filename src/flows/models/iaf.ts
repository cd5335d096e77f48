// x → K times (actNorm → inverse autoregressive layer), in natural and reversed order in turn → z ∼ N(0, I).
import { checkOptions } from "../../tensor/options.ts";
import type { Flow } from "../flow.ts";
import { inverseAutoregressive } from "../layers/inverseAutoregressive.ts";
import { alternating, MAF, type MafOptions } from "./maf.ts";

/** As {@link maf}. */
export type IafOptions = MafOptions;

/**
 * An inverse autoregressive flow: K layers in natural and reversed order in turn, each after an actNorm, over N(0, I).
 *
 * Starts at the identity. 2K layers in all, and one more as in {@link maf}. Cost: samples, and their densities, K passes of the nets; densities of
 * given points K·D dependent steps, of half the arithmetic. Throws DomainError for D < 1 or K < 1.
 * Reference: Kingma, Salimans, Jozefowicz, Chen, Sutskever & Welling (2016), https://arxiv.org/abs/1606.04934.
 *
 * @example
 * const flow = iaf({ dimensions: 2, random: new Random(1) });
 * flow.logProb(tensor([[0, 0]])); // [-1.83788], N(0, I) at the start
 * flow.bijection.cost; // { forward: "sequential", inverse: "parallel" }
 */
export function iaf(options: IafOptions): Flow {
  checkOptions("iaf", options, MAF);
  const { layers = 5, base, ...net } = options;
  return alternating("iaf", { ...net, layers, base }, (order) => inverseAutoregressive({ ...net, order }));
}
