// z = (e_1, …, e_L) with (e_k, h_k) = g_k(h_{k−1}), h_0 = x: log|det J| = Σ_k log|det J_{g_k}|.

import { contextFor } from "../../autograd/context.ts";
import { add } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/broadcast.ts";
import { concat, split } from "../../autograd/ops/rearrange.ts";
import type { Variable } from "../../autograd/variable.ts";
import { type Kind, kind } from "../../tensor/definitions/reading.ts";
import { definitionOf } from "../../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { asBijection } from "../asBijection.ts";
import type { Bijection } from "../bijection.ts";
import { readLayers } from "../compose.ts";
import { asLayer, layer } from "../layer.ts";
import { zeroLogDet } from "../logDet.ts";

// B batch, D numbers in one point, n coordinates of a vector or channels of an image, L scales

/** What {@link multiScale} takes. */
export interface MultiScaleOptions {
  /** g_1 … g_L, in order of application; each takes what the one before it left. */
  readonly scales: readonly Bijection[];
}

/**
 * (e_k, h_k) = g_k(h_{k−1}) for k = 1 … L − 1, e_L = g_L(h_{L−1}), h_0 = x;  z = (e_1, …, e_L), flattened, [D].
 *
 * After every scale but the last, the first ⌈n/2⌉ coordinates (of images: channels) are emitted into z, and the others go
 * on: later scales cost less, and what is left to them is the coarser part of the image.
 *
 * Log-det: Σ_k log|det J_{g_k}|; emitting only moves coordinates. Inverse: from the last scale to the first, h_{k−1} =
 * g_k⁻¹(e_k, h_k); nothing is lost and nothing drawn anew. Parameters: those of the scales.
 * Smoothness: that of the scales. Cost: the sum of the scales'.
 * Throws DomainError for no scales, ShapeError where a scale does not fit what the one before leaves, or is left nothing.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §3.6, https://arxiv.org/abs/1605.08803; with the
 * first half of the channels emitted.
 *
 * @example
 * const squeeze = squeezeImage({ channels: 1, height: 4, width: 4 });
 * squeeze.latentShape; // [4, 2, 2], of which the first two channels are emitted
 * multiScale({ scales: [squeeze, actNorm({ channels: 2, height: 2, width: 2 })] }).latentShape; // [16]
 */
export function multiScale(options: MultiScaleOptions): Bijection {
  checkOptions("multiScale", options, { scales: true });
  const { scales } = options;
  const parts = emittedParts(scales);
  const checked = scales.map(asLayer);
  const last = scales.length - 1;
  const [{ dataShape }] = scales;
  const sizes = parts.map(sizeOf);
  const latentShape = [sizeOf(dataShape)];

  /** What scale k gives, cut into what is emitted and what goes on; the last scale's is emitted whole. */
  const cut = (h: Variable, k: number): Variable[] => {
    const emitted = parts[k][0];
    return k === last ? [h] : split(h, [emitted, h.shape[1] - emitted], 1);
  };
  return layer({
    shape: dataShape,
    latentShape,
    parts: scales,
    definition: { type: "multiScale", scales: scales.map((scale) => definitionOf(scale)) },
    forward(x, context) {
      let h: Tensor = x;
      let logDet = zeroLogDet(x);
      const emitted = checked.map((scale, k) => {
        const step = scale.forward(h, contextFor(scale, context));
        logDet = add(logDet, step.logDet);
        const [part, rest] = cut(step.z, k);
        h = rest;
        return reshape(part, [x.shape[0], sizes[k]]);
      });
      return { z: concat(emitted, 1), logDet };
    },
    inverse(z, context) {
      const emitted = split(z, sizes, 1).map((part, k) => reshape(part, [z.shape[0], ...parts[k]]));
      let { x, logDet } = checked[last].inverse(emitted[last], contextFor(checked[last], context));
      for (let k = last - 1; k >= 0; k--) {
        const step = checked[k].inverse(concat([emitted[k], x], 1), contextFor(checked[k], context));
        x = step.x;
        logDet = add(logDet, step.logDet);
      }
      return { x, logDet };
    },
  });
}

/** The shape of what each scale emits. Throws unless the scales fit together. */
function emittedParts(scales: readonly Bijection[]): Shape[] {
  if (!Array.isArray(scales) || scales.length === 0) {
    throw new DomainError(`multiScale: scales are a list of at least one layer; got ${describeValue(scales)}`);
  }
  return Array.from(scales, (scale, k) => asBijection("multiScale", `scale ${k}`, scale)).map(({ latentShape }, k) => {
    if (k === scales.length - 1) return latentShape;
    const [n, ...rest] = latentShape;
    const emitted = Math.ceil(n / 2);
    const left = [n - emitted, ...rest];
    if (emitted === n) {
      throw new ShapeError(
        `multiScale: a scale must leave something to the next; scale ${k} gives ${formatShape(latentShape)}`,
      );
    }
    if (!sameShape(left, scales[k + 1].dataShape)) {
      throw new ShapeError(
        `multiScale: scales must fit; scale ${k} leaves ${formatShape(left)}, scale ${k + 1} takes ${formatShape(scales[k + 1].dataShape)}`,
      );
    }
    return [emitted, ...rest];
  });
}

/** Rebuilds multiScale from its definition. */
export const multiScaleEntry: Kind<Bijection> = /*#__PURE__*/ kind({ scales: readLayers }, multiScale);
