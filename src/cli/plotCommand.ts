import { basename } from "node:path";
import { gatherColumns } from "../io/tables/gatherColumns.ts";
import { modelPicture } from "../plot/index.ts";
import { Random, type Tensor } from "../tensor/index.ts";
import { select } from "../training/rows.ts";
import { CommandError } from "./commandError.ts";
import { type Values, wrongCall } from "./commandOptions.ts";
import { givenValues } from "./given.ts";
import { openModel, splitConditions } from "./modelInput.ts";
import { checkWritable, deliver } from "./output.ts";
import { ReadingProgress } from "./progress.ts";
import { nameOfInput, openTableFile } from "./tableInput.ts";
import { checkCells, checkColumns, completeRows, matrixOf } from "./tableRows.ts";

/** `diffeo plot MODEL [DATA]`: the picture of a model, with data beside it. Returns the exit code. */
export async function plot(values: Values, [modelFile, dataFile]: readonly string[]): Promise<number> {
  const { output = "model.svg", seed = 1 } = values;
  const format = output.match(/\.(\w+)$/)?.[1].toLowerCase();
  if (format !== undefined && format !== "svg") {
    throw new CommandError(
      `plot writes SVG, not ${format.toUpperCase()}: name the file .svg (a browser or Inkscape makes ${format.toUpperCase()} of it)`,
      2,
    );
  }
  if (output !== "-") checkWritable(output);
  const { flow, columns, conditions } = openModel(modelFile);
  const { context, others } = givenValues("plot", values, columns, conditions);
  const [other] = others.keys();
  if (other !== undefined) {
    throw wrongCall(`--given: ${columns[other]} is a column of the model, not a condition`, "plot");
  }
  const data = dataFile === undefined ? null : await rowsOf(dataFile, values, columns, conditions, context);
  const svg = await modelPicture(flow, {
    title:
      data === null
        ? basename(nameOfInput(modelFile))
        : `${basename(nameOfInput(modelFile))} and ${basename(nameOfInput(dataFile))}`,
    names: columns,
    random: new Random(seed),
    ...(data && { data }),
    ...(context && { context, contextLabel: conditions.map((name, j) => `${name} = ${context.at(0, j)}`).join(", ") }),
  });
  await deliver(output, [svg]);
  if (output !== "-" && !values.quiet) process.stdout.write(`${output}\n`);
  return 0;
}

/** The rows of a table that come with what is given. Throws CommandError if there are none. */
async function rowsOf(
  file: string,
  values: Values,
  columns: readonly string[],
  conditions: readonly string[],
  context: Tensor | null,
): Promise<Tensor> {
  const progress = new ReadingProgress(values.quiet ? null : process.stderr);
  const stream = await openTableFile(file, values, progress);
  const needed = [...columns, ...conditions];
  checkColumns(stream.names, needed, nameOfInput(file));
  const table = await gatherColumns(stream, { columns: needed, onPiece: progress.onRows });
  progress.finish();
  if (!values.quiet) for (const note of stream.notes) process.stderr.write(`${nameOfInput(file)}: ${note}\n`);
  checkCells(table.columns);
  const rows = completeRows(table, needed, values.missing === "drop");
  const { x, context: given } = splitConditions(matrixOf(rows.columns), columns.length);
  if (context === null || given === undefined) return x;
  const C = conditions.length;
  const same = Array.from({ length: x.shape[0] }, (_, i) => i).filter((i) =>
    context.data.every((value, j) => given.data[i * C + j] === value),
  );
  if (same.length > 0) return select({ x }, same).x;
  const what = conditions.map((name, j) => `${name} = ${context.at(0, j)}`).join(", ");
  throw new CommandError(`${nameOfInput(file)} has no row with ${what}; leave the table out, or state another value`);
}
