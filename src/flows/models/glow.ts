// x → standardization → at each level: squeeze, K times (actNorm → 1×1 convolution → coupling of channels), half goes out → z ∼ N(0, I).

import { checkNet } from "../../nets/conditioner.ts";
import { DomainError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { type BaseOptions, baseOf } from "../bases.ts";
import type { Bijection } from "../bijection.ts";
import { checkLayers, compose } from "../compose.ts";
import { type ImageSizes, imageShape } from "../dimensions.ts";
import { AFFINE } from "../elements/affine.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { type AffineCouplingOptions, affineCoupling } from "../layers/affineCoupling.ts";
import { conv1x1 } from "../layers/conv1x1.ts";
import { COUPLED } from "../layers/coupling.ts";
import { multiScale } from "../layers/multiScale.ts";
import { squeezeImage } from "../layers/squeezeImage.ts";
import { standardization } from "../layers/standardization.ts";

/** What {@link glow} takes. */
export interface GlowOptions extends BaseOptions, ImageSizes, Omit<AffineCouplingOptions, "dimensions" | "mask"> {
  /** L, how often the images are squeezed; 2^L divides height and width. */
  readonly levels: number;
  /** K, the steps at each level. */
  readonly steps: number;
  /** How the 1×1 convolutions are made, as in {@link conv1x1}; `"lu"` by default. */
  readonly parametrization?: "lu" | "qr" | "full";
}

/**
 * Glow: of standardised channels, at each of L levels a squeeze by 2 and K steps of actNorm, 1×1 convolution and affine coupling of channels; after every
 * level but the last, half of the channels is emitted. Over N(0, I) on [C·H·W].
 *
 * Starts as random rotations of the channels, with log-det 0. Cost: L·K passes of the nets both ways, each level's on half as many
 * numbers as the one before. Throws DomainError unless L ≥ 1, K ≥ 1 and 2^L divides height and width.
 * Reference: Kingma & Dhariwal (2018), https://arxiv.org/abs/1807.03039; they learn the means and scales of what is emitted from
 * what goes on, where we have N(0, I).
 *
 * @example
 * const flow = glow({ channels: 3, height: 8, width: 8, levels: 2, steps: 2, hidden: [8], random: new Random(1) });
 * flow.sample(2, new Random(1)).shape; // [2, 3, 8, 8]
 * flow.bijection.latentShape; // [192]
 */
export function glow(options: GlowOptions): Flow {
  checkOptions("glow", options, {
    channels: true,
    height: true,
    width: true,
    levels: true,
    steps: true,
    parametrization: true,
    base: true,
    kernels: true,
    ...COUPLED,
    ...AFFINE,
  });
  checkNet("glow", options);
  const { channels, height, width, levels, steps, parametrization = "lu", base, random, ...rest } = options;
  let [C, H, W] = imageShape("glow", { channels, height, width });
  checkLayers("glow", "levels", levels);
  checkLayers("glow", "steps", steps);
  const step = (sizes: ImageSizes): Bijection[] => [
    actNorm(sizes),
    conv1x1({ ...sizes, parametrization, random }),
    affineCoupling({ ...rest, dimensions: [sizes.channels, sizes.height, sizes.width], random }),
  ];
  const scales = Array.from({ length: levels }, (_, level) => {
    if (H % 2 !== 0 || W % 2 !== 0) {
      throw new DomainError(
        `glow: 2^levels must divide height and width; got ${levels} levels for [${channels},${height},${width}]`,
      );
    }
    const squeeze = squeezeImage({ channels: C, height: H, width: W });
    [C, H, W] = [4 * C, H / 2, W / 2];
    const sizes = { channels: C, height: H, width: W };
    const layers = Array.from({ length: steps }, () => step(sizes)).flat();
    if (level < levels - 1) C /= 2;
    return level === 0
      ? compose(standardization({ dimensions: [channels, height, width] }), squeeze, ...layers)
      : compose(squeeze, ...layers);
  });
  return new Flow(baseOf("glow", base, [channels * height * width], random), multiScale({ scales }));
}
