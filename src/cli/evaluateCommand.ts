import { NEAR_ENOUGH, someMixture } from "../density/closedModel.ts";
import { difference, type Figure, figureOf, logProbs, written } from "../density/figure.ts";
import { fitMixture, NotPositiveDefiniteError } from "../distributions/index.ts";
import { Random, type Tensor } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { fitYardstick } from "./gaussian.ts";
import { figuresInJson, gaussianLines, judge, wildRemark } from "./judgement.ts";
import { openModel } from "./modelInput.ts";
import { readModelRows } from "./modelRows.ts";
import { print } from "./output.ts";
import { ReadingProgress } from "./progress.ts";
import { nameOfInput } from "./tableInput.ts";

/** `diffeo evaluate MODEL DATA`: how likely the rows of a table are, beside a Gaussian and a mixture of the same rows. Returns the exit code. */
export async function evaluate(values: Values, [modelFile, dataFile]: readonly string[]): Promise<number> {
  const model = openModel(modelFile);
  const { columns, conditions } = model;
  const progress = new ReadingProgress(values.json || values.quiet ? null : process.stdout);
  const { x, given, dropped, notes, lineOf } = await readModelRows("evaluate", model, dataFile, values, progress);
  const context = model.contextOf(given);
  const [N, D] = x.shape;
  if (N <= D + (context?.shape[1] ?? 0))
    throw new CommandError(
      `evaluate needs more rows than columns, for the Gaussian beside; got ${N} for ${columns.length + conditions.length}`,
    );
  const scores = model.scoresOf(x, context);
  const yardstick = unlessSingular(() => fitYardstick(x, context));
  const judgement = judge(scores, yardstick?.score(x, context) ?? null, x);
  const mixture = conditions.length === 0 && yardstick !== null ? mixtureOf(x, scores) : null;
  const bits = (nats: number): number => -nats / (D * Math.LN2);
  if (!values.json) {
    const { logLikelihood, median } = judgement;
    const lines = [
      `${nameOfInput(dataFile)}: ${N} rows of ${columns.join(", ")}${conditions.length > 0 ? ` given ${conditions.join(", ")}` : ""}${dropped > 0 ? `; left out ${dropped} with blanks` : ""}`,
      ...notes.map((note) => `  ${note}`),
      `  log-likelihood           ${written(logLikelihood)} nats per row, median ${median.toFixed(4)}`,
      `                           ${bits(logLikelihood.mean).toFixed(4)} bits/dim: −log₂ p(x)/D, in the units of the file`,
      ...gaussianLines(judgement, "these very rows", ""),
      ...(yardstick === null ? ["  no Gaussian beside: a column is constant here, or depends on the others"] : []),
      ...(mixture === null
        ? []
        : [
            `  mixture of Gaussians     ${written(mixture.figure)} nats per row, ${mixture.components} components fitted to these very rows`,
            `  model − mixture          ${written(mixture.gain)} nats per row, paired`,
          ]),
      ...wildRemark(judgement, lineOf).map((remark) => `  ${remark}`),
    ];
    await print(lines.map((line) => `${line}\n`).join(""));
  }
  const result = {
    ...figuresInJson(judgement, lineOf),
    bitsPerDim: bits(judgement.logLikelihood.mean),
    ...{ mixture: mixture?.figure.mean ?? null, mixtureComponents: mixture?.components ?? null },
    ...{ rows: N, dropped, columns, conditions },
  };
  await print(`${JSON.stringify(result)}\n`);
  return 0;
}

/** What is made; null where columns depend on one another. */
function unlessSingular<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    return null;
  }
}

/** The mixture of Gaussians of the rows, with as many components as some of them want. */
function mixtureOf(x: Tensor, scores: Float64Array): { figure: Figure; gain: Figure; components: number } {
  const { components } = someMixture(x, new Random(1));
  const ofMixture = logProbs(fitMixture(x, { random: new Random(1), components, ...NEAR_ENOUGH }), x);
  return { figure: figureOf(ofMixture, x), gain: difference(scores, ofMixture, x), components };
}
