import {
  type FitTableOptions,
  type FittedTable,
  type FittingHooks,
  type FittingStart,
  fitTable,
} from "../../density/fitTable.ts";
import type { ModelExtra } from "../../io/index.ts";
import type { GatheredColumns } from "../../io/tables/gatherColumns.ts";
import { saveCheckpoint } from "../../training/index.ts";
import { interruptible } from "../interrupt.ts";
import { onCommandLine } from "../onCommandLine.ts";
import { writeWhole } from "../output.ts";
import { Progress, type ProgressStream } from "../progress.ts";

/** A fit that has come to its end, or was interrupted. */
export interface WatchedFitting {
  readonly fitted: FittedTable;
  readonly interrupted: boolean;
  /** The last step that was made; 0 if there was none. */
  readonly lastStep: number;
  /** The training as a file, from which it can go on; null where there was none that can. */
  checkpoint(): Uint8Array | null;
}

/** Where a training is kept that can go on, and what is said of it there. */
export interface Keeping {
  readonly path: string;
  /** Of a training of so many steps that began so. */
  extra(start: FittingStart, steps: number): ModelExtra;
}

/** A training that lasts is saved after so many milliseconds. */
const SAVE_AFTER = 30_000;

/** Fits a table, shows how it goes on `out`, and heeds Ctrl-C: then the best so far is kept. A training that lasts is saved now and then if it can go on. */
export async function watchedFitting(
  out: ProgressStream | null,
  gathered: GatheredColumns,
  options: FitTableOptions,
  hooks: Pick<FittingHooks, "onStage" | "onStart" | "threads">,
  keeping: Keeping | null,
): Promise<WatchedFitting> {
  let progress: Progress | null = null;
  let began: FittingStart | null = null;
  let last: { readonly run: object; readonly steps: number } | null = null;
  let lastStep = 0;
  let saved = performance.now();
  const checkpoint = (): Uint8Array | null =>
    last === null || keeping === null || began === null
      ? null
      : saveCheckpoint(last.run, keeping.extra(began, last.steps));
  const { result: fitted, interrupted } = await interruptible((signal) =>
    fitTable(gathered, options, onCommandLine("fit"), {
      ...hooks,
      signal,
      onStart(start) {
        began = start;
        return hooks.onStart?.(start);
      },
      onTraining(model, steps, isTry) {
        progress?.finish();
        progress = null;
        if (isTry) Progress.showTry(out, model);
        else progress = out && new Progress(out, steps);
      },
      onStep(step, steps, run) {
        progress?.onStep(step);
        lastStep = step.step;
        if (run !== null) last = { run, steps };
        const now = performance.now();
        if (keeping === null || run === null || now - saved < SAVE_AFTER) return;
        writeWhole(keeping.path, checkpoint() as Uint8Array);
        saved = now;
      },
    }),
  );
  (progress as Progress | null)?.finish();
  return { fitted, interrupted, lastStep, checkpoint };
}
