import { NotPositiveDefiniteError } from "../../distributions/index.ts";
import type { Flow } from "../../flows/index.ts";
import { describeModel, type ModelExtra, saveFlow } from "../../io/index.ts";
import { Random, type Tensor } from "../../tensor/index.ts";
import { type History, StateMismatchError } from "../../training/index.ts";
import { CommandError } from "../commandError.ts";
import { type Values, wrongCall } from "../commandOptions.ts";
import { fitYardstick, type Yardstick } from "../gaussian.ts";
import { INTERRUPTED } from "../interrupt.ts";
import { figuresInJson, judge } from "../judgement.ts";
import { readBytes, splitConditions } from "../modelInput.ts";
import { checkWritable, keepGoing, makeFolder, print, writeWhole } from "../output.ts";
import { countOf } from "../progress.ts";
import { nameOfInput } from "../tableInput.ts";
import { type ChosenColumns, listed } from "./chooseColumns.ts";
import { figureLines, remarksOn, writeReport } from "./fitReport.ts";
import { recipeFor } from "./recipes.ts";
import { readSubject } from "./tableSubject.ts";
import { type Keeping, stepsWithin, type WatchedOptions, watchedTraining } from "./watchedTraining.ts";

const BATCH = 128;
const TEST_SHARE = 0.2;

/** `diffeo fit DATA`: a model of the rows of a table, beside the best Gaussian. Returns the exit code. */
export async function fit(given: Values, [file]: readonly string[]): Promise<number> {
  const { output: path, report } = given;
  if (path === "-") throw wrongCall("-o: a model is written to a file", "fit");
  if (path !== undefined && /\.(svg|png|csv|json|txt)$/i.test(path)) {
    throw wrongCall(
      `-o is the model's file, as in -o model.safetensors; got ${path} (plot draws, --report DIR writes a picture)`,
      "fit",
    );
  }
  if (given.resume && path === undefined) throw wrongCall("--resume goes on from the file of -o; state it", "fit");
  if (given.budget !== undefined && given.steps !== undefined) throw wrongCall("--steps or --budget, not both", "fit");
  if (path !== undefined) checkWritable(path);
  if (report !== undefined) makeFolder(report);
  if (path !== undefined || report !== undefined) keepGoing();
  const saved = given.resume ? resumable(path as string, given) : null;
  const values: Values = saved === null ? given : { ...given, ...saved.values };
  const { seed = 1, model: kind = "maf" } = values;
  const random = new Random(seed);
  const subject = await readSubject(file, values, values.test ?? TEST_SHARE, random.split());
  const { chosen, parts } = subject;
  const { columns, conditions } = chosen;
  const recipe = recipeFor(kind, columns, conditions);
  const [train, validation, test] = [parts.train, parts.validation, parts.test].map((rows) =>
    splitConditions(rows, columns.length),
  );
  const ofFlow = random.split().state();
  const makeFlow = (): Flow => recipe.make(train.x, conditions.length, Random.from(ofFlow));
  const flow = makeFlow();
  const yardstick = yardstickOf(parts.train, chosen);
  const training = random.split();
  const options = {
    ...{ batchSize: BATCH, learningRate: recipe.learningRate, validation },
    ...(train.context && { context: train.context }),
  };
  const steps =
    recipe.steps === 0
      ? 0
      : values.budget === undefined
        ? (values.steps ?? recipe.steps)
        : stepsWithin(values.budget, makeFlow(), train.x, { ...options, random: new Random(seed) });
  const extra: ModelExtra = {
    ...{ seed, columns, conditions, data: subject.hash, model: kind, steps, test: values.test ?? TEST_SHARE },
  };
  const quiet = values.json || values.quiet;
  const out: string[] = [];
  const say = async (...lines: readonly string[]): Promise<void> => {
    out.push(...lines);
    if (!values.json) await print(lines.map((line) => `${line}\n`).join(""));
  };
  const counts = [train, validation, test].map(({ x }) => x.shape[0]);
  const given_ = conditions.length === 0 ? "" : ` given ${listed(conditions)}`;
  await say(
    `${nameOfInput(file)}: ${listed(columns)}${given_}; ${subject.rows} rows (train ${counts[0]}, validation ${counts[1]}, held out ${counts[2]})`,
    ...subject.remarks.map((remark) => `  ${remark}`),
    `  ${recipe.title}, ${countOf(flow.parameters).toLocaleString("en")} parameters, seed ${seed}${steps > 0 ? `, ${steps} steps` : ""}`,
  );
  const keeping = path === undefined ? null : { path, extra };
  const trained = await trainOrNot(
    flow,
    steps,
    train.x,
    { ...options, random: training, ...(saved && { resume: saved.bytes }) },
    quiet,
    keeping,
  );
  const { history, interrupted } = trained;
  const judgement = judge(flow.score(test.x, test.context).data, yardstick.score(parts.test), parts.test);
  const lineOf = (row: number): number => subject.lineOf(parts.testPlaces[row]);
  const remarks = remarksOn(judgement, parts.different, counts[2], kind);
  await say(...figureLines(judgement, lineOf, counts[2]), ...remarks.map((remark) => `  remark: ${remark}`));
  if (interrupted) await say(`Interrupted: keeping the best weights so far, those of step ${history.bestStep}`);
  await say(`  training                 ${history.seconds.toFixed(1)} s, best weights from step ${history.bestStep}`);
  if (path !== undefined) {
    const { train: trainCurve, validation: validationCurve, bestStep, stopped } = history;
    const known = {
      ...extra,
      history: { train: trainCurve.map(jsonNumber), validation: validationCurve.map(jsonNumber), bestStep, stopped },
    };
    writeWhole(path, interrupted ? trained.checkpoint() : saveFlow(flow, known));
    await say(`  model                    ${path}${interrupted ? " (go on with --resume)" : ""}`);
  }
  const result = {
    ...figuresInJson(judgement, lineOf),
    ...{
      remarks,
      seconds: history.seconds,
      steps: trained.steps,
      seed,
      model: path ?? null,
      kind,
      picture: null as string | null,
    },
    parameters: countOf(flow.parameters),
    ...{ columns, conditions, notes: subject.remarks },
    rows: {
      ...{ train: counts[0], validation: counts[1], heldOut: counts[2], dropped: subject.dropped },
      duplicates: subject.rows - parts.different,
    },
  };
  if (report !== undefined) result.picture = await writeReport(report, out, result, flow, subject, test);
  await print(`${JSON.stringify(result)}\n`);
  return interrupted ? INTERRUPTED : 0;
}

