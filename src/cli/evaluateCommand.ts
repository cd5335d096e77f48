import { gatherColumns } from "../io/tables/gatherColumns.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { written } from "./figure.ts";
import { fitYardstick } from "./gaussian.ts";
import { figuresInJson, judge, wildRemark } from "./judgement.ts";
import { openModel, splitConditions } from "./modelInput.ts";
import { print } from "./output.ts";
import { ReadingProgress } from "./progress.ts";
import { nameOfInput, openTableFile } from "./tableInput.ts";
import { checkCells, checkColumns, completeRows, matrixOf } from "./tableRows.ts";

/** `diffeo evaluate MODEL DATA`: how likely the rows of a table are, beside a Gaussian of the same rows. Returns the exit code. */
export async function evaluate(values: Values, [modelFile, dataFile]: readonly string[]): Promise<number> {
  const { flow, columns, conditions } = openModel(modelFile);
  const progress = new ReadingProgress(values.json || values.quiet ? null : process.stdout);
  const stream = await openTableFile(dataFile, values, progress);
  const needed = [...columns, ...conditions];
  checkColumns(stream.names, needed, nameOfInput(dataFile));
  const table = await gatherColumns(stream, { columns: needed, onPiece: progress.onRows });
  progress.finish();
  checkCells(table.columns);
  const { columns: numbers, places, dropped } = completeRows(table, needed, values.missing === "drop");
  const matrix = matrixOf(numbers);
  const N = matrix.shape[0];
  const D = columns.length;
  if (N <= D + conditions.length)
    throw new CommandError(
      `evaluate needs more rows than columns, for the Gaussian beside; got ${N} for ${needed.length}`,
    );
  const { x, context } = splitConditions(matrix, D);
  const judgement = judge(flow.score(x, context).data, fitYardstick(matrix, D).score(matrix), matrix);
  const lineOf = (row: number): number => table.lineOf(places[row]);
  const bits = (nats: number): number => -nats / (D * Math.LN2);
  if (!values.json) {
    const { logLikelihood, median, gaussian, gain } = judgement;
    const lines = [
      `${nameOfInput(dataFile)}: ${N} rows of ${columns.join(", ")}${conditions.length > 0 ? ` given ${conditions.join(", ")}` : ""}${dropped > 0 ? `; left out ${dropped} with blanks` : ""}`,
      ...stream.notes.map((note) => `  ${note}`),
      `  log-likelihood           ${written(logLikelihood)} nats per row, median ${median.toFixed(4)}`,
      `                           ${bits(logLikelihood.mean).toFixed(4)} bits/dim: −log₂ p(x)/D, in the units of the file`,
      `  full-covariance Gaussian ${written(gaussian)} nats per row, fitted to these very rows`,
      `  model − Gaussian         ${written(gain)} nats per row, paired`,
      ...wildRemark(judgement, lineOf).map((remark) => `  ${remark}`),
    ];
    await print(lines.map((line) => `${line}\n`).join(""));
  }
  const result = {
    ...figuresInJson(judgement, lineOf),
    bitsPerDim: bits(judgement.logLikelihood.mean),
    rows: N,
    dropped,
    columns,
    conditions,
  };
  await print(`${JSON.stringify(result)}\n`);
  return 0;
}
