import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fitNormal } from "../distributions/index.ts";
import { realNVP } from "../flows/index.ts";
import { readCsv, type Table } from "../io/index.ts";
import { flowPicture, pictureOf } from "../plot/index.ts";
import { Random, type Tensor } from "../tensor/index.ts";
import { select } from "../training/rows.ts";
import { groupEqualRows, splitRows } from "../training/split.ts";
import type { FitOptions } from "./arguments.ts";
import { CommandError } from "./commandError.ts";
import { difference, type Figure, figureOf, logProbs, written } from "./figure.ts";
import { INTERRUPTED } from "./interrupt.ts";
import { checkWritable, reason, writeWhole } from "./output.ts";
import { countOf } from "./progress.ts";
import { watchedFit } from "./watchedFit.ts";

// tables are small: a small flow with gentle scales errs less on the rows held out
const LAYERS = 4;
const HIDDEN = [16];
const MAXIMUM_LOG_SCALE = 1;
const STEPS = 1000;
const BATCH = 128;
/** Of the rows, these shares are held out for the test and for choosing the best weights. */
const TEST_SHARE = 0.2;
const VALIDATION_SHARE = 0.1;
/** Of different rows: copies teach nothing. */
const FEWEST_ROWS = 20;
/** With fewer than these a flow is seldom better than a Gaussian, and what is held out cannot tell. */
const FEW_ROWS = 200;

