import { checkFunction, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { reshape } from "./ops/broadcast.ts";
import { forDifferentiation, withRecording } from "./rule.ts";
import { Variable } from "./variable.ts";

/** A function at a point where it is going to be differentiated. */
export interface Evaluation {
  /** The point, a Variable of its own: if f uses the x that it was made of in another way as well, that is not its argument. */
  readonly point: Variable;
  readonly y: Variable;
}

/** f(x), recorded. Throws DomainError, in the name of the operation, for an x that is no Tensor and an f(x) that is no Variable. */
export function evaluate(operation: string, f: (x: Variable) => Variable, x: Tensor): Evaluation {
  checkTensor(operation, "x", x);
  checkFunction(operation, "f", f);
  const point = withRecording(true, () => reshape(x, x.shape));
  const y = forDifferentiation(() => f(point));
  if (!(y instanceof Variable)) {
    throw new DomainError(
      `${operation}: f must return a Variable, which ops make of its argument; got ${describeValue(y)}`,
    );
  }
  return { point, y };
}
