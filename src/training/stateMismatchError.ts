import { DiffeoError } from "../tensor/errors.ts";

/**
 * Training cannot go on from a checkpoint: it was made of another flow, of other data, or with other settings.
 *
 * @example
 * const x = twoMoons().sample(64, new Random(1));
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) });
 * const run = train(flow, x, { random: new Random(1), steps: 2 });
 * run.next();
 * const resume = saveCheckpoint(run);
 * await fit(flow, x, { random: new Random(1), batchSize: 32, resume }); // throws StateMismatchError
 */
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