/** `diffeo fit`: a RealNVP learns the rows of a table, beside the best Gaussian. Returns the exit code. */
export async function fitFile(options: FitOptions): Promise<number> {
  const { file, seed, steps = STEPS } = options;
  const out = process.stdout;
  const { table, names } = selectColumns(readCsv(readText(file)), options);
  const D = names.length;
  if (D !== 2 && options.output !== undefined) {
    throw new CommandError(`-o: a picture needs exactly two columns; got ${D}: ${names.join(", ")}`, 2);
  }
  const picture = D === 2 ? (options.output ?? `${basename(file).replace(/\.[^.]*$/, "")}.svg`) : null;
  if (picture !== null) checkWritable(picture);

  const random = new Random(seed);
  const { train, validation, test, different } = holdOut(table.matrix(names), names, random.split());
  const flow = realNVP({
    dimensions: D,
    layers: LAYERS,
    hidden: HIDDEN,
    maximumLogScale: MAXIMUM_LOG_SCALE,
    random: random.split(),
  });
  const gaussian = fitNormal(train);
  const parameters = countOf(flow.parameters);

  const rows = [train, validation, test].map((x) => x.shape[0]);
  out.write(
    `${file}: ${names.join(", ")}; ${table.rows} rows (train ${rows[0]}, validation ${rows[1]}, held out ${rows[2]})\n`,
  );
  if (options.columns === undefined && table.skipped.length > 0)
    out.write(`  skipped, not numeric: ${table.skipped.join(", ")}\n`);
  if (table.dropped > 0) out.write(`  dropped ${table.dropped} rows with blanks\n`);
  const duplicates = table.rows - different;
  if (duplicates > 0) {
    out.write(
      `  ${duplicates} rows are copies of others: ${different} are different, and copies stay on one side of the split\n`,
    );
  }
  out.write(`  a RealNVP with ${LAYERS} couplings, ${parameters.toLocaleString("en")} parameters, seed ${seed}\n`);

  const { history, curve, interrupted } = await watchedFit(out, flow, train, {
    random: random.split(),
    steps,
    batchSize: BATCH,
    learningRate: 2e-3,
    validation,
  });

  const [ofRows, ofRowsByGaussian] = [logProbs(flow, test), logProbs(gaussian, test)];
  const [logLikelihood, ofGaussian] = [figureOf(ofRows, test), figureOf(ofRowsByGaussian, test)];
  const gain = difference(ofRows, ofRowsByGaussian, test);
  const remarks = remarksOn(gain, different, rows[2]);
  out.write(`  held-out log-likelihood  ${written(logLikelihood)} nats per row, in the units of the file\n`);
  out.write(`  full-covariance Gaussian ${written(ofGaussian)} nats per row, fitted to the same training rows\n`);
  out.write(
    `  flow − Gaussian          ${written(gain)} nats per row, paired; ± is one standard error of ${rows[2]} rows\n`,
  );
  for (const remark of remarks) out.write(`  remark: ${remark}\n`);
  out.write(`  training                 ${history.seconds.toFixed(1)} s, best weights from step ${history.bestStep}\n`);
  if (picture !== null) {
    const content = pictureOf(flow, {
      title: `${basename(file)} becomes a Gaussian`,
      caption: `RealNVP, ${LAYERS} affine couplings · held out ${logLikelihood.mean.toFixed(3)} nats per row, a full-covariance Gaussian ${ofGaussian.mean.toFixed(3)} · seed ${seed}`,
      data: train,
      random: random.split(),
      axes: [names[0], names[1]],
      curve: {
        train: curve.train,
        validation: curve.validation,
        unit: "negative log-likelihood, nats",
        reference: { value: -figureOf(logProbs(gaussian, train), train).mean, label: "Gaussian" },
      },
    });
    writeWhole(picture, await flowPicture(content));
    out.write(`  picture                  ${picture}\n`);
  }
  const result = {
    logLikelihood: logLikelihood.mean,
    gaussian: ofGaussian.mean,
    difference: gain.mean,
    standardErrors: { logLikelihood: logLikelihood.error, gaussian: ofGaussian.error, difference: gain.error },
    remarks,
    seconds: history.seconds,
    steps: curve.steps,
    seed,
    picture,
    parameters,
    columns: names,
    rows: { train: rows[0], validation: rows[1], heldOut: rows[2], dropped: table.dropped, duplicates },
  };
  out.write(`${JSON.stringify(result)}\n`);
  return interrupted ? INTERRUPTED : 0;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${reason(error)}`);
  }
}

/** The columns to model and the table without incomplete rows. Throws CommandError, or CsvError for a bad cell. */
function selectColumns(table: Table, { columns, dropMissing }: FitOptions): { table: Table; names: readonly string[] } {
  const names = columns ?? table.numericColumns;
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new CommandError(`--columns: each column once; got ${repeated} twice`, 2);
  if (names.length < 2) {
    const found = names.length === 0 ? "none" : `only ${names[0]}`;
    throw new CommandError(`fit needs at least two numeric columns; got ${found} of ${table.names.join(", ")}`);
  }
  if (dropMissing) {
    const complete = table.dropMissing(names);
    complete.matrix(names); // a bad cell is refused before anything is said
    return { table: complete, names };
  }
  const missing = table.missing(names);
  if (missing.length > 0) {
    const lines = `${missing.slice(0, 3).join(", ")}${missing.length > 3 ? ", …" : ""}`;
    throw new CommandError(`${missing.length} rows have blanks (line ${lines}); leave them out with --missing drop`);
  }
  return { table, names };
}

/** What the figures do not say by themselves. */
function remarksOn(gain: Figure, different: number, heldOut: number): string[] {
  const remarks: string[] = [];
  if (different < FEW_ROWS) {
    remarks.push(`a small table: ${different} different rows, of which the ${heldOut} held out can tell little`);
  }
  // written so that NaN and ∞ count as not better
  if (!(gain.mean > 2 * gain.error)) {
    remarks.push(
      `the flow is not better than the Gaussian by more than twice its standard error: ${written(gain)}; the Gaussian is simpler`,
    );
  }
  return remarks;
}

/** Shuffled and cut in three, copies of a row on one side. Throws CommandError for too few different rows and for constant columns. */
function holdOut(
  x: Tensor,
  names: readonly string[],
  random: Random,
): { train: Tensor; validation: Tensor; test: Tensor; different: number } {
  const N = x.shape[0];
  const groups = groupEqualRows(x);
  const different = groups.sizes.length;
  if (different < FEWEST_ROWS) {
    const copies = different === N ? "" : ` (${N} rows, copies of one another)`;
    throw new CommandError(
      `fit needs at least ${FEWEST_ROWS} different rows to learn from and to hold out; got ${different}${copies}`,
    );
  }
  names.forEach((name, j) => {
    const first = x.at(0, j);
    if (Array.from({ length: N }, (_, i) => x.at(i, j)).every((value) => value === first)) {
      throw new CommandError(`column ${name} is constant (${first}): it has no density; leave it out with --columns`);
    }
  });
  const counts = [Math.floor(TEST_SHARE * N), Math.floor(VALIDATION_SHARE * N)];
  const [test, validation, train] = splitRows("fit", groups, counts, random).map(
    (indices) => select({ x, context: undefined }, indices).x,
  );
  return { train, validation, test, different };
}
