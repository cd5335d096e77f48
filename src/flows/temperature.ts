import { add, mul, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo } from "../autograd/ops/broadcast.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkRange } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How points of a flow are drawn. */
export interface SampleOptions {
  /**
   * T ≥ 0, by which the width of the base is multiplied: z = μ + T·(z₁ − μ), z₁ drawn from the base, μ where that lies. Below 1 points are more typical and less
   * varied, at 0 all are f⁻¹(μ). 1 by default: the flow as it is.
   */
  readonly temperature?: number;
}

/**
 * T, once it is known that the base can be made wider or narrower, or that it need not be. Throws DomainError.
 *
 * A normal, logistic, Laplace or Student distribution with its scale multiplied by T is one of the same kind. Of a mixture that would be another
 * mixture, that falls apart into its components as T → 0; of a box, one that a flow which ends at its edges may not map any more: both are refused.
 */
export function temperatureOf(operation: string, base: Distribution, options: SampleOptions | undefined): number {
  if (options === undefined) return 1;
  checkOptions(operation, options, { temperature: true });
  const { temperature = 1 } = options;
  checkRange(operation, "temperature", temperature, 0, Number.POSITIVE_INFINITY);
  if (temperature === 1 || base.location !== undefined) return temperature;
  throw new DomainError(
    `${operation}: a temperature takes a base with a location, normal, logistic, laplace or studentT; got ${describeValue(base)}`,
  );
}

/**
 * μ + T·(z − μ), [n, ...eventShape], for draws z of the base.
 *
 * Reference: Kingma & Dhariwal (2018), https://arxiv.org/abs/1807.03039, who draw images so, with T = 0.7. They write p(x)^(T²); a normal base T times as
 * wide makes it p(x)^(1/T²), where the log-det is the same everywhere, and something else with other layers.
 */
export function atTemperature(T: number, base: Distribution, z: Tensor, context: Tensor | undefined): Tensor {
  if (T === 1 || base.location === undefined) return z;
  const mu = base.location(context);
  return T === 0 ? broadcastTo(mu, z.shape) : add(mul(sub(z, mu), T), mu); // 0·∞ would be NaN
}
