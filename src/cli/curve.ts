import type { CurvePoint } from "../plot/index.ts";
import type { Epoch, Step } from "../training/index.ts";

/** Writes down the training curve as it comes. */
export class Curve {
  readonly train: CurvePoint[] = [];
  readonly validation: CurvePoint[] = [];

  /** The last step that was made. */
  get steps(): number {
    return this.train.at(-1)?.step ?? 0;
  }

  /** Takes note of a step. */
  readonly onStep = ({ step, loss }: Step): void => {
    this.train.push({ step, value: loss });
  };

  /** Takes note of an epoch. */
  readonly onEpoch = ({ step, validation }: Epoch): void => {
    this.validation.push({ step, value: validation });
  };
}
