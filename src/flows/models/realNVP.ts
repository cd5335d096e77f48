import { standardNormal } from "../../distributions/standardNormal.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { type Bijection, compose } from "../bijection.ts";
import { type Dimensions, pointShape } from "../dimensions.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type AffineCouplingOptions, affineCoupling } from "../layers/coupling.ts";
import { multiScale } from "../layers/multiScale.ts";
import { squeezeImage } from "../layers/squeezeImage.ts";
import { alternatingMask, channelMask, checkerboardMask, complement } from "../masks.ts";

/** What {@link realNVP} takes. */
export interface RealNVPOptions extends Omit<AffineCouplingOptions, "mask"> {
  /** K, the number of couplings, of images at each scale; 8 by default, 6 for images. */
  readonly layers?: number;
  /** Of images: L, how often they are squeezed and half of the channels emitted; by default 1, or 0 where a side is odd. */
  readonly levels?: number;
}

/**
 * RealNVP: K affine couplings that let even and odd coordinates pass in turn, each after an actNorm, over N(0, I).
 *
 * Of images [C, H, W], each of L scales has ⌈K/2⌉ couplings with checkerboard masks, a squeeze by 2, and ⌊K/2⌋ couplings with
 * channel masks, and emits half of the channels; a last scale has K couplings with checkerboard masks (with channel masks, if one
 * pixel is left). With L ≥ 1 latent points are [C·H·W].
 *
 * Starts at the identity; with L ≥ 1, where pixels change places, at a permutation. Cost: all nets once both ways. Throws
 * DomainError for D < 2, K < 1, levels of vectors, and sides that 2^L does not divide.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803; they normalise by batch statistics
 * where we use actNorm.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, random: new Random(1) });
 * const images = realNVP({ dimensions: [1, 28, 28], levels: 2, hidden: [32], random: new Random(1) });
 */
export function realNVP(options: RealNVPOptions): Flow {
  const { dimensions, layers = typeof dimensions === "number" ? 8 : 6, levels, ...rest } = options;
  if (!Number.isInteger(layers) || layers < 1)
    throw new DomainError(`realNVP: layers must be an integer ≥ 1; got ${describeValue(layers)}`);
  const shape = pointShape("realNVP", dimensions);
  if (sizeOf(shape) < 2) throw new DomainError(`realNVP: D must be at least 2; got ${sizeOf(shape)}`);
  const blocks = (sizes: readonly number[], mask: Uint8Array, count: number): Bijection[] =>
    Array.from({ length: count }, (_, k) => block(sizes, k % 2 === 0 ? mask : complement(mask), rest)).flat();
  if (shape.length === 1) {
    if (levels !== undefined) {
      throw new DomainError(`realNVP: levels are for images; got ${describeValue(levels)} for D = ${shape[0]}`);
    }
    return new Flow(standardNormal(shape), compose(...blocks(shape, alternatingMask(shape[0]), layers)));
  }

  let [C, H, W] = shape;
  const L = levelsOf(levels, H, W);
  const scales = Array.from({ length: L }, () => {
    const checkered = blocks([C, H, W], checkerboardMask(C, H, W), Math.ceil(layers / 2));
    const squeeze = squeezeImage({ channels: C, height: H, width: W });
    [C, H, W] = squeeze.latentShape;
    const byChannel = blocks([C, H, W], channelMask(C, H, W), Math.floor(layers / 2));
    C /= 2;
    return compose(...checkered, squeeze, ...byChannel);
  });
  const lastMask = H * W > 1 ? checkerboardMask(C, H, W) : channelMask(C, H, W);
  const last = compose(...blocks([C, H, W], lastMask, layers));
  const bijection = L === 0 ? last : multiScale({ scales: [...scales, last] });
  return new Flow(standardNormal(bijection.latentShape), bijection);
}

/** An actNorm and a coupling. */
function block(
  shape: readonly number[],
  mask: Uint8Array,
  options: Omit<AffineCouplingOptions, "dimensions" | "mask">,
): Bijection[] {
  const [C, height, width] = shape;
  const vectors = shape.length === 1;
  const dimensions: Dimensions = vectors ? C : [C, height, width];
  return [
    actNorm(vectors ? { dimensions: C } : { channels: C, height, width }),
    affineCoupling({ ...options, dimensions, mask }),
  ];
}

/** L, checked: 2^L must divide both sides. */
function levelsOf(levels: number | undefined, H: number, W: number): number {
  if (levels === undefined) return H % 2 === 0 && W % 2 === 0 ? 1 : 0;
  let [h, w] = [H, W];
  let halvings = 0;
  while (h % 2 === 0 && w % 2 === 0) [h, w, halvings] = [h / 2, w / 2, halvings + 1];
  if (!Number.isInteger(levels) || levels < 0 || levels > halvings) {
    throw new DomainError(
      `realNVP: levels are as often as both sides can be halved, at most; got ${describeValue(levels)} for [${H},${W}]`,
    );
  }
  return levels;
}