/** A number as JSON has it: those that it does not have are texts. */
function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The Gaussian. What it cannot be fitted to has no density. */
function yardstickOf(rows: Tensor, { columns, conditions }: ChosenColumns): Yardstick {
  try {
    return fitYardstick(rows, columns.length);
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    const [N, width] = rows.shape;
    if (N <= width) {
      throw new CommandError(
        `${N} rows are left to learn from, too few for ${width} columns; hold out fewer with --test, or leave columns out with --exclude`,
      );
    }
    const name = [...columns, ...conditions][error.index];
    throw new CommandError(
      `among the rows to learn from, column ${name} is constant or depends on those before it: no density is finite; leave it out with --exclude ${name}`,
    );
  }
}

/** Trains, unless there is nothing to train. */
async function trainOrNot(
  flow: Flow,
  steps: number,
  x: Tensor,
  options: WatchedOptions,
  quiet: boolean,
  keeping: Keeping | null,
): Promise<{ history: History; steps: number; interrupted: boolean; checkpoint(): Uint8Array }> {
  if (steps === 0) {
    const history: History = {
      ...{ train: [], validation: [], bestStep: 0, stopped: "finished", seconds: 0 },
      ...{ weights: "raw", heldOut: 0, duplicates: 0, leaked: 0 },
    };
    return { history, steps: 0, interrupted: false, checkpoint: () => saveFlow(flow, keeping?.extra) };
  }
  const out = quiet ? null : process.stdout;
  try {
    const trained = await watchedTraining(out, flow, x, { ...options, steps }, keeping);
    return { ...trained, steps: trained.curve.steps };
  } catch (error) {
    if (!(error instanceof StateMismatchError)) throw error;
    const rule = `--resume goes on with the table and the options that ${keeping?.path} was made with`;
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
