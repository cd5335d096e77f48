import { standardNormal } from "../../distributions/standardNormal.ts";
import { DomainError } from "../../tensor/errors.ts";
import { compose } from "../bijection.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type AffineCouplingOptions, affineCoupling } from "../layers/coupling.ts";
import { alternatingMask, complement } from "../masks.ts";

/** What {@link realNVP} takes. */
export interface RealNVPOptions extends Omit<AffineCouplingOptions, "mask"> {
  /** K, the number of couplings; 8 by default. */
  readonly layers?: number;
}

/**
 * RealNVP: K affine couplings that let even and odd coordinates pass in turn, each after an actNorm, over N(0, I).
 *
 * Starts at the identity. 2K layers in all. Cost: K passes of the nets both ways.
 * Throws DomainError for D < 2 or K < 1.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803; they normalise by batch statistics
 * where we use actNorm.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, random: new Random(1) });
 */
export function realNVP({ layers = 8, ...options }: RealNVPOptions): Flow {
  if (!Number.isInteger(layers) || layers < 1)
    throw new DomainError(`realNVP: layers must be an integer ≥ 1; got ${layers}`);
  const { dimensions } = options;
  if (!Number.isInteger(dimensions) || dimensions < 2) {
    throw new DomainError(`realNVP: D must be at least 2; got ${dimensions}`);
  }
  const even = alternatingMask(dimensions);
  const blocks = Array.from({ length: layers }, (_, k) => [
    actNorm({ dimensions }),
    affineCoupling({ ...options, mask: k % 2 === 0 ? even : complement(even) }),
  ]);
  return new Flow(standardNormal([dimensions]), compose(...blocks.flat()));
}
