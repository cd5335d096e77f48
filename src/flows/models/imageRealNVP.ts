// x → at each scale: couplings by checkerboard, squeeze, couplings by channel, half goes out → z ∼ N(0, I).
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkCount } from "../../tensor/shape.ts";
import { baseOf } from "../bases.ts";
import type { Bijection } from "../bijection.ts";
import { checkLayers, compose } from "../compose.ts";
import { type ImageSizes, pointShape } from "../dimensions.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { affineCoupling } from "../layers/affineCoupling.ts";
import { multiScale } from "../layers/multiScale.ts";
import { squeezeImage } from "../layers/squeezeImage.ts";
import { channelMask, checkerboardMask, complement } from "../masks.ts";
import type { RealNVPOptions } from "./realNVP.ts";

/** The options of `realNVP`, for images. */
interface ImageRealNVPOptions extends RealNVPOptions {
  /** [C, H, W] */
  readonly dimensions: readonly [channels: number, height: number, width: number];
}

/**
 * RealNVP of images [C, H, W]: each of L scales has ⌈K/2⌉ couplings with checkerboard masks, a squeeze by 2, and ⌊K/2⌋ couplings with
 * channel masks, and emits half of the channels; a last scale has K couplings with checkerboard masks (with channel masks, if one
 * pixel is left). Each coupling comes after an actNorm. With L ≥ 1 latent points are [C·H·W].
 *
 * Starts at a permutation of pixels; with L = 0 at the identity. Cost: all nets once both ways.
 * Throws DomainError for D < 2, K < 1, and sides that 2^L does not divide.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §3.6, https://arxiv.org/abs/1605.08803.
 */
export function imageRealNVP({ layers = 6, levels, base, ...options }: ImageRealNVPOptions): Flow {
  checkLayers("realNVP", "layers", layers);
  let [C, H, W] = pointShape("realNVP", options.dimensions);
  checkCount("realNVP", "D", C * H * W, 2);

  /** So many couplings, each after an actNorm, that let the mask and its complement pass in turn. */
  const couplings = (sizes: ImageSizes, mask: Uint8Array, count: number): Bijection[] => {
    const dimensions = [sizes.channels, sizes.height, sizes.width] as const;
    return Array.from({ length: count }, (_, k) => [
      actNorm(sizes),
      affineCoupling({ ...options, dimensions, mask: k % 2 === 0 ? mask : complement(mask) }),
    ]).flat();
  };
  const sizesNow = (): ImageSizes => ({ channels: C, height: H, width: W });
  const L = levelsOf(levels, H, W);
  const scales = Array.from({ length: L }, () => {
    const checkered = couplings(sizesNow(), checkerboardMask(C, H, W), Math.ceil(layers / 2));
    const squeeze = squeezeImage(sizesNow());
    [C, H, W] = squeeze.latentShape;
    const byChannel = couplings(sizesNow(), channelMask(C, H, W), Math.floor(layers / 2));
    C /= 2;
    return compose(...checkered, squeeze, ...byChannel);
  });
  const lastMask = H * W > 1 ? checkerboardMask(C, H, W) : channelMask(C, H, W);
  const last = compose(...couplings(sizesNow(), lastMask, layers));
  const bijection = L === 0 ? last : multiScale({ scales: [...scales, last] });
  return new Flow(baseOf("realNVP", base, bijection.latentShape, options.random), bijection);
}

/** L, checked: 2^L must divide both sides. */
function levelsOf(levels: number | undefined, H: number, W: number): number {
  if (levels === undefined) return H % 2 === 0 && W % 2 === 0 ? 1 : 0;
  let [h, w] = [H, W];
  let halvings = 0;
  while (h % 2 === 0 && w % 2 === 0) [h, w, halvings] = [h / 2, w / 2, halvings + 1];
  if (Number.isInteger(levels) && levels >= 0 && levels <= halvings) return levels;
  throw new DomainError(
    `realNVP: levels are as often as both sides can be halved, at most; got ${describeValue(levels)} for [${H},${W}]`,
  );
}
