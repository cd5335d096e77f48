// z = (x − μ)·exp(−log σ), with one μ and one σ for each coordinate or channel, set by the first data that come.
import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape, sum } from "../../autograd/ops/broadcast.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { permute } from "../../autograd/ops/rearrange.ts";
import { parameter, type Variable } from "../../autograd/variable.ts";
import { type Kind, kind, kindBy, type Place, size } from "../../tensor/definitions/reading.ts";
import { log } from "../../tensor/kernels/elementary.ts";
import { checkShape, sizeOf } from "../../tensor/shape.ts";
import { Tensor, tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type ImageSizes, imageFields, imageShape } from "../dimensions.ts";
import { layer } from "../layer.ts";
import { constantLogDet } from "../logDet.ts";
import { columnStatistics } from "./statistics.ts";

// B batch; D coordinates, or C channels of H·W pixels

/** What {@link actNorm} takes: the number of coordinates, or the sizes of an image. */
export type ActNormOptions = ({ readonly dimensions: number } | ImageSizes) & {
  /** Whether μ and log σ are known already, so that `initialize` leaves them alone; false by default. */
  readonly initialized?: boolean;
};

/**
 * z = (x − μ)·exp(−log σ), coordinate by coordinate, with μ and log σ learned; images have one μ and one σ per channel.
 *
 * Log-det: −Σ log σ, the same at every point; H·W times that for images. Inverse: x = z·exp(log σ) + μ.
 * Parameters: μ and log σ, unconstrained; they start at 0, and `initialize` sets them to the mean and the population
 * standard deviation of the data (of a channel, over all pixels of all images), so that z starts standardised.
 * Smoothness: C∞ (affine). Cost: O(D) both ways. Throws DomainError when initialized with a constant column or channel.
 * Reference: Kingma & Dhariwal (2018), https://arxiv.org/abs/1807.03039; they write z = s·x + b.
 */
export function actNorm(options: ActNormOptions): Bijection {
  const shape = "dimensions" in options ? checkShape("actNorm", [options.dimensions]) : imageShape("actNorm", options);
  const [C, ...places] = shape; // D coordinates are D channels of one pixel each
  const image = places.length > 0;
  const mu = parameter(zeros([C]), "shift");
  const logSigma = parameter(zeros([C]), "logScale");
  const buffers = new Map([["initialized", tensor(options.initialized ? 1 : 0)]]);

  /** One number per channel, in a shape that stretches over the pixels. */
  const perChannel = (values: Variable): Variable => (image ? reshape(values, [C, 1, 1]) : values);
  const volume = (): Variable => mul(sum(logSigma), sizeOf(places)); // H·W·Σ log σ
  return layer({
    shape,
    parameters: [mu, logSigma],
    buffers,
    definition: {
      type: "actNorm",
      ...(image ? { channels: C, height: shape[1], width: shape[2] } : { dimensions: C }),
    },
    forward: (x) => ({
      z: mul(sub(x, perChannel(mu)), perChannel(exp(neg(logSigma)))),
      logDet: constantLogDet(neg(volume()), x),
    }),
    inverse: (z) => ({
      x: add(mul(z, perChannel(exp(logSigma))), perChannel(mu)),
      logDet: constantLogDet(volume(), z),
    }),
    initialize(x) {
      if (buffers.get("initialized")?.item() === 1) return;
      const pixels = x.shape[0] * sizeOf(places);
      const { mean, deviation } = image
        ? columnStatistics("actNorm", reshape(permute(x, [0, 2, 3, 1]), [pixels, C]), ["channel", "pixels"])
        : columnStatistics("actNorm", x);
      mu.assign(mean);
      logSigma.assign(new Tensor(deviation.data.map(log), [C]));
      buffers.set("initialized", tensor(1));
    },
  });
}

export const actNormEntry: Kind<Bijection> = /*#__PURE__*/ kindBy("dimensions", {
  present: /*#__PURE__*/ kind({ dimensions: size }, (sizes, at) =>
    actNorm({ ...sizes, initialized: initialized(at, sizes.dimensions) }),
  ),
  absent: /*#__PURE__*/ kind(imageFields, (sizes, at) =>
    actNorm({ ...sizes, initialized: initialized(at, sizes.channels) }),
  ),
});

/** Whether an actNorm of C channels had been initialized. */
function initialized(at: Place, C: number): boolean {
  at.claim(2 * C + 1);
  const flag = at.buffer("initialized", []).item();
  if (flag !== 0 && flag !== 1) throw at.refusal(`needs a buffer initialized of 0 or 1; got ${flag}`);
  return flag === 1;
}
