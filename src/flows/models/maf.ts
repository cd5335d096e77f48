// x → K times (actNorm → autoregressive layer), in natural and reversed order in turn → z ∼ N(0, I).
import type { Random } from "../../tensor/random.ts";
import { checkCount } from "../../tensor/shape.ts";
import { type BaseOptions, baseOf } from "../bases.ts";
import type { Bijection } from "../bijection.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type MaskedAutoregressiveOptions, maskedAutoregressive } from "../layers/maskedAutoregressive.ts";
import { withUnits } from "./withUnits.ts";

export interface MafOptions
  extends BaseOptions,
    Omit<MaskedAutoregressiveOptions, "order" | "dependencies" | "masks" | "conditioner"> {
  /** K, the number of autoregressive layers; 5 by default. */
  readonly layers?: number;
}

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
 */
export function maf({ layers = 5, base, ...options }: MafOptions): Flow {
  return alternating("maf", { ...options, layers, base }, (order) => maskedAutoregressive({ ...options, order }));
}

interface AlternatingOptions extends BaseOptions {
  readonly dimensions: number;
  readonly layers: number;
  readonly random: Random;
}

/** K times an actNorm and a layer, the layers in natural and reversed order in turn. */
export function alternating(
  operation: string,
  { dimensions, layers, base, random }: AlternatingOptions,
  layerOf: (order: "natural" | "reversed") => Bijection,
): Flow {
  checkCount(operation, "layers", layers, 1);
  checkCount(operation, "D", dimensions, 1);
  const blocks = Array.from({ length: layers }, (_, k) => [
    actNorm({ dimensions }),
    layerOf(k % 2 === 0 ? "natural" : "reversed"),
  ]);
  return new Flow(baseOf(operation, base, [dimensions], random), withUnits(dimensions, blocks.flat()));
}
