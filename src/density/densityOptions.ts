import type { ThreadsOptions } from "../plan/threads/team.ts";
import type { Random } from "../tensor/random.ts";
import type { Step } from "../training/history.ts";
import type { DensityRows } from "./densityRows.ts";
import type { TypesOption } from "./inferTypes.ts";
import type { ModelKind } from "./recipes.ts";

/** What `estimateDensity` is told. */
export interface DensityOptions {
  /** Of all randomness. */
  readonly random: Random;
  /** The columns to model; those that can be by default. */
  readonly columns?: readonly string[];
  /** Columns to leave out. */
  readonly exclude?: readonly string[];
  /** Columns that are given, not modelled: p(others | these). Numbers, or labels. */
  readonly conditions?: readonly string[];
  /** What the values of columns are: one type for all, or some by name. Inferred by default. */
  readonly types?: TypesOption;
  /** `"drop"` leaves rows with blanks out; they are refused by default. */
  readonly missing?: "drop";
  /** One kind of model, or `"auto"`, the default: the best by validation. */
  readonly model?: ModelKind | "auto";
  /** `"anomalies"`: the steadiest detector of odd rows, a volume-preserving flow of all columns as they are. */
  readonly for?: "anomalies";
  /** Seconds for all of it; 60 by default. How many steps they hold depends on the machine: {@link DensityModel.choice} says how many it were. */
  readonly budget?: number;
  /** Steps of training, instead of a budget. */
  readonly steps?: number;
  /** Flows in the ensemble; as many as the budget has time for by default, 1 with `steps`. */
  readonly members?: number;
  /** The share of rows that choose model and weights, or rows of their own; 0.1 by default. */
  readonly validation?: number | DensityRows;
  /** The share of rows that nothing learns from, for figures and p-values; 0.2 by default, 0 for none. */
  readonly test?: number;
  /** Threads that share each step of training, as `train` takes them: the same bits with any number of them, and more steps within a budget. */
  readonly threads?: ThreadsOptions;
  /** Aborting it ends training; the best so far is returned. */
  readonly signal?: AbortSignal;
  /** Called after each step of each training. */
  readonly onStep?: (step: Step, steps: number) => void;
}

/** What holds where nothing is stated: seconds, and shares of the rows. */
export const DEFAULTS = { budget: 60, validation: 0.1, test: 0.2 } as const;
