import { broadcastTo, reshape } from "../autograd/ops/broadcast.ts";
import { Variable } from "../autograd/variable.ts";

/** log|det J| = 0 for each of the B points: what layers that only move coordinates return. [B] */
export function zeroLogDet(batch: number): Variable {
  return new Variable(new Float64Array(batch), [batch]);
}

/** A log-det that does not depend on the point, one per point: [] → [B]. */
export function constantLogDet(logDet: Variable, batch: number): Variable {
  return broadcastTo(reshape(logDet, [1]), [batch]);
}
