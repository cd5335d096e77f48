import { Flow } from "../flows/flow.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";

/** The value, if it is a Flow. Throws DomainError in the name of the operation. */
export function checkFlow(operation: string, flow: unknown): Flow {
  if (flow instanceof Flow) return flow;
  throw new DomainError(`${operation}: flow must be a Flow, as new Flow(base, bijection); got ${describeValue(flow)}`);
}
