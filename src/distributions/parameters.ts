import { firstNonFinite } from "../autograd/ops/checkFinite.ts";
import { inspect } from "../autograd/recorder.ts";
import type { Operand } from "../autograd/rule.ts";
import { Parameter, Variable } from "../autograd/variable.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { broadcastShapes, formatShape, type Shape, unravel } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** The named parameters of a distribution: numbers, Tensors, or Variables into which gradients flow. */
export type Operands<Name extends string> = { readonly [K in Name]: Operand };

/** The parameters as Tensors, once they are known to be finite numbers. Throws DomainError. */
export function asParameters<Name extends string>(
  distribution: string,
  operands: Operands<Name>,
  names: readonly Name[],
): Record<Name, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const name of names) {
    const operand: unknown = operands?.[name];
    const x = typeof operand === "number" ? new Tensor(Float64Array.of(operand), []) : operand;
    if (!(x instanceof Tensor)) {
      throw new DomainError(`${distribution}: ${name} must be a number or a Tensor; got ${describeValue(operand)}`);
    }
    checkParameter(distribution, name, x);
    tensors[name] = x;
  }
  return tensors as Record<Name, Tensor>;
}

/** Throws DomainError unless every element is finite. */
function checkParameter(distribution: string, name: string, x: Tensor): void {
  const index = firstNonFinite(x);
  if (index === null) return;
  throw new DomainError(`${distribution}: ${name} must be finite; got ${x.at(...index)} at ${formatShape(index)}`);
}

/**
 * A scale, once all of its elements are known to be positive. Asked for at every use, because training may have assigned
 * it since. Throws DomainError.
 */
export function checkPositive(distribution: string, name: string, x: Tensor): Tensor {
  inspect([x], ({ data, shape }) => {
    const i = data.findIndex((value) => !(value > 0));
    if (i < 0) return;
    const place = formatShape(unravel(i, shape));
    throw new DomainError(`${distribution}: ${name} must be positive; got ${data[i]} at ${place}`);
  });
  return x;
}

/** The shape of one point: that of all the parameters together. Throws ShapeError. */
export function eventShapeOf(distribution: string, parameters: readonly Tensor[]): Shape {
  return parameters.reduce<Shape>((shape, x) => broadcastShapes(distribution, shape, x.shape), []);
}

/** Those that training may change. */
export function trainable(parameters: readonly Tensor[]): Parameter[] {
  return parameters.filter((x) => x instanceof Parameter);
}

/** An entropy or the like, as a number unless it depends on Variables. */
export function numberUnless(parameters: readonly Tensor[], value: Variable): number | Variable {
  return parameters.some((x) => x instanceof Variable) ? value : value.item();
}
