import { standardNormal } from "../../distributions/standardNormal.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { compose } from "../bijection.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type AdditiveCouplingOptions, additiveCoupling } from "../layers/additiveCoupling.ts";
import { alternatingMask, complement } from "../masks.ts";

/** What {@link nice} takes: the options of its couplings, but the mask. */
export interface NiceOptions extends Omit<AdditiveCouplingOptions, "dimensions" | "mask" | "kernels"> {
  /** D, at least 2. */
  readonly dimensions: number;
  /** K, the number of couplings; 4 by default. */
  readonly layers?: number;
}

/**
 * NICE: K additive couplings that let even and odd coordinates pass in turn, then a diagonal scaling, over N(0, I).
 *
 * The couplings preserve volume; all of the log-det is in the scaling. It is an actNorm: the paper's diagonal, with a shift,
 * which starts from the data. Starts at the identity. K + 1 layers in all. Cost: K passes of the nets both ways.
 * Throws DomainError for D < 2 or K < 1.
 * Reference: Dinh, Krueger & Bengio (2015), §3.3, https://arxiv.org/abs/1410.8516, who have a logistic base, too.
 *
 * @example
 * const flow = nice({ dimensions: 2, random: new Random(1) });
 */
export function nice({ layers = 4, ...options }: NiceOptions): Flow {
  const { dimensions } = options;
  if (!Number.isInteger(layers) || layers < 1)
    throw new DomainError(`nice: layers must be an integer ≥ 1; got ${describeValue(layers)}`);
  if (!Number.isInteger(dimensions) || dimensions < 2)
    throw new DomainError(`nice: D must be at least 2; got ${describeValue(dimensions)}`);
  const even = alternatingMask(dimensions);
  const couplings = Array.from({ length: layers }, (_, k) =>
    additiveCoupling({ ...options, mask: k % 2 === 0 ? even : complement(even) }),
  );
  return new Flow(standardNormal([dimensions]), compose(...couplings, actNorm({ dimensions })));
}
