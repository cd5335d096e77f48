import { add, div, mul, sub } from "../../autograd/ops/arithmetic.ts";
import { Variable } from "../../autograd/variable.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { log } from "../../tensor/kernels/elementary.ts";
import { checkBatch, formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { constantLogDet } from "../logDet.ts";
import { columnStatistics } from "./statistics.ts";

/**
 * z = (x − mean)/deviation, with the mean and population standard deviation of each column of the given data [N, D].
 *
 * As the first layer of a flow it lets the rest see standardised data, while log-likelihoods stay in the units of x.
 *
 * Log-det: −Σ ln deviation. Inverse: x = z·deviation + mean. Parameters: none; the statistics are buffers.
 * Smoothness: C∞ (affine). Cost: O(D) both ways. Throws ShapeError unless the data is a matrix, DomainError for no rows
 * and for a constant column.
 * Reference: Papamakarios, Pavlakou & Murray (2017), §4.2, standardise their data sets so, outside the model.
 */
export function standardization(data: Tensor): Bijection {
  if (data.rank !== 2) throw new ShapeError(`standardization: data must be [N,D]; got ${formatShape(data.shape)}`);
  return standardizationBy(columnStatistics("standardization", data));
}

/** A standardization by statistics [D] that are known already: finite means, and positive deviations. */
export function standardizationBy({
  mean,
  deviation,
}: {
  readonly mean: Tensor;
  readonly deviation: Tensor;
}): Bijection {
  const shape = mean.shape;
  const logDeviation = deviation.data.reduce((total, value) => total + log(value), 0);
  const volume = (sign: 1 | -1): Variable => new Variable(Float64Array.of(sign * logDeviation), []);
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: [],
    buffers: new Map([
      ["mean", mean],
      ["deviation", deviation],
    ]),
    definition: { type: "standardization", dimensions: shape[0] },
    cost: { forward: "parallel", inverse: "parallel" },
    forward(x) {
      const B = checkBatch("standardization", x.shape, shape);
      return { z: div(sub(x, mean), deviation), logDet: constantLogDet(volume(-1), B) };
    },
    inverse(z) {
      const B = checkBatch("standardization", z.shape, shape);
      return { x: add(mul(z, deviation), mean), logDet: constantLogDet(volume(1), B) };
    },
  };
}
