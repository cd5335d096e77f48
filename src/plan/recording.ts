import { recordedBy } from "../autograd/recorder.ts";
import type { AnyRule } from "../autograd/rule.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Something that happened while a function computed: a rule was applied, or values were looked at by what throws where it does not like them. */
export type Event =
  | {
      readonly rule: AnyRule;
      readonly inputs: readonly Tensor[];
      readonly outputs: readonly Tensor[];
      readonly attributes: readonly unknown[];
    }
  | { readonly rule: null; readonly inputs: readonly Tensor[]; readonly check: (...xs: Tensor[]) => void };

/** What f gives, and all that happened on the way, in order. */
export function record<Result>(f: () => Result): { result: Result; events: Event[] } {
  const events: Event[] = [];
  const listener = {
    applied: (
      rule: AnyRule,
      inputs: readonly Tensor[],
      outputs: readonly Tensor[],
      attributes: readonly unknown[],
    ): void => {
      events.push({ rule, inputs, outputs, attributes });
    },
    inspected: (inputs: readonly Tensor[], check: (...xs: Tensor[]) => void): void => {
      events.push({ rule: null, inputs, check });
    },
  };
  return { result: recordedBy(listener, f), events };
}
