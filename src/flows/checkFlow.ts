import { DomainError, describeValue } from "../tensor/errors.ts";
import { Flow } from "./flow.ts";

/** The value, if it is a Flow, or has what training asks of one. Throws DomainError in the name of the operation. */
export function checkFlow(operation: string, flow: unknown): Flow {
  if (flow instanceof Flow) return flow;
  const { logProb, named, parameters, bijection } = (flow ?? {}) as Partial<Flow>;
  const methods = typeof logProb === "function" && typeof named === "function";
  if (methods && Array.isArray(parameters) && typeof bijection === "object") return flow as Flow;
  throw new DomainError(`${operation}: flow must be a Flow, as new Flow(base, bijection); got ${describeValue(flow)}`);
}
