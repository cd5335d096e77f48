// x → K times (actNorm → autoregressive layer), in natural and reversed order in turn → z ∼ N(0, I).

import { checkNet, type NetOptions } from "../../nets/conditioner.ts";
import { checkOptions, type Known } from "../../tensor/options.ts";
import { checkCount } from "../../tensor/shape.ts";
import { type BaseOptions, baseOf } from "../bases.ts";
import type { Bijection } from "../bijection.ts";
import { checkLayers } from "../compose.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type MaskedAutoregressiveOptions, maskedAutoregressive } from "../layers/maskedAutoregressive.ts";
import { withUnits } from "./withUnits.ts";

/** What {@link maf} takes. */
export interface MafOptions
  extends BaseOptions,
    Omit<MaskedAutoregressiveOptions, "order" | "dependencies" | "masks" | "conditioner"> {
  /** K, the number of autoregressive layers; 5 by default. */
  readonly layers?: number;
}

/** The names of these options. */
export const MAF: Known<MafOptions> = {
  dimensions: true,
  layers: true,
  base: true,
  element: true,
  hidden: true,
  residual: true,
  activation: true,
  context: true,
  random: true,
};

/**
 * A masked autoregressive flow: K layers in natural and reversed order in turn, each after an actNorm, over N(0, I).
 *
 * Starts at the identity. 2K layers in all, and {@link withUnits one more}. Cost: densities K passes of the nets; samples K·D dependent steps, of half
 * the arithmetic.
 * Throws DomainError for D < 1 or K < 1.
 * Reference: Papamakarios, Pavlakou & Murray (2017), https://arxiv.org/abs/1705.07057; they normalise by batch
 * statistics where we use actNorm.
 *
 * @example
 * const flow = maf({ dimensions: 2, random: new Random(1) });
 * flow.logProb(tensor([[0, 0]])); // [-1.83788], N(0, I) at the start
 * flow.bijection.cost; // { forward: "parallel", inverse: "sequential" }
 */
export function maf(options: MafOptions): Flow {
  checkOptions("maf", options, MAF);
  const { layers = 5, base, ...net } = options;
  return alternating("maf", { ...net, layers, base }, (order) => maskedAutoregressive({ ...net, order }));
}

interface AlternatingOptions extends BaseOptions, NetOptions {
  readonly dimensions: number;
  readonly layers: number;
}

/** K times an actNorm and a layer, the layers in natural and reversed order in turn. */
export function alternating(
  operation: string,
  options: AlternatingOptions,
  layerOf: (order: "natural" | "reversed") => Bijection,
): Flow {
  checkNet(operation, options);
  const { dimensions, layers, base, random } = options;
  checkLayers(operation, "layers", layers);
  checkCount(operation, "D", dimensions, 1);
  const blocks = Array.from({ length: layers }, (_, k) => [
    actNorm({ dimensions }),
    layerOf(k % 2 === 0 ? "natural" : "reversed"),
  ]);
  return new Flow(baseOf(operation, base, [dimensions], random), withUnits(dimensions, blocks.flat()));
}
