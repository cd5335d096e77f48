/** One step of training. */
export interface Step {
  /** 1, 2, 3, … */
  readonly step: number;
  /** The objective on this step's batch, before the step; nats. */
  readonly loss: number;
  /** η of this step. */
  readonly learningRate: number;
  /** The norm of the gradient, before clipping. */
  readonly gradNorm: number;
}

/** One pass through the training rows; 100 steps where a function draws them. */
export interface Epoch {
  /** 1, 2, 3, … */
  readonly epoch: number;
  /** The last step of it. */
  readonly step: number;
  /** The mean of the objective over the epoch's batches; nats. */
  readonly train: number;
  /** The objective on the validation rows after the epoch, with `ema` the lesser of those of the weights and of their averages; NaN without any rows. */
  readonly validation: number;
}

/** How training went. */
export interface History {
  /** The objective per epoch, on the batches. */
  readonly train: number[];
  /** The objective after each epoch, on the validation rows, as {@link Epoch} has it; empty without any. */
  readonly validation: number[];
  /** The step whose weights the flow has now: the one with the least finite validation value, or the last one if there is none. */
  readonly bestStep: number;
  /** Whether the weights that the flow has now are those of a step, or averages of the weights up to that step, as `ema` makes them. */
  readonly weights: "raw" | "averaged";
  /** How many rows were held out to choose the best weights by; 0 if none were. */
  readonly heldOut: number;
  /** Why training ended: all steps done, no better validation value for long enough, or the signal. */
  readonly stopped: "finished" | "patience" | "aborted";
  /** How long it took; the part of training that is not the same each time. */
  readonly seconds: number;
  /** How many rows of x are copies of an earlier one. With `validation` as a fraction, copies stay on one side of the split. */
  readonly duplicates: number;
  /** How many validation rows of their own stand among the rows of x, too: they tell nothing about new ones. */
  readonly leaked: number;
}
