import { broadcastTo, reshape } from "../autograd/ops/broadcast.ts";
import { Variable } from "../autograd/variable.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** log|det J| = 0 for each of the B points x: what layers that only move coordinates return. [B] */
export function zeroLogDet(x: Tensor): Variable {
  return new Variable(new Float64Array(x.shape[0]), [x.shape[0]]);
}

/** A log-det that does not depend on the point, once for each of the B points x: [] → [B]. */
export function constantLogDet(logDet: Variable, x: Tensor): Variable {
  return broadcastTo(reshape(logDet, [1]), [x.shape[0]]);
}
