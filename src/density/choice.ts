import type { Flow } from "../flows/flow.ts";
import type { Random } from "../tensor/random.ts";
import type { History } from "../training/history.ts";
import type { ModelKind } from "./recipes.ts";

/** A model that was tried. */
export interface Candidate {
  /** Its kind. */
  readonly model: ModelKind;
  /** How many flows. */
  readonly members: number;
  /** The mean of log p of the validation rows, nats, in the units of the table; null where it is not finite. */
  readonly validation: number | null;
  /** Of training, for each; 0 where there is none. */
  readonly steps: number;
  /** Null in a model from a file: the same fit makes the same file. */
  readonly seconds: number | null;
}

/** Which model was taken, and why. */
export interface Choice {
  /** Its kind. */
  readonly model: ModelKind;
  /** How many flows there are in the ensemble. */
  readonly members: number;
  /** Of training, for each. With `model`, `members`, `steps` and the seed a fit comes out again to the bit, whatever the time it takes. */
  readonly steps: number;
  /** Whether the flows stand behind a layer that is logarithmic outside ±3 deviations. */
  readonly tails: boolean;
  /** In a sentence. */
  readonly reason: string;
  /** All that were tried, in that order; the model itself comes last. */
  readonly candidates: readonly Candidate[];
}

/** What is to be chosen, and within what. */
export interface ChoiceOptions {
  /** One kind, or all of them to choose from. */
  readonly model: ModelKind | "auto";
  /** Seconds for all of it. */
  readonly budget: number;
  /** Steps of training, instead of a budget. */
  readonly steps?: number;
  /** Flows in the ensemble; as many as there is time for by default. */
  readonly members?: number;
  /** Whether flows may stand behind logarithmic tails: where the data ask for it. */
  readonly tails: boolean;
  /** Of all randomness. */
  readonly random: Random;
}

/** The model that was taken. */
export interface Chosen {
  readonly flow: Flow;
  readonly choice: Choice;
  /** How each member was trained. */
  readonly histories: readonly History[];
  readonly interrupted: boolean;
}
