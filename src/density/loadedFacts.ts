import type { Flow } from "../flows/flow.ts";
import type { ModelExtra } from "../io/files/flowFile.ts";
import { numberedNames } from "../io/tables/names.ts";
import { DomainError } from "../tensor/errors.ts";
import { Coordinates } from "./coordinates.ts";
import type { DensityFacts } from "./densityFile.ts";

/** The facts about a flow that was saved by itself. */
export function plainFacts(flow: Flow, extra: ModelExtra): DensityFacts {
  const columns = namesOr(extra.columns, flow.bijection.dataShape[0], "c", []);
  const conditions = namesOr(extra.conditions, flow.context, "given", columns);
  return {
    columns: columns.map((name) => ({ name, type: { kind: "real" }, mean: 0, deviation: 1 })),
    conditions: conditions.map((name) => ({ name, mean: 0, deviation: 1, labels: null })),
    ...{ constants: [], inputs: [...columns, ...conditions], calibration: null, notes: [], choice: null },
  };
}

/** Names that were saved, if there is one for each and none comes twice; numbered ones otherwise. */
function namesOr(names: unknown, count: number, prefix: string, taken: readonly string[]): string[] {
  const texts = Array.isArray(names) && names.every((name) => typeof name === "string") ? (names as string[]) : [];
  const known = texts.length === count && new Set([...texts, ...taken]).size === count + taken.length;
  return known ? texts : numberedNames(count).map((name) => name.replace("c", prefix));
}

/** The facts, if they go with the flow. */
export function checkedFacts(facts: DensityFacts, flow: Flow): DensityFacts {
  const { columns, conditions } = facts;
  const { context } = new Coordinates(columns, conditions);
  if (columns.length === flow.bijection.dataShape[0] && context === flow.context) return facts;
  throw new DomainError(
    `DensityModel.load: the columns must be those of the flow, ${flow.bijection.dataShape[0]} and ${flow.context} numbers of context; got ${columns.length} and ${context}`,
  );
}
