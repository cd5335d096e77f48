import type { Table } from "../io/index.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { checkColumns, openModel } from "./modelInput.ts";
import { deliver } from "./output.ts";
import { ReadingProgress } from "./progress.ts";
import { lineOfCells, SCORE_COLUMN } from "./rowWriter.ts";
import { nameOfInput, openTableFile } from "./tableInput.ts";
import { wrongCall } from "./wrongCall.ts";

/** So many rows that differ in a constant column are named. */
const NAMED = 5;

/** `diffeo score MODEL DATA`: the table as it is, with log p of each row, nats, its p-value, and what else was asked for. Returns the exit code. */
export async function score(values: Values, [modelFile, dataFile]: readonly string[]): Promise<number> {
  const model = openModel(modelFile);
  const { alpha, explain } = values;
  const calibrated = model.facts.calibration !== null;
  if (alpha !== undefined && !calibrated) {
    throw wrongCall("--alpha takes a model with 99 rows held out at fit; this one has no p-values", "score");
  }
  const progress = new ReadingProgress(values.quiet || !process.stderr.isTTY ? null : process.stderr);
  const stream = await openTableFile(dataFile, values, progress);
  const needed = [...model.columns, ...model.conditions];
  checkColumns(stream.names, needed, nameOfInput(dataFile));
  const separator = stream.separator === null || stream.separator === " " ? "," : stream.separator;
  const rowNames = stream.rowNames === null ? [] : [stream.rowNames];
  const added = [
    SCORE_COLUMN,
    ...(calibrated ? ["pValue"] : []),
    ...(alpha === undefined ? [] : ["odd"]),
    ...(explain ? ["leastLikely", "leastLikelyLogProb"] : []),
  ];
  const asText = (value: number | string | boolean): string =>
    typeof value === "number" && stream.decimal === "," ? String(value).replace(".", ",") : String(value);
  const different: string[] = [];
  let [rows, dropped, differing] = [0, 0, 0];
  async function* text(): AsyncGenerator<string> {
    if (!values.json) {
      const names = [...rowNames, ...stream.names];
      yield lineOfCells([...names, ...added.map((name) => freeName(name, names))], separator);
    }
    for await (const piece of stream.pieces) {
      const complete = values.missing === "drop" ? piece.dropMissing(needed) : piece;
      dropped += piece.rows - complete.rows;
      yield scored(complete);
      rows += complete.rows;
      progress.onRows(rows);
    }
  }
  await deliver(values.output ?? "-", text());
  progress.finish();
  if (!values.quiet) {
    for (const note of stream.notes) process.stderr.write(`${nameOfInput(dataFile)}: ${note}\n`);
    if (dropped > 0) process.stderr.write(`left out ${dropped} rows with blanks or infinities\n`);
    if (differing > 0) {
      const more = differing > NAMED ? `, and ${differing - NAMED} more` : "";
      process.stderr.write(
        `${differing === 1 ? "1 row differs" : `${differing} rows differ`} where all training rows have one value, which the score knows nothing of: ${different.join(", ")}${more}\n`,
      );
    }
  }
  return 0;

  function scored(piece: Table): string {
    if (piece.rows === 0) return "";
    const [line] = piece.missing(needed);
    if (line !== undefined) {
      throw new CommandError(
        `line ${line} has a blank or an infinity in a column of the model; leave such rows out with --missing drop`,
      );
    }
    for (const { row, column, value, expected } of model.differences(piece)) {
      differing++;
      if (different.length < NAMED)
        different.push(`${column} = ${value}, not ${expected}, on line ${piece.lineOf(row)}`);
    }
    const results = resultsOf(piece);
    if (values.json) {
      return results
        .map((result, i) => {
          const known = result.map((value) =>
            typeof value === "number" && !Number.isFinite(value) ? String(value) : value === "" ? null : value,
          );
          const fields = Object.fromEntries(added.map((name, k) => [name, known[k]]));
          return `${JSON.stringify({ line: piece.lineOf(i), ...fields })}\n`;
        })
        .join("");
    }
    const cells = [...rowNames, ...piece.names].map((name) => piece.cells(name));
    let lines = "";
    for (let i = 0; i < piece.rows; i++) {
      lines += lineOfCells([...cells.map((column) => column[i]), ...results[i].map(asText)], separator);
    }
    return lines;
  }

  /** What is added to each row. */
  function resultsOf(piece: Table): (number | string | boolean)[][] {
    const { x, context } = model.rowsIn("score", piece);
    const scores = model.scoresOf(x, context);
    const p = calibrated ? model.pValuesOf(scores) : null;
    return Array.from(scores, (value, i) => {
      const odd = p !== null && alpha !== undefined && p[i] <= alpha;
      return [
        value,
        ...(p === null ? [] : [p[i]]),
        ...(alpha === undefined ? [] : [odd]),
        ...(explain ? reasonFor(i, value, alpha === undefined || odd) : []),
      ];
    });

    /** The least likely column of a row, where that is asked for and can be said. */
    function reasonFor(i: number, value: number, wanted: boolean): (number | string)[] {
      if (!wanted || value === Number.NEGATIVE_INFINITY) return ["", ""];
      const [least] = model.explainRow(x, context, i).sort((a, b) => a.inDeviations - b.inDeviations);
      return [least.column, least.logProb];
    }
  }
}

/** The name, or one like it that no column has. */
function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let k = 2; taken.includes(free); k++) free = `${name}_${k}`;
  return free;
}
