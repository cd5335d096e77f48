import { Flow } from "../flows/flow.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";

// What the functions of training ask of their arguments. All of these throw DomainError in the name of the operation.

/** The value, if it is a Flow. */
export function checkFlow(operation: string, flow: unknown): Flow {
  if (flow instanceof Flow) return flow;
  throw new DomainError(`${operation}: flow must be a Flow, as new Flow(base, bijection); got ${describeValue(flow)}`);
}

/** The value, if it is a Tensor. */
export function checkTensor(operation: string, name: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new DomainError(`${operation}: ${name} must be a Tensor, as tensor(…) makes it; got ${describeValue(value)}`);
}

/** A number with low ≤ value < high. */
export function checkRange(operation: string, name: string, value: unknown, low: number, high: number): void {
  if (typeof value === "number" && value >= low && value < high) return;
  const range = high === Number.POSITIVE_INFINITY ? `finite and ≥ ${low}` : `in [${low}, ${high})`;
  throw new DomainError(`${operation}: ${name} must be ${range}; got ${describeValue(value)}`);
}

/** A number above 0. */
export function checkPositive(operation: string, name: string, value: unknown): void {
  if (typeof value === "number" && value > 0) return;
  throw new DomainError(`${operation}: ${name} must be positive; got ${describeValue(value)}`);
}

/** true or false. */
export function checkFlag(operation: string, name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new DomainError(`${operation}: ${name} must be true or false; got ${describeValue(value)}`);
}

/** A function. */
export function checkFunction(operation: string, name: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new DomainError(`${operation}: ${name} must be a function; got ${describeValue(value)}`);
}
