import type { Table } from "../io/index.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { openModel, splitConditions } from "./modelInput.ts";
import { deliver } from "./output.ts";
import { ReadingProgress } from "./progress.ts";
import { lineOfCells, SCORE_COLUMN } from "./rowWriter.ts";
import { nameOfInput, openTableFile } from "./tableInput.ts";
import { checkColumns } from "./tableRows.ts";

/** `diffeo score MODEL DATA`: the table as it is, with log p of each row, nats. Returns the exit code. */
export async function score(values: Values, [modelFile, dataFile]: readonly string[]): Promise<number> {
  const { flow, columns, conditions } = openModel(modelFile);
  const progress = new ReadingProgress(values.quiet || !process.stderr.isTTY ? null : process.stderr);
  const stream = await openTableFile(dataFile, values, progress);
  const needed = [...columns, ...conditions];
  checkColumns(stream.names, needed, nameOfInput(dataFile));
  const separator = stream.separator === null || stream.separator === " " ? "," : stream.separator;
  const rowNames = stream.rowNames === null ? [] : [stream.rowNames];
  const header = [...rowNames, ...stream.names, freeName(SCORE_COLUMN, stream.names)];
  const asText = (value: number): string => (stream.decimal === "," ? String(value).replace(".", ",") : String(value));
  let [rows, dropped] = [0, 0];
  async function* text(): AsyncGenerator<string> {
    if (!values.json) yield lineOfCells(header, separator);
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
    const { x, context } = splitConditions(piece.matrix(needed), columns.length);
    const logProb = flow.score(x, context).data;
    if (values.json) {
      return Array.from(logProb, (value, i) => {
        const line = piece.lineOf(i);
        return `${JSON.stringify({ line, [SCORE_COLUMN]: Number.isFinite(value) ? value : String(value) })}\n`;
      }).join("");
    }
    const cells = [...rowNames, ...piece.names].map((name) => piece.cells(name));
    let text = "";
    for (let i = 0; i < piece.rows; i++) {
      text += lineOfCells([...cells.map((column) => column[i]), asText(logProb[i])], separator);
    }
    return text;
  }
}

/** The name, or one like it that no column has. */
function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let k = 2; taken.includes(free); k++) free = `${name}_${k}`;
  return free;
}
