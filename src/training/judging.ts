import type { Flow } from "../flows/flow.ts";
import { withWeights } from "./averagedWeights.ts";
import { install } from "./bestWeights.ts";
import { evaluate } from "./evaluate.ts";
import type { Objective } from "./objectives.ts";
import type { Underway } from "./underway.ts";

/**
 * The objective on the validation rows, NaN without any; the weights are offered as the best. With averages of the weights, the lesser of
 * theirs and that of the weights themselves, either of which may be the best. If the weights fail because of the last step, that is taken back.
 *
 * Throws what the objective throws; averages at which the flow is not defined count as NaN. Throws DomainError if the objective assigns to a parameter.
 */
export function judge(flow: Flow, now: Underway, objective: Objective): number {
  const { heldOut, best, last, average, step } = now;
  if (heldOut === null) return Number.NaN;
  const value = last.guard(heldOut, () => evaluate(flow, heldOut, objective));
  const averages = average?.state().values ?? null;
  let averaged: number | null = null;
  if (averages !== null) {
    averaged = withWeights(last.parameters, averages, () => {
      try {
        return evaluate(flow, heldOut, objective);
      } catch (error) {
        if (last.isDefinedAt(heldOut)) throw error;
        return Number.NaN;
      }
    });
    last.checkOurs();
  }
  now.judged = step;
  best.offer({ value, averaged, averages }, step);
  return averaged === null || !(averaged < value || Number.isNaN(value)) ? value : averaged;
}

/**
 * However steps have ended without an error: the last weights are judged, and the best ones restored. Without validation rows the averages
 * are what the flow gets, if there are any and it is defined there. Returns whether it has averages now.
 */
export function conclude(flow: Flow, now: Underway, objective: Objective): "raw" | "averaged" {
  const { heldOut, best, last, average, batch } = now;
  last.checkOurs();
  try {
    if (now.judged < now.step) judge(flow, now, objective);
    if (best.step === null) last.check(batch);
  } finally {
    if (last.changedByOthers() === null) best.restore();
  }
  if (best.step !== null) return best.averaged ? "averaged" : "raw";
  const averages = average?.state().values ?? null;
  if (heldOut !== null || averages === null) return "raw";
  if (!withWeights(last.parameters, averages, () => last.isDefinedAt(batch))) return "raw";
  install(last.parameters, averages);
  return "averaged";
}
