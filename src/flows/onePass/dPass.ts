import type { MaskedMlp } from "../../nets/maskedMlp.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";
import type { InverseResult } from "../bijection.ts";
import type { Element } from "../elements/element.ts";

/**
 * x with z_i = element(x_i; net_i(x)), by running the whole net D times: after k passes the coordinates of depth below
 * k are what they should be, because all that they depend on is.
 *
 * What one pass is measured against, in tests and benchmarks: the same x, the same gradients, and D times the cost.
 */
export function dPassInverse(net: MaskedMlp, element: Element, z: Tensor, context?: Tensor): InverseResult {
  let result = element.inverse(z, net.apply(zeros(z.shape), context));
  for (let pass = 1; pass < net.dimensions; pass++) result = element.inverse(z, net.apply(result.x, context));
  return result;
}
