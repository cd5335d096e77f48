import { applicationsBehind, grad } from "../autograd/grad.ts";
import { firstNonFinite, NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { Parameter, type Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Throws NonFiniteError if an element of the data is NaN or infinite. */
export function checkData(operation: string, name: string, x: Tensor): void {
  const index = firstNonFinite(x);
  if (index === null) return;
  const place = `${name}${formatShape(index)}`;
  throw new NonFiniteError(`${operation}: data must be finite; ${place} = ${x.at(...index)}`, { op: name, index });
}

/** Throws NonFiniteError if a parameter of the flow is NaN or infinite before the first step. */
export function checkParameters(operation: string, flow: Flow): void {
  for (const [name, parameter] of flow.named()) {
    const index = firstNonFinite(parameter);
    if (index === null) continue;
    const came = `parameter ${name}${formatShape(index)} = ${parameter.at(...index)} before step 1`;
    throw new NonFiniteError(`${operation}: parameters must be finite; ${came}`, {
      op: `parameter ${name}`,
      index,
      step: 1,
    });
  }
}

/**
 * The error for a loss or gradient that is not finite: names the first parameter or operation, in the order in which
 * things were computed, whose value is not. A gradient is computed once more with its graph recorded, to find its op.
 */
export function blame(loss: Variable, named: ReadonlyMap<string, Parameter>, step: number): NonFiniteError {
  const gradients = (): Variable[] => grad(loss, [...named.values()], { createGraph: true });
  return (
    firstCulprit(loss, named, step, "") ??
    gradients().reduce<NonFiniteError | null>(
      (found, g) => found ?? firstCulprit(g, named, step, "the gradient of "),
      null,
    ) ??
    new NonFiniteError(`train: loss and gradients must be finite; step ${step}`, { op: "train", index: [], step })
  );
}

function firstCulprit(
  y: Variable,
  named: ReadonlyMap<string, Parameter>,
  step: number,
  what: string,
): NonFiniteError | null {
  const names = new Map([...named].map(([name, parameter]): [Tensor, string] => [parameter, name]));
  const describe = (op: string, x: Tensor, index: number[]): NonFiniteError =>
    new NonFiniteError(
      `train: loss and gradients must be finite; ${what}${op} gave ${x.at(...index)} at ${formatShape(index)} in step ${step}`,
      { op, index, step },
    );
  for (const { inputs, outputs, rule } of applicationsBehind(y)) {
    for (const input of inputs) {
      const index = input instanceof Parameter ? firstNonFinite(input) : null;
      if (index !== null) return describe(`parameter ${names.get(input) ?? (input as Parameter).name}`, input, index);
    }
    for (const output of outputs) {
      const index = firstNonFinite(output);
      if (index !== null) return describe(rule.name, output, index);
    }
  }
  return null;
}
