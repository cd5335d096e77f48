// x → standardization → K additive couplings, the parts exchanged each time → actNorm → z ∼ N(0, I).

import { checkNet } from "../../nets/conditioner.ts";
import { checkOptions } from "../../tensor/options.ts";
import { checkCount } from "../../tensor/shape.ts";
import { type BaseOptions, baseOf } from "../bases.ts";
import { checkLayers, compose } from "../compose.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type AdditiveCouplingOptions, additiveCoupling } from "../layers/additiveCoupling.ts";
import { COUPLED } from "../layers/coupling.ts";
import { standardization } from "../layers/standardization.ts";
import { alternatingMask, complement } from "../masks.ts";

/** What {@link nice} takes. */
export interface NiceOptions extends BaseOptions, Omit<AdditiveCouplingOptions, "dimensions" | "mask" | "kernels"> {
  /** D, at least 2. */
  readonly dimensions: number;
  /** K, the number of couplings; 4 by default. */
  readonly layers?: number;
}

/**
 * NICE: K additive couplings of standardised data that let even and odd coordinates pass in turn, then a diagonal scaling, over N(0, I).
 *
 * The couplings preserve volume; all of the log-det that is learned is in the scaling. It is an actNorm: the paper's diagonal, with a
 * shift. Starts at the identity. K + 2 layers in all. Cost: K passes of the nets both ways.
 * Throws DomainError for D < 2 or K < 1.
 * Reference: Dinh, Krueger & Bengio (2015), §3.3, https://arxiv.org/abs/1410.8516, who have a logistic base, too.
 *
 * @example
 * const flow = nice({ dimensions: 2, random: new Random(1) });
 * flow.logProb(tensor([[0, 0]])); // [-1.83788], N(0, I) at the start
 */
export function nice(options: NiceOptions): Flow {
  checkOptions("nice", options, { dimensions: true, layers: true, base: true, ...COUPLED });
  checkNet("nice", options);
  const { layers = 4, base, ...net } = options;
  const { dimensions } = net;
  checkLayers("nice", "layers", layers);
  checkCount("nice", "D", dimensions, 2);
  const even = alternatingMask(dimensions);
  const couplings = Array.from({ length: layers }, (_, k) =>
    additiveCoupling({ ...net, mask: k % 2 === 0 ? even : complement(even) }),
  );
  const bijection = compose(standardization({ dimensions }), ...couplings, actNorm({ dimensions }));
  return new Flow(baseOf("nice", base, [dimensions], options.random), bijection);
}
