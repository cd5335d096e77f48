import { choiceToJson, extraOf } from "../../density/densityFile.ts";
import { DEFAULTS } from "../../density/densityOptions.ts";
import type { FitTableOptions, FittedTable, FittingStart } from "../../density/fitTable.ts";
import type { Choice } from "../../density/index.ts";
import { NotPositiveDefiniteError } from "../../distributions/index.ts";
import { describeModel, type ModelExtra } from "../../io/index.ts";
import { type GatheredColumns, gatherColumns } from "../../io/tables/gatherColumns.ts";
import { Random } from "../../tensor/index.ts";
import { nodeWorker } from "../../threads/node.ts";
import { StateMismatchError, type ThreadsOptions } from "../../training/index.ts";
import { CommandError } from "../commandError.ts";
import type { Values } from "../commandOptions.ts";
import { fitYardstick, type Yardstick } from "../gaussian.ts";
import { INTERRUPTED } from "../interrupt.ts";
import { figuresInJson, judge } from "../judgement.ts";
import { readBytes } from "../modelInput.ts";
import { checkWritable, keepGoing, makeFolder, print, writeWhole } from "../output.ts";
import { countOf, ReadingProgress } from "../progress.ts";
import { openTableFile } from "../tableInput.ts";
import { wrongCall } from "../wrongCall.ts";
import { checkModel } from "./checkModel.ts";
import { choiceLines, figureLines, patienceLines, remarksOn, startLines, writeReport } from "./fitReport.ts";
import { namesIn } from "./namesIn.ts";
import { type Keeping, type WatchedFitting, watchedFitting } from "./watchedFitting.ts";

/** `diffeo fit DATA`: a model of the rows of a table, beside the best Gaussian. Returns the exit code. */
export async function fit(given: Values, [file]: readonly string[]): Promise<number> {
  const { output: path, report } = given;
  checkCall(given);
  if (path !== undefined) checkWritable(path);
  if (report !== undefined) makeFolder(report);
  if (path !== undefined || report !== undefined) keepGoing();
  const saved = given.resume ? resumable(path as string, given) : null;
  const values: Values = saved === null ? given : { ...given, ...saved.values };
  const out = values.json || values.quiet ? null : process.stdout;
  const lines: string[] = [];
  const say = async (...more: readonly string[]): Promise<void> => {
    lines.push(...more);
    if (!values.json) await print(more.map((line) => `${line}\n`).join(""));
  };
  const progress = new ReadingProgress(out);
  const { gathered, notes, options } = await readTable(file, values, progress);
  const beside: { yardstick?: Yardstick } = {};
  const keeping: Keeping | null =
    path === undefined || !goesOn(values)
      ? null
      : {
          path,
          extra: ({ facts, hash }, steps) => ({ ...extraOfCall(values), data: hash, steps, ...extraOf(facts) }),
        };
  const { fitted, interrupted, lastStep, checkpoint } = await orExplain(path, () =>
    watchedFitting(
      out,
      gathered,
      { ...options, ...(saved && { resume: saved.bytes }) },
      {
        ...threadsOf(values),
        onStage: (what, count) => progress.onStage(what, count),
        async onStart(start) {
          beside.yardstick = yardstickOf(start); // without one there is no density to be learned either
          await say(...startLines(file, notes, start));
        },
      },
      keeping,
    ),
  );
  const { model, histories, test } = fitted;
  const choice = model.choice as Choice;
  if (interrupted) await say("Interrupted: keeping the best so far");
  const heldOut = test.x.shape[0];
  const ofModel = model.scoresOf(test.x, test.context);
  const judgement = judge(ofModel, beside.yardstick?.score(test.x, test.context) ?? null, test.x);
  const remarks = remarksOn(judgement, fitted.different, heldOut, choice.model);
  await say(
    ...choiceLines(choice),
    ...patienceLines(histories, choice, lastStep),
    ...figureLines(judgement, fitted.lineOfTest, heldOut),
    ...remarks.map((remark) => `  remark: ${remark}`),
  );
  const seconds = histories.reduce((sum, history) => sum + history.seconds, 0);
  if (path !== undefined) {
    const kept = interrupted ? checkpoint() : null;
    writeWhole(path, kept ?? model.save(extraOfModel(values, fitted)));
    await say(`  file                     ${path}${kept === null ? "" : " (go on with --resume)"}`);
  }
  const result = {
    ...figuresInJson(judgement, fitted.lineOfTest),
    ...{
      remarks,
      seconds,
      steps: interrupted && keeping ? lastStep : choice.steps,
      members: choice.members,
      seed: values.seed ?? 1,
    },
    ...{ model: path ?? null, kind: choice.model, choice: choiceToJson(choice), picture: null as string | null },
    parameters: countOf(model.flow.parameters),
    ...{ columns: model.columns, conditions: model.conditions, types: Object.fromEntries(model.types) },
    notes: [...notes, ...model.notes],
    rows: {
      ...{ train: fitted.train.x.shape[0], validation: fitted.validation.x.shape[0], heldOut },
      ...{ dropped: fitted.dropped, duplicates: fitted.rows - fitted.different },
    },
  };
  if (report !== undefined) result.picture = await writeReport(report, lines, result, file, fitted);
  await print(`${JSON.stringify(result)}\n`);
  return interrupted ? INTERRUPTED : 0;
}

/** Whether a training can go on: not that of `auto`, and models that take no steps have none. */
function goesOn({ model }: Values): boolean {
  return model !== undefined && !["auto", "gaussian", "mixture"].includes(model);
}

