import { DiffeoError } from "../tensor/errors.ts";

/** Training cannot go on from a checkpoint: it was made of another flow, of other data, or with other settings. */
export class StateMismatchError extends DiffeoError {
  readonly code = "STATE_MISMATCH";
  override readonly name = "StateMismatchError";
  /** What differs, one sentence each. */
  readonly differences: readonly string[];

  constructor(operation: string, differences: readonly string[]) {
    super(
      `${operation}: training goes on from a checkpoint of the same flow, data and settings; ${differences.join("; ")}`,
    );
    this.differences = differences;
  }
}
