import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape, sum } from "../../autograd/ops/broadcast.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { permute } from "../../autograd/ops/shape.ts";
import { parameter, type Variable } from "../../autograd/variable.ts";
import { log } from "../../tensor/kernels/elementary.ts";
import { checkBatch, checkShape, sizeOf } from "../../tensor/shape.ts";
import { Tensor, tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type ImageSizes, imageShape } from "../dimensions.ts";
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
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: [mu, logSigma],
    buffers,
    definition: { type: "actNorm", ...("dimensions" in options ? { dimensions: C } : sizesOf(shape)) },
    cost: { forward: "parallel", inverse: "parallel" },
    initialize(x) {
      const B = checkBatch("actNorm", x.shape, shape);
      if (buffers.get("initialized")?.item() === 1) return;
      const { mean, deviation } = image
        ? columnStatistics("actNorm", reshape(permute(x, [0, 2, 3, 1]), [B * sizeOf(places), C]), ["channel", "pixels"])
        : columnStatistics("actNorm", x);
      mu.assign(mean);
      logSigma.assign(new Tensor(deviation.data.map(log), [C]));
      buffers.set("initialized", tensor(1));
    },
    forward(x) {
      const B = checkBatch("actNorm", x.shape, shape);
      const z = mul(sub(x, perChannel(mu)), perChannel(exp(neg(logSigma))));
      return { z, logDet: constantLogDet(neg(volume()), B) };
    },
    inverse(z) {
      const B = checkBatch("actNorm", z.shape, shape);
      const x = add(mul(z, perChannel(exp(logSigma))), perChannel(mu));
      return { x, logDet: constantLogDet(volume(), B) };
    },
  };
}

/** The sizes of an image, by name. */
function sizesOf([channels, height, width]: readonly number[]): { channels: number; height: number; width: number } {
  return { channels, height, width };
}
