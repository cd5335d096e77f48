import {
  checkerboard,
  circles,
  eightGaussians,
  pinwheel,
  rings,
  swissRoll,
  twoMoons,
  twoSpirals,
} from "../data/index.ts";
import { difference, figureOf, logProbs } from "../density/figure.ts";
import { realNVP } from "../flows/index.ts";
import { flowPicture, pictureOf } from "../plot/index.ts";
import { Random } from "../tensor/index.ts";
import type { Values } from "./commandOptions.ts";
import { INTERRUPTED } from "./interrupt.ts";
import { checkWritable, print, writeWhole } from "./output.ts";
import { countOf } from "./progress.ts";
import { watchedTraining } from "./watchedTraining.ts";
import { wrongCall } from "./wrongCall.ts";

const LAYERS = 12;
const HIDDEN = [64];
const STEPS = 2000;
const TRAINING_ROWS = 20_000;
const TEST_ROWS = 5_000;

/** The toys by the names of the command, with their titles. */
const TOYS: Readonly<Record<string, readonly [title: string, make: () => ReturnType<typeof twoMoons>]>> = {
  "two-moons": ["two moons", twoMoons],
  "eight-gaussians": ["eight Gaussians", eightGaussians],
  checkerboard: ["a checkerboard", checkerboard],
  pinwheel: ["a pinwheel", pinwheel],
  rings: ["rings", rings],
  circles: ["two circles", circles],
  "two-spirals": ["two spirals", twoSpirals],
  "swiss-roll": ["a Swiss roll", swissRoll],
};

/** The names of the toys. */
export const TOY_NAMES: readonly string[] = Object.keys(TOYS);

/** `diffeo demo [TOY]`: a RealNVP learns a toy, whose density is known exactly. Returns the exit code. */
export async function demo(values: Values, [name = "two-moons"]: readonly string[]): Promise<number> {
  if (!Object.hasOwn(TOYS, name)) throw wrongCall(`demo knows the toys ${TOY_NAMES.join(", ")}; got ${name}`, "demo");
  const [title, make] = TOYS[name];
  const { seed = 1, output = `${name}.svg`, steps = STEPS } = values;
  if (output === "-") throw wrongCall("-o: a picture is written to a file", "demo");
  checkWritable(output);
  const random = new Random(seed);
  const toy = make();
  const x = toy.sample(TRAINING_ROWS, random.split());
  const flow = realNVP({ dimensions: 2, layers: LAYERS, hidden: HIDDEN, random: random.split() });
  const parameters = countOf(flow.parameters);
  const say = async (text: string): Promise<void> => {
    if (!values.json) await print(`${text}\n`);
  };
  await say(
    `${title[0].toUpperCase()}${title.slice(1)}: a RealNVP with ${LAYERS} couplings, ${parameters.toLocaleString("en")} parameters, seed ${seed}`,
  );

  const quiet = values.json || values.quiet;
  const { history, curve, interrupted } = await watchedTraining(quiet ? null : process.stdout, flow, x, {
    random: random.split(),
    steps,
    learningRate: 1e-2,
    validation: 0.1,
  });
  if (interrupted) await say(`Interrupted: keeping the best weights so far, those of step ${history.bestStep}`);

  const fresh = toy.sample(TEST_ROWS, random.split());
  const logQ = logProbs(flow, fresh);
  const { mean: logLikelihood } = figureOf(logQ, fresh);
  const { mean: gap, error } = difference(logProbs(toy, fresh), logQ, fresh);
  const optimum = -Number(toy.entropy?.());
  const content = pictureOf(flow, {
    title: `A normalizing flow turns ${title} into a Gaussian`,
    caption: `RealNVP, ${LAYERS} affine couplings, ${parameters.toLocaleString("en")} parameters · ${gap.toFixed(3)} nats from the exact density · seed ${seed}`,
    data: x,
    exact: toy,
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

  await say(
    `  log-likelihood  ${logLikelihood.toFixed(4)} nats per point; the exact optimum is −H = ${optimum.toFixed(6)}`,
  );
  await say(
    `  gap             ${gap.toFixed(4)} ± ${error.toFixed(4)} nats: mean(log p − log q) over ${TEST_ROWS.toLocaleString("en")} fresh points`,
  );
  await say(`  training        ${history.seconds.toFixed(1)} s`);
  await say(`  picture         ${output}`);
  const result = {
    gap,
    logLikelihood,
    seconds: history.seconds,
    steps: curve.steps,
    seed,
    picture: output,
    parameters,
  };
  await print(`${JSON.stringify(result)}\n`);
  return interrupted ? INTERRUPTED : 0;
}
