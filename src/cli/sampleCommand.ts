import { Random } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { givenValues } from "./given.ts";
import { openModel } from "./modelInput.ts";
import { checkWritable, deliver } from "./output.ts";
import { lineOfCells } from "./rowWriter.ts";
import { wrongCall } from "./wrongCall.ts";

const ROWS = 1000;
/** So many lines are written at a time. */
const PIECE = 4096;
/** With fewer independent points than these behind them, samples given a value are not given out. */
const FEWEST_EFFECTIVE = 100;

/** `diffeo sample MODEL`: rows drawn from a model, as CSV. Returns the exit code. */
export async function sample(values: Values, [modelFile]: readonly string[]): Promise<number> {
  const model = openModel(modelFile);
  const { columns, conditions } = model;
  const { rows: n = ROWS, seed = 1, output = "-", temperature, quiet } = values;
  if (output !== "-") checkWritable(output);
  const given = givenValues("sample", values, model);
  const others = Object.keys(given).filter((name) => columns.includes(name));
  if (others.length === columns.length) throw wrongCall("--given: nothing is left to draw", "sample");
  if (others.length > 0 && temperature !== undefined) {
    throw wrongCall(
      "--temperature goes with the columns of --condition at fit, not with other columns given",
      "sample",
    );
  }
  const { x, effectiveSampleSize } = model.sample(n, {
    ...{ random: new Random(seed), given },
    ...(temperature !== undefined && { temperature }),
  });
  if (effectiveSampleSize !== null) {
    const size = Math.floor(effectiveSampleSize);
    const what = values.given.map(([name, value]) => `${name} = ${value}`).join(", ");
    if (effectiveSampleSize < FEWEST_EFFECTIVE) {
      throw new CommandError(
        `given ${what}, the joint density is worth ${size} independent rows of 100,000 drawn, fewer than ${FEWEST_EFFECTIVE}: too rare a value to tell; ` +
          `fit a model of the others with --condition "${values.given.map(([name]) => name).join(",")}", which is exact`,
      );
    }
    if (!quiet)
      process.stderr.write(`given ${what}: resampled from the joint; effective sample size ${size} of 100,000\n`);
  }
  const names = [...columns, ...conditions];
  const fixed = conditions.map((name) => given[name]);
  const D = columns.length;
  const rowOf = (i: number): (number | string)[] => [...x.data.subarray(i * D, (i + 1) * D), ...fixed];
  const lineOf = (i: number): string =>
    values.json
      ? `${JSON.stringify(Object.fromEntries(rowOf(i).map((value, j) => [names[j], value])))}\n`
      : lineOfCells(rowOf(i).map(String), ",");
  function* text(): Generator<string> {
    if (!values.json) yield lineOfCells(names, ",");
    for (let start = 0; start < n; start += PIECE) {
      yield Array.from({ length: Math.min(PIECE, n - start) }, (_, k) => lineOf(start + k)).join("");
    }
  }
  await deliver(output, text());
  return 0;
}
