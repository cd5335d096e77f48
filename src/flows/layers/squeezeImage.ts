// z[c·f² + a·f + b, i, j] = x[c, i·f + a, j·f + b]: pixels become channels, and log|det J| = 0.

import { reshape } from "../../autograd/ops/broadcast.ts";
import { permute } from "../../autograd/ops/rearrange.ts";
import { fieldsOfBoth, type Kind, kind, size } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { type ImageSizes, imageFields, imageShape } from "../dimensions.ts";
import { layer } from "../layer.ts";
import { zeroLogDet } from "../logDet.ts";

// B batch, C channels, H height, W width

/** What {@link squeezeImage} takes. */
export interface SqueezeImageOptions extends ImageSizes {
  /** f, which divides height and width; 2 by default. */
  readonly factor?: number;
}

/**
 * z[c·f² + a·f + b, i, j] = x[c, i·f + a, j·f + b]: each f × f block of pixels becomes one pixel with f² times the channels,
 * so that layers on channels mix neighbours, and J is a permutation matrix.
 *
 * Log-det: 0. Inverse: x[c, i·f + a, j·f + b] = z[c·f² + a·f + b, i, j]; as a layer of its own, `invert(squeezeImage(…))`.
 * Parameters: none. Smoothness: C∞ (linear). Cost: O(D) both ways. Throws DomainError unless f divides height and width.
 * Shape: [B, C, H, W] → [B, f²·C, H/f, W/f].
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §3.6, https://arxiv.org/abs/1605.08803, with f = 2.
 *
 * @example
 * squeezeImage({ channels: 1, height: 2, width: 2 }).forward(tensor([[[[1, 2], [3, 4]]]])).z; // [[[[1]], [[2]], [[3]], [[4]]]]
 * squeezeImage({ channels: 3, height: 32, width: 32 }).latentShape; // [12, 16, 16]
 */
export function squeezeImage(options: SqueezeImageOptions): Bijection {
  checkOptions("squeezeImage", options, { channels: true, height: true, width: true, factor: true });
  const { factor: f = 2, ...sizes } = options;
  const [C, H, W] = imageShape("squeezeImage", sizes);
  if (!Number.isInteger(f) || f < 1 || H % f !== 0 || W % f !== 0) {
    throw new DomainError(
      `squeezeImage: the factor must divide height and width; got ${describeValue(f)} for [${C},${H},${W}]`,
    );
  }
  const latentShape = [C * f * f, H / f, W / f];
  return layer({
    shape: [C, H, W],
    latentShape,
    definition: { type: "squeezeImage", channels: C, height: H, width: W, factor: f },
    forward(x) {
      const blocks = reshape(x, [x.shape[0], C, H / f, f, W / f, f]); // [n, c, i, a, j, b]
      const moved = permute(blocks, [0, 1, 3, 5, 2, 4]); // [n, c, a, b, i, j]
      return { z: reshape(moved, [x.shape[0], ...latentShape]), logDet: zeroLogDet(x) };
    },
    inverse(z) {
      const blocks = reshape(z, [z.shape[0], C, f, f, H / f, W / f]); // [n, c, a, b, i, j]
      const moved = permute(blocks, [0, 1, 4, 2, 5, 3]); // [n, c, i, a, j, b]
      return { x: reshape(moved, [z.shape[0], C, H, W]), logDet: zeroLogDet(z) };
    },
  });
}

/** Rebuilds squeezeImage from its definition. */
export const squeezeImageEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  /*#__PURE__*/ fieldsOfBoth(imageFields, { factor: size }),
  squeezeImage,
);
