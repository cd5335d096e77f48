import { type Flow, sampleGiven } from "../flows/index.ts";
import { Random, type Tensor } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import { type Values, wrongCall } from "./commandOptions.ts";
import { givenValues } from "./given.ts";
import { openModel } from "./modelInput.ts";
import { checkWritable, deliver } from "./output.ts";
import { lineOfCells } from "./rowWriter.ts";

const ROWS = 1000;
/** So many lines are written at a time. */
const PIECE = 4096;
/** With fewer independent points than these behind them, samples given a value are not given out. */
const FEWEST_EFFECTIVE = 100;

/** `diffeo sample MODEL`: rows drawn from a model, as CSV. Returns the exit code. */
export async function sample(values: Values, [modelFile]: readonly string[]): Promise<number> {
  const { flow, columns, conditions } = openModel(modelFile);
  const { rows: n = ROWS, seed = 1, output = "-" } = values;
  if (output !== "-") checkWritable(output);
  const { context, others } = givenValues("sample", values, columns, conditions);
  if (others.size === columns.length) throw wrongCall("--given: nothing is left to draw", "sample");
  const random = new Random(seed);
  const drawn =
    others.size === 0
      ? flow.sample(n, random, context ?? undefined)
      : drawGiven(flow, n, random, others, context, values);
  const names = [...columns, ...conditions];
  const fixed = Array.from(context?.data ?? []);
  const rowOf = (i: number): number[] => [
    ...drawn.data.subarray(i * columns.length, (i + 1) * columns.length),
    ...fixed,
  ];
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

/** Rows with some columns given that the model was not conditioned on, from the joint. Says what they are worth, or refuses. */
function drawGiven(
  flow: Flow,
  n: number,
  random: Random,
  given: ReadonlyMap<number, number>,
  context: Tensor | null,
  { given: assignments, quiet }: Values,
): Tensor {
  const { x, effectiveSampleSize } = sampleGiven(flow, n, random, { given, ...(context && { context }) });
  const size = Math.floor(effectiveSampleSize);
  const what = assignments.map(([name, value]) => `${name} = ${value}`).join(", ");
  if (effectiveSampleSize < FEWEST_EFFECTIVE) {
    const names = assignments.map(([name]) => name).join(",");
    throw new CommandError(
      `given ${what}, the joint density is worth ${size} independent rows of 100,000 drawn, fewer than ${FEWEST_EFFECTIVE}: too rare a value to tell; ` +
        `fit a model of the others with --condition "${names}", which is exact`,
    );
  }
  if (!quiet)
    process.stderr.write(`given ${what}: resampled from the joint; effective sample size ${size} of 100,000\n`);
  return x;
}
