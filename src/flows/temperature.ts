import type { Distribution } from "../distributions/distribution.ts";
import { hasWidth } from "../distributions/drawAt.ts";
import { checkRange } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";

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
 * A normal, logistic, Laplace or Student distribution with its scale multiplied by T is one of the same kind. In a mixture each component gets narrower by itself, with the weight
 * that it has. A box would become one that a flow which ends at its edges may not map any more: it is refused, alone and in a mixture.
 */
export function temperatureOf(operation: string, base: Distribution, options: SampleOptions | undefined): number {
  if (options === undefined) return 1;
  checkOptions(operation, options, { temperature: true });
  const { temperature = 1 } = options;
  checkRange(operation, "temperature", temperature, 0, Number.POSITIVE_INFINITY);
  if (temperature === 1 || hasWidth(base)) return temperature;
  throw new DomainError(
    `${operation}: a temperature takes a base with a location, normal, logistic, laplace or studentT, or a mixture of them; got ${describeValue(base)}`,
  );
}
