// z = (x − mean)/deviation, with the mean and the deviation of the data: log|det J| = −Σ ln deviation_i.

import { Variable } from "../../autograd/variable.ts";
import { checkVaries, columnStatistics } from "../../tensor/columnStatistics.ts";
import { type Kind, kind } from "../../tensor/definitions/reading.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { formatShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { pointShape, readDimensions } from "../dimensions.ts";
import { layerWith } from "../layer.ts";
import { constantLogDet } from "../logDet.ts";
import { Statistics } from "../statistics.ts";
import type { PointwiseOptions } from "./pointwise.ts";

// N rows of D columns, or images of C channels

/**
 * z = (x − mean)/deviation, with the mean and population standard deviation of each column of the given data [N, D], or of the data that
 * come first: `standardization({ dimensions })` is the identity until `initialize` has seen some; images have one of each per channel.
 *
 * As the first layer of a flow it lets the rest see standardised data, in whatever unit they come, while log-likelihoods stay in the units
 * of x. Recipes begin with it or with an `actNorm`, which does the same and learns on.
 *
 * Log-det: −Σ ln deviation, of images H·W times that. Inverse: x = z·deviation + mean. Parameters: none; the statistics are buffers.
 * Smoothness: C∞ (affine). Cost: O(D) both ways. Throws ShapeError unless the data is a matrix, DomainError for no rows
 * and for a constant column.
 * Reference: Papamakarios, Pavlakou & Murray (2017), §4.2, standardise their data sets so, outside the model.
 *
 * @example
 * standardization(tensor([[1, 10], [3, 30]])).forward(tensor([[2, 40]])); // { z: [[0, 2]], logDet: [-2.30259] }
 */
export function standardization(data: Tensor | PointwiseOptions): Bijection {
  if (!(data instanceof Tensor)) checkOptions("standardization", data, { dimensions: true });
  const dimensions = data instanceof Tensor ? data.shape[1] : data.dimensions;
  if (data instanceof Tensor && data.rank !== 2) {
    throw new ShapeError(`standardization: data must be [N,D]; got ${formatShape(data.shape)}`);
  }
  const shape = pointShape("standardization", dimensions);
  const statistics = new Statistics("standardization", shape);
  if (data instanceof Tensor)
    statistics.set(checkVaries("standardization", columnStatistics("standardization", data), data));
  const volume = (sign: 1 | -1): Variable => new Variable(Float64Array.of(sign * statistics.logDeviation), []);
  return layerWith(
    { "": statistics },
    {
      shape,
      definition: { type: "standardization", dimensions },
      forward: (x) => ({ z: statistics.forward(x), logDet: constantLogDet(volume(-1), x) }),
      inverse: (z) => ({ x: statistics.inverse(z), logDet: constantLogDet(volume(1), z) }),
    },
  );
}

/** Rebuilds standardization from its definition. */
export const standardizationEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions },
  (options, at) => {
    at.buffer("mean", pointShape("standardization", options.dimensions).slice(0, 1)); // no larger than what is there
    return standardization(options);
  },
);
