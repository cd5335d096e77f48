// z = (x − mean)/deviation, with the mean and the deviation of given data: log|det J| = −Σ ln deviation_i.
import { add, div, mul, sub } from "../../autograd/ops/arithmetic.ts";
import { Variable } from "../../autograd/variable.ts";
import { type Kind, kind, type Place, size } from "../../tensor/definitions/reading.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { log } from "../../tensor/kernels/elementary.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { layer } from "../layer.ts";
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

/** Finite means [D] and positive deviations [D]. */
interface Statistics {
  readonly mean: Tensor;
  readonly deviation: Tensor;
}

/** A standardization by statistics that are known already. */
function standardizationBy({ mean, deviation }: Statistics): Bijection {
  const logDeviation = deviation.data.reduce((total, value) => total + log(value), 0);
  const volume = (sign: 1 | -1): Variable => new Variable(Float64Array.of(sign * logDeviation), []);
  return layer({
    shape: mean.shape,
    buffers: new Map(Object.entries({ mean, deviation })),
    definition: { type: "standardization", dimensions: mean.size },
    forward: (x) => ({ z: div(sub(x, mean), deviation), logDet: constantLogDet(volume(-1), x) }),
    inverse: (z) => ({ x: add(mul(z, deviation), mean), logDet: constantLogDet(volume(1), z) }),
  });
}

/** Rebuilds {@link standardization} from its definition; its statistics are buffers. */
export const standardizationEntry: Kind<Bijection> = /*#__PURE__*/ kind({ dimensions: size }, ({ dimensions: D }, at) =>
  standardizationBy(statisticsAt(at, D)),
);

function statisticsAt(at: Place, D: number): Statistics {
  at.claim(2 * D);
  const [mean, deviation] = [at.buffer("mean", [D]), at.buffer("deviation", [D])];
  const fine = mean.data.every(Number.isFinite) && deviation.data.every((value) => value > 0 && Number.isFinite(value));
  if (D < 1 || !fine) throw at.refusal("needs finite means and positive deviations of at least one column");
  return { mean, deviation };
}
