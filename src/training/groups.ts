// Which parameters are trained, and what differs between them.

import type { Parameter } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { checkRange } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";

/** A number for a parameter, by its name and itself. */
export type NumberOf = (name: string, parameter: Parameter) => number;

/** The parameters that are trained, by the names of `flow.named()`: all that `freeze` does not hold. Throws DomainError if it answers anything but true or false, or holds all. */
export function trainedOf(
  operation: string,
  flow: Flow,
  freeze: ((name: string, parameter: Parameter) => boolean) | undefined,
): ReadonlyMap<string, Parameter> {
  const named = flow.named();
  if (freeze === undefined) return named;
  const trained = new Map<string, Parameter>();
  for (const [name, parameter] of named) {
    const frozen: unknown = freeze(name, parameter);
    if (frozen === false) trained.set(name, parameter);
    else if (frozen !== true) {
      throw new DomainError(
        `${operation}: freeze must answer true or false; it gave ${describeValue(frozen)} for ${name}`,
      );
    }
  }
  if (trained.size > 0) return trained;
  throw new DomainError(`${operation}: freeze must leave a parameter to train; it holds all ${named.size}`);
}

/** The function, asked by the names that parameters have in a flow, whatever an optimiser calls them; a number is left as it is. */
export function byNameInFlow<Setting extends number | NumberOf>(
  setting: Setting,
  trained: ReadonlyMap<string, Parameter>,
): Setting | NumberOf {
  if (typeof setting !== "function") return setting;
  const names = new Map([...trained].map(([name, parameter]) => [parameter, name]));
  return (name, parameter) => setting(names.get(parameter) ?? name, parameter);
}

/** The number for each parameter. Throws DomainError unless all are finite and ≥ 0. */
export function numbersFor(
  operation: string,
  option: string,
  setting: number | NumberOf,
  parameters: readonly Parameter[],
): number[] {
  if (typeof setting !== "function") {
    checkRange(operation, option, setting, 0, Number.POSITIVE_INFINITY);
    return parameters.map(() => setting);
  }
  return parameters.map((parameter, k) => {
    const name = parameter.name || `parameter ${k}`;
    const value = setting(name, parameter);
    checkRange(operation, `what ${option} gives for ${name}`, value, 0, Number.POSITIVE_INFINITY);
    return value;
  });
}
