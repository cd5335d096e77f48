// z = ((x − mean)/deviation − μ)·exp(−log σ), coordinate by coordinate or channel by channel: standardised, then learned.

import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape, sum } from "../../autograd/ops/broadcast.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { parameter, type Variable } from "../../autograd/variable.ts";
import { type Kind, kind, kindBy, size } from "../../tensor/definitions/reading.ts";
import { checkOptions } from "../../tensor/options.ts";
import { checkShape, sizeOf } from "../../tensor/shape.ts";
import { ones, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type ImageSizes, imageFields, imageShape } from "../dimensions.ts";
import { layerWith } from "../layer.ts";
import { constantLogDet } from "../logDet.ts";
import { Statistics } from "../statistics.ts";

// B batch; D coordinates, or C channels of H·W pixels

/** What {@link actNorm} takes: the number of coordinates, or the sizes of an image. */
export type ActNormOptions = ({ readonly dimensions: number } | ImageSizes) & {
  /** Whether `initialize` leaves the layer alone, since μ and log σ say all there is to say; false by default. */
  readonly initialized?: boolean;
};

/**
 * z = ((x − mean)/deviation − μ)·exp(−log σ), coordinate by coordinate, with μ and log σ learned; images have one of each per channel.
 *
 * Mean and deviation are those of the data that come first (of a channel, over all pixels of all images): `initialize` takes them, and z starts
 * standardised. They are buffers: training changes μ and log σ, which have no unit. Until there are data they are 0 and 1. Turned around by
 * `invert`, data come to the other side first, and it is there that they are standardised.
 *
 * Log-det: −Σ (log deviation + log σ), the same at every point; H·W times that for images.
 * Inverse: x = (z·exp(log σ) + μ)·deviation + mean. Parameters: μ and log σ, unconstrained; they start at 0.
 * Smoothness: C∞ (affine). Cost: O(D) both ways. Throws DomainError when initialized with a constant column or channel.
 * Reference: Kingma & Dhariwal (2018), https://arxiv.org/abs/1807.03039; they write z = s·x + b, and set s and b from the data.
 *
 * @example
 * const norm = actNorm({ dimensions: 2 });
 * norm.initialize?.(tensor([[1, 10], [3, 30]]));
 * norm.forward(tensor([[2, 40]])); // { z: [[0, 2]], logDet: [-2.30259] }, −ln 1 − ln 10
 */
export function actNorm(options: ActNormOptions): Bijection {
  checkOptions("actNorm", options, { dimensions: true, channels: true, height: true, width: true, initialized: true });
  const shape = "dimensions" in options ? checkShape("actNorm", [options.dimensions]) : imageShape("actNorm", options);
  const [C, ...places] = shape; // D coordinates are D channels of one pixel each
  const image = places.length > 0;
  const mu = parameter(zeros([C]), "shift");
  const logSigma = parameter(zeros([C]), "logScale");
  const ofData = new Statistics("actNorm", shape);
  const ofLatent = new Statistics("actNorm", shape);
  if (options.initialized) ofData.set({ mean: zeros([C]), deviation: ones([C]) });

  /** One number per channel, in a shape that stretches over the pixels. */
  const perChannel = (values: Variable): Variable => (image ? reshape(values, [C, 1, 1]) : values);
  /** H·W·Σ log σ + Σ log deviation */
  const volume = (): Variable => add(mul(sum(logSigma), sizeOf(places)), ofData.logDeviation - ofLatent.logDeviation);
  return layerWith(
    { "": ofData, "latent.": ofLatent },
    {
      shape,
      parameters: [mu, logSigma],
      definition: {
        type: "actNorm",
        ...(image ? { channels: C, height: shape[1], width: shape[2] } : { dimensions: C }),
      },
      forward(x) {
        const standard = ofData.forward(x, !ofLatent.known);
        const z = mul(sub(standard, perChannel(mu)), perChannel(exp(neg(logSigma))));
        return { z: ofLatent.inverse(z), logDet: constantLogDet(neg(volume()), x) };
      },
      inverse(z) {
        const standard = ofLatent.forward(z, !ofData.known);
        const x = add(mul(standard, perChannel(exp(logSigma))), perChannel(mu));
        return { x: ofData.inverse(x), logDet: constantLogDet(volume(), z) };
      },
    },
  );
}

/** Rebuilds actNorm from its definition. */
export const actNormEntry: Kind<Bijection> = /*#__PURE__*/ kindBy("dimensions", {
  present: /*#__PURE__*/ kind({ dimensions: size }, (sizes, at) => {
    at.claim(2 * sizes.dimensions);
    return actNorm(sizes);
  }),
  absent: /*#__PURE__*/ kind(imageFields, (sizes, at) => {
    at.claim(2 * sizes.channels);
    return actNorm(sizes);
  }),
});
