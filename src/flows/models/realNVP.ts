// x → actNorm → coupling → actNorm → coupling with the parts exchanged → … → z ∼ N(0, I).

import { checkNet } from "../../nets/conditioner.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { checkCount } from "../../tensor/shape.ts";
import { type BaseOptions, baseOf } from "../bases.ts";
import { checkLayers } from "../compose.ts";
import { AFFINE } from "../elements/affine.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type AffineCouplingOptions, affineCoupling } from "../layers/affineCoupling.ts";
import { COUPLED } from "../layers/coupling.ts";
import { alternatingMask, complement } from "../masks.ts";
import { imageRealNVP } from "./imageRealNVP.ts";
import { withUnits } from "./withUnits.ts";

/** What {@link realNVP} takes. */
export interface RealNVPOptions extends BaseOptions, Omit<AffineCouplingOptions, "mask"> {
  /** K, the number of couplings, of images at each scale; 8 by default, 6 for images. */
  readonly layers?: number;
  /** Of images: L, how often they are squeezed and half of the channels emitted; by default 1, or 0 where a side is odd. */
  readonly levels?: number;
}

/**
 * RealNVP: K affine couplings that let even and odd coordinates pass in turn, each after an actNorm, over N(0, I).
 * Images [C, H, W] go through several scales: {@link imageRealNVP}.
 *
 * Starts at the identity. 2K layers in all, and {@link withUnits one more}. Cost: K passes of the nets both ways.
 * Throws DomainError for D < 2, K < 1, and levels of vectors.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803; they normalise by batch statistics
 * where we use actNorm.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, random: new Random(1) });
 * flow.logProb(tensor([[0, 0]])); // [-1.83788], N(0, I) at the start
 * const images = realNVP({ dimensions: [1, 8, 8], layers: 2, levels: 2, hidden: [8], random: new Random(1) });
 * images.sample(5, new Random(1)).shape; // [5, 1, 8, 8]
 */
export function realNVP(options: RealNVPOptions): Flow {
  checkOptions("realNVP", options, {
    dimensions: true,
    layers: true,
    levels: true,
    base: true,
    kernels: true,
    ...COUPLED,
    ...AFFINE,
  });
  checkNet("realNVP", options);
  const { dimensions: D, layers = 8, levels, base, ...rest } = options;
  if (typeof D !== "number") return imageRealNVP({ ...options, dimensions: D });
  if (levels !== undefined)
    throw new DomainError(`realNVP: levels are for images; got ${describeValue(levels)} for D = ${D}`);
  checkLayers("realNVP", "layers", layers);
  checkCount("realNVP", "D", D, 2);
  const even = alternatingMask(D); // 1 for the second, fourth … coordinate: those pass first
  const blocks = Array.from({ length: layers }, (_, k) => [
    actNorm({ dimensions: D }),
    affineCoupling({ ...rest, dimensions: D, mask: k % 2 === 0 ? even : complement(even) }),
  ]);
  return new Flow(baseOf("realNVP", base, [D], options.random), withUnits(D, blocks.flat()));
}
