import { basename } from "node:path";
import { rowsWith } from "../density/densityRows.ts";
import type { DensityModel } from "../density/index.ts";
import { modelPicture } from "../plot/index.ts";
import { Random, type Tensor } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { type GivenValues, givenValues } from "./given.ts";
import { openModel } from "./modelInput.ts";
import { readModelRows } from "./modelRows.ts";
import { checkWritable, deliver } from "./output.ts";
import { ReadingProgress } from "./progress.ts";
import { nameOfInput } from "./tableInput.ts";
import { wrongCall } from "./wrongCall.ts";

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
  const model = openModel(modelFile);
  const given = givenValues("plot", values, model);
  const other = Object.keys(given).find((name) => model.columns.includes(name));
  if (other !== undefined) throw wrongCall(`--given: ${other} is a column of the model, not a condition`, "plot");
  const context = model.contextOf(model.givenIn("plot", given));
  const data = dataFile === undefined ? null : await rowsOf(dataFile, values, model, given, context);
  const name = basename(nameOfInput(modelFile));
  const svg = await modelPicture(model.inUnits, {
    title: data === null ? name : `${name} and ${basename(nameOfInput(dataFile))}`,
    ...{ names: model.columns, random: new Random(seed) },
    ...(data && { data }),
    ...(context && { context, contextLabel: inWords(given) }),
  });
  await deliver(output, [svg]);
  if (output !== "-" && !values.quiet) process.stdout.write(`${output}\n`);
  return 0;
}

function inWords(given: GivenValues): string {
  return Object.entries(given)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}

/** The rows of a table that come with what is given. Throws CommandError if there are none. */
async function rowsOf(
  file: string,
  values: Values,
  model: DensityModel,
  given: GivenValues,
  context: Tensor | undefined,
): Promise<Tensor> {
  const progress = new ReadingProgress(values.quiet ? null : process.stderr);
  const rows = await readModelRows("plot", model, file, values, progress);
  if (!values.quiet) for (const note of rows.notes) process.stderr.write(`${nameOfInput(file)}: ${note}\n`);
  const same = rowsWith({ x: rows.x, context: model.contextOf(rows.given) }, context);
  if (same !== null) return same;
  throw new CommandError(
    `${nameOfInput(file)} has no row with ${inWords(given)}; leave the table out, or state another value`,
  );
}