/** What any file says of the call that made it. */
function extraOfCall({ seed = 1, model, test = DEFAULTS.test }: Values): ModelExtra {
  return { seed, ...(model && { model }), test };
}

/** What the file of a model says of how it came about. */
function extraOfModel(values: Values, { model, histories }: FittedTable): ModelExtra {
  const { model: kind, steps, members } = model.choice as Choice;
  const history = histories.map(({ train, validation, bestStep, weights, stopped }) => ({
    ...{ train: train.map(jsonNumber), validation: validation.map(jsonNumber), bestStep, weights, stopped },
  }));
  return { ...extraOfCall(values), model: kind, steps, members, history };
}

/** Throws CommandError for options that do not go together. */
function checkCall({ output: path, resume, budget, steps, for: purpose, model }: Values): void {
  if (path === "-") throw wrongCall("-o: a model is written to a file", "fit");
  if (path !== undefined && /\.(svg|png|csv|json|txt)$/i.test(path)) {
    throw wrongCall(
      `-o is the model's file, as in -o model.safetensors; got ${path} (plot draws, --report DIR writes a picture)`,
      "fit",
    );
  }
  if (resume && path === undefined) throw wrongCall("--resume goes on from the file of -o; state it", "fit");
  if (budget !== undefined && steps !== undefined) throw wrongCall("--steps or --budget, not both", "fit");
  if (purpose !== undefined && model !== undefined) throw wrongCall("--for or --model, not both", "fit");
}

/** The columns of the table, and what is asked of them. */
async function readTable(
  file: string,
  values: Values,
  progress: ReadingProgress,
): Promise<{ gathered: GatheredColumns; notes: readonly string[]; options: FitTableOptions }> {
  const stream = await openTableFile(file, values, progress);
  const columns = namesIn("columns", values.columns, stream.names);
  const conditions = namesIn("condition", values.condition, stream.names);
  const both = columns.find((name) => conditions.includes(name));
  if (both !== undefined) throw new CommandError(`--condition: a column is given or modelled; got ${both} as both`, 2);
  checkModel(values.model, columns, conditions);
  const gathered = await gatherColumns(stream, {
    ...(columns.length > 0 && { columns: [...new Set([...columns, ...conditions])] }),
    ...{ exclude: namesIn("exclude", values.exclude, stream.names), labels: conditions, onPiece: progress.onRows },
  });
  progress.finish();
  const { model, types, missing, for: purpose, steps } = values;
  const options: FitTableOptions = {
    ...{ random: new Random(values.seed ?? 1), columns, conditions, inputs: null },
    ...{ ...DEFAULTS, ...(values.budget !== undefined && { budget: values.budget }) },
    ...(values.test !== undefined && { test: values.test }),
    ...(model && { model }),
    ...(types && { types: types.only ?? types.byName }),
    ...(missing && { missing }),
    ...(purpose && { for: purpose }),
    ...(steps !== undefined && { steps }),
  };
  if (types?.only === undefined)
    namesIn("types", types && { names: Object.keys(types.byName), asItStands: "" }, stream.names);
  return { gathered, notes: stream.notes, options };
}

/** The threads that the call asks for. */
function threadsOf({ threads: count = 1 }: Values): { readonly threads?: ThreadsOptions } {
  return count === 1 ? {} : { threads: { count, worker: () => nodeWorker() } };
}

/** A number as JSON has it: those that it does not have are texts. */
function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The Gaussian. What it cannot be fitted to has no density. */
function yardstickOf({ train: { x, context }, facts }: FittingStart): Yardstick {
  try {
    return fitYardstick(x, context);
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    const names = facts.columns.map(({ name }) => name);
    const [N, D] = x.shape;
    const width = D + (context?.shape[1] ?? 0);
    if (N <= width) {
      throw new CommandError(
        `${N} rows are left to learn from, too few for ${width} columns; hold out fewer with --test, or leave columns out with --exclude`,
      );
    }
    const name = names[error.index] ?? names[D - 1];
    throw new CommandError(
      `among the rows to learn from, column ${name} is constant or depends on those before it: no density is finite; leave it out with --exclude ${name}`,
    );
  }
}

/** Runs the fit; a checkpoint of something else is explained. */
async function orExplain(path: string | undefined, work: () => Promise<WatchedFitting>): Promise<WatchedFitting> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StateMismatchError)) throw error;
    const rule = `--resume goes on with the table and the options that ${path} was made with`;
    throw new CommandError(`${rule}; ${error.differences.join("; ")} (or fit anew, without --resume)`);
  }
}

/** What a file says of the call that made it. */
type SavedCall = Pick<Values, "seed" | "model" | "steps" | "test">;

/**
 * An interrupted training: its file, and the options that it was called with. Throws CommandError for anything else, and for options that are others now.
 */
function resumable(path: string, given: Values): { readonly bytes: Uint8Array; readonly values: SavedCall } {
  const bytes = readBytes(path);
  const { extra, checkpoint } = describeModel(bytes);
  if (!checkpoint) throw new CommandError(`--resume: training of ${path} is done; fit it anew, with more --steps`);
  const { seed, model, steps, test } = extra as SavedCall;
  const values: SavedCall = {
    ...(seed !== undefined && { seed }),
    ...(model && { model }),
    ...(steps && { steps }),
    ...(test && { test }),
  };
  if (given.budget !== undefined)
    throw wrongCall("--resume goes on with the steps that were left, without --budget", "fit");
  for (const name of ["seed", "model", "steps", "test"] as const) {
    if (given[name] === undefined || given[name] === values[name]) continue;
    throw wrongCall(`--resume goes on as it began, with --${name} ${values[name]}; got ${given[name]}`, "fit");
  }
  return { bytes, values };
}
