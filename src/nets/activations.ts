import { silu } from "../autograd/ops/activation.ts";
import { softplus, tanh } from "../autograd/ops/exponential.ts";
import type { Operand } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import * as elementary from "../tensor/kernels/elementary.ts";

/** The nonlinearities that nets know. All are smooth, so that the densities they shape are, too. */
export type Activation = "tanh" | "silu" | "softplus";

/** A nonlinearity as an op on tensors, and number by number for loops of our own; both give the same bits. */
export interface ActivationFunction {
  readonly op: (x: Operand) => Variable;
  readonly value: (x: number) => number;
}

const ACTIVATIONS: Readonly<Record<Activation, ActivationFunction>> = {
  tanh: { op: tanh, value: elementary.tanh },
  silu: { op: silu, value: (x) => x * elementary.sigmoid(x) },
  softplus: { op: softplus, value: elementary.softplus },
};

/** The nonlinearity of that name. Throws DomainError, in the name of the operation, for any other name. */
export function activationOf(operation: string, name: Activation): ActivationFunction {
  if (typeof name !== "string" || !Object.hasOwn(ACTIVATIONS, name)) {
    const known = Object.keys(ACTIVATIONS).join(", ");
    const came = typeof name === "string" ? name : describeValue(name);
    throw new DomainError(`${operation}: the activation is one of ${known}; got ${came}`);
  }
  return ACTIVATIONS[name];
}
