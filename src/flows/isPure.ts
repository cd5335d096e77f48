import { Flow } from "./flow.ts";
import { arePure } from "./pureParts.ts";

/** Whether a flow does the same ops whatever the values are: its parts do, and its density is that of all flows. */
export function isPure(flow: Flow): boolean {
  return flow.logProb === Flow.prototype.logProb && arePure(flow.parts);
}
