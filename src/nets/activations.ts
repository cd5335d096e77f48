import { relu, silu } from "../autograd/ops/activation.ts";
import { affineMap } from "../autograd/ops/affineMap.ts";
import { softplus, tanh } from "../autograd/ops/exponential.ts";
import type { Operand } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { oneOf, type Reader } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import * as elementary from "../tensor/kernels/elementary.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The nonlinearities that nets know. All but relu are smooth, so that the densities they shape are, too. */
export type Activation = "tanh" | "silu" | "softplus" | "relu";

/** A nonlinearity as an op on tensors, and number by number for loops of our own; both give the same bits. */
export interface ActivationFunction {
  readonly op: (x: Operand) => Variable;
  /** act(x Wᵀ + b): a hidden layer. */
  readonly ofMap: (x: Tensor, weight: Tensor, bias: Tensor) => Variable;
  readonly value: (x: number) => number;
}

/** x·sigmoid(x), which is 0 at −∞. */
function siluOf(x: number): number {
  return x === Number.NEGATIVE_INFINITY ? 0 : x * elementary.sigmoid(x);
}

const ACTIVATIONS: Readonly<Record<Activation, ActivationFunction>> = {
  tanh: {
    op: tanh,
    ofMap: (x, weight, bias) => affineMap(x, weight, bias, "tanh"),
    value: elementary.tanh,
  },
  silu: { op: silu, ofMap: (...map) => silu(affineMap(...map)), value: siluOf },
  softplus: { op: softplus, ofMap: (...map) => softplus(affineMap(...map)), value: elementary.softplus },
  relu: { op: relu, ofMap: (...map) => relu(affineMap(...map)), value: (x) => (x <= 0 ? 0 : x) },
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

/** The name of an activation, in definitions. */
export const activation: Reader<Activation> = /*#__PURE__*/ oneOf("tanh", "silu", "softplus", "relu");
