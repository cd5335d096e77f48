import { twoMoons } from "../data/index.ts";
import { realNVP } from "../flows/index.ts";
import { flowPicture, pictureOf } from "../plot/index.ts";
import { Random } from "../tensor/index.ts";
import type { DemoOptions } from "./arguments.ts";
import { difference, figureOf, logProbs } from "./figure.ts";
import { INTERRUPTED } from "./interrupt.ts";
import { checkWritable, writeWhole } from "./output.ts";
import { countOf } from "./progress.ts";
import { watchedFit } from "./watchedFit.ts";

const LAYERS = 12;
const HIDDEN = [64];
const STEPS = 2000;
const TRAINING_ROWS = 20_000;
const TEST_ROWS = 5_000;

/** `diffeo demo`: a RealNVP learns two moons, whose density is known exactly. Returns the exit code. */
export async function demo({ seed, output = "two-moons.svg", steps = STEPS }: DemoOptions): Promise<number> {
  checkWritable(output);
  const random = new Random(seed);
  const moons = twoMoons();
  const x = moons.sample(TRAINING_ROWS, random.split());
  const flow = realNVP({ dimensions: 2, layers: LAYERS, hidden: HIDDEN, random: random.split() });
  const parameters = countOf(flow.parameters);
  const out = process.stdout;
  out.write(
    `Two moons: a RealNVP with ${LAYERS} couplings, ${parameters.toLocaleString("en")} parameters, seed ${seed}\n`,
  );

  const { history, curve, interrupted } = await watchedFit(out, flow, x, {
    random: random.split(),
    steps,
    learningRate: 1e-2,
    validation: 0.1,
  });

  const fresh = moons.sample(TEST_ROWS, random.split());
  const logQ = logProbs(flow, fresh);
  const { mean: logLikelihood } = figureOf(logQ, fresh);
  const { mean: gap, error } = difference(logProbs(moons, fresh), logQ, fresh);
  const optimum = -Number(moons.entropy?.());
  const content = pictureOf(flow, {
    title: "A normalizing flow turns two moons into a Gaussian",
    caption: `RealNVP, ${LAYERS} affine couplings, ${parameters.toLocaleString("en")} parameters · ${gap.toFixed(3)} nats from the exact density · seed ${seed}`,
    data: x,
    exact: moons,
    random: random.split(),
    axes: ["x₁", "x₂"],
    curve: {
      train: curve.train,
      validation: curve.validation,
      unit: "negative log-likelihood, nats",
      reference: { value: -optimum, label: "exact optimum" },
    },
  });
  writeWhole(output, await flowPicture(content));

  out.write(
    `  log-likelihood  ${logLikelihood.toFixed(4)} nats per point; the exact optimum is −H = ${optimum.toFixed(6)}\n`,
  );
  out.write(
    `  gap             ${gap.toFixed(4)} ± ${error.toFixed(4)} nats: mean(log p − log q) over ${TEST_ROWS.toLocaleString("en")} fresh points\n`,
  );
  out.write(`  training        ${history.seconds.toFixed(1)} s\n`);
  out.write(`  picture         ${output}\n`);
  const result = {
    gap,
    logLikelihood,
    seconds: history.seconds,
    steps: curve.steps,
    seed,
    picture: output,
    parameters,
  };
  out.write(`${JSON.stringify(result)}\n`);
  return interrupted ? INTERRUPTED : 0;
}
