import type { Tensor } from "../tensor/tensor.ts";
import type { AnyRule } from "./rule.ts";

/** Hears of everything that is computed, in order: what a plan is made of. */
export interface Recorder {
  /** A rule was applied. */
  applied(rule: AnyRule, inputs: readonly Tensor[], outputs: readonly Tensor[], attributes: readonly unknown[]): void;
  /** Values were looked at outside of ops, by something that throws where it does not like them. */
  inspected(xs: readonly Tensor[], check: (...xs: Tensor[]) => void): void;
}

let listening: Recorder | null = null;

/** Who hears of what is computed now; null if nobody does. */
export function recorder(): Recorder | null {
  return listening;
}

/** Runs f, while the recorder hears of everything that is computed. */
export function recordedBy<Result>(listener: Recorder | null, f: () => Result): Result {
  const before = listening;
  listening = listener;
  try {
    return f();
  } finally {
    listening = before;
  }
}

/** Calls the check, which throws where it does not like the values: a plan calls it again, each time it computes them. */
export function inspect<Xs extends readonly Tensor[]>(xs: Xs, check: (...xs: Xs) => void): void {
  listening?.inspected(xs, check as unknown as (...xs: Tensor[]) => void);
  check(...xs);
}
