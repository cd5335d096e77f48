// Flows of images on the digits of 8×8 pixels: weights are chosen by validation rows, test rows are scored once, at the end. Rates, widths and numbers of
// steps were chosen by validation rows, too.

import {
  adamW,
  bitsPerDim,
  compose,
  concat,
  dequantize,
  Flow,
  fit,
  fitNormal,
  glow,
  logitFlow,
  Random,
  realNVP,
  reshape,
  take,
} from "../../dist/index.js";
import { deviation, fixed, mean, range, summary } from "../support/scores.mjs";
import { readSet, rowsOf, select } from "../support/sets.mjs";
import { markdown } from "../support/table.mjs";

export const question = "How many bits per dimension do flows of images need for digits that they have not seen?";

/** 2 seeds are enough to see that runs are alike. */
const SEEDS = 2;
const [PIXELS, VALUES] = [64, 17];
const SIZES = { channels: 1, height: 8, width: 8 };
/** Pixels on [0, 1) become real numbers by logits of α + (1 − 2α)x. */
const ALPHA = 0.01;
const TRAINING = { batchSize: 64, learningRate: 0.01, schedule: "cosine", clipNorm: 5, ema: 0.99 };
/** Draws of the noise u for each image, of fixed seeds: validation rows choose weights, test rows are scored. */
const NOISE = { validation: { draws: 4, seed: 777 }, test: { draws: 16, seed: 888 } };

const MODELS = {
  glow: {
    flow: { levels: 2, steps: 6, hidden: [24, 24], activation: "silu" },
    steps: 800,
    weightDecay: 0.1,
    make: (options) => glow({ ...SIZES, ...options }),
  },
  realnvp: {
    flow: { levels: 1, layers: 4, hidden: [32, 32], activation: "silu" },
    steps: 600,
    weightDecay: 0.1,
    make: (options) => realNVP({ dimensions: [1, 8, 8], ...options }),
  },
};
const QUICK = { rows: 40, steps: 1, hidden: [2] };
const GAUSSIAN = "gaussian";
const NAMES = {
  gaussian: "Gaussian of logits",
  realnvp: "RealNVP, 1 level, 4 couplings",
  glow: "Glow, 2 levels of 6 steps",
};

export const parts = [GAUSSIAN, ...Object.keys(MODELS)];
export const document = "docs/results.md";

export async function measure(quick, { part, seeds = SEEDS }) {
  const set = await readSet("digits64", true);
  const some = quick ? QUICK.rows : undefined;
  const rows = (mark) =>
    select(
      set.x,
      rowsOf(set, (entry) => entry === mark, some),
    );
  const [train, validation, test] = ["T", "V", "E"].map((mark) => reshape(rows(mark), [-1, 1, 8, 8]));
  const data = { train, validation: noisy(validation, NOISE.validation), test };
  if (part === GAUSSIAN) return { alpha: ALPHA, noise: NOISE, runs: [{ seed: 1, ...bitsOf(gaussian(train), data) }] };
  const { flow: usual, steps: all, weightDecay, make } = MODELS[part];
  const [options, steps] = quick ? [{ ...usual, hidden: QUICK.hidden }, QUICK.steps] : [usual, all];
  const runs = [];
  for (let seed = 1; seed <= (quick ? 1 : seeds); seed++) {
    const random = new Random(seed);
    const flow = ofPixels(make({ ...options, random }));
    const history = await fit(flow, (n, generator) => drawn(train, n, generator), {
      ...{ random, ...TRAINING, steps, weightDecay, optimizer: adamW, validation: data.validation },
    });
    const { bestStep, weights, seconds } = history;
    const parameters = flow.parameters.reduce((total, { size }) => total + size, 0);
    runs.push({ seed, parameters, bestStep, weights, seconds: Math.round(seconds), ...bitsOf(flow, data) });
    if (!quick) console.error(`${part}: ${JSON.stringify(runs.at(-1))}`);
  }
  return { flow: options, training: { steps, weightDecay, ...TRAINING }, alpha: ALPHA, noise: NOISE, runs };
}

/** A flow of logits as a flow of pixels, whose log-likelihood is that of pixels. */
function ofPixels({ base, bijection }) {
  return new Flow(base, compose(logitFlow({ dimensions: bijection.dataShape, alpha: ALPHA }), bijection));
}

/** Training images, each with a noise of its own that never comes again. */
function drawn(images, n, random) {
  const chosen = random.integers([n], images.shape[0]);
  return dequantize(take(images, [...chosen.data], 0), VALUES, random);
}

/** So many copies of the images, one after the other, each with another noise. */
function noisy(images, { draws, seed }) {
  return dequantize(concat(Array(draws).fill(images), 0), VALUES, new Random(seed));
}

/** The Gaussian of logits with full covariance. */
function gaussian(train) {
  const logit = logitFlow({ dimensions: PIXELS, alpha: ALPHA });
  const rows = reshape(noisy(train, NOISE.validation), [-1, PIXELS]);
  return new Flow(fitNormal(logit.forward(rows).z), logit);
}

/**
 * Bits per dimension of validation and test images. Σ_u log p(x + u)/U over the noises u bounds the log-likelihood of the integers from below, and so does
 * log Σ_u p(x + u)/U, more tightly (on average over u).
 */
function bitsOf(flow, { validation, test }) {
  const score = (x) => bitsPerDim(flow.score(reshape(x, [-1, ...flow.bijection.dataShape])), PIXELS, VALUES).data;
  const [images, { draws }] = [test.shape[0], NOISE.test];
  const each = score(noisy(test, NOISE.test));
  const ofImage = (i) => Array.from({ length: draws }, (_, k) => each[k * images + i]);
  const all = Array.from({ length: images }, (_, i) => ofImage(i));
  return {
    validation: mean(Array.from(score(validation))),
    test: summaryOf(all.map(mean)),
    cell: summaryOf(all.map(ofCell)),
  };
}

/** Without the lowest: of bits, that is none to worry about. */
function summaryOf(bits) {
  const { mean: value, error, notFinite } = summary(bits);
  return { mean: value, error, notFinite };
}

/** −log₂ of the mean density over a cell, per dimension. */
function ofCell(bits) {
  const least = Math.min(...bits);
  const shares = bits.map((value) => Math.exp(-(value - least) * PIXELS * Math.LN2));
  return least - Math.log2(mean(shares)) / PIXELS;
}

/** The mean over seeds ± the mean standard error over test images. */
function overSeeds(runs, of) {
  const scores = runs.map((run) => run[of]);
  if (scores.some(({ notFinite }) => notFinite > 0)) return "not finite";
  return `${fixed(mean(scores.map((score) => score.mean)), 3)} ± ${fixed(mean(scores.map(({ error }) => error)), 3)}`;
}

export function table(reports) {
  const known = parts.filter((part) => reports[part]);
  const scores = known.map((part) => {
    const { runs } = reports[part];
    const apart = runs.length === 1 ? "" : fixed(deviation(runs.map(({ test }) => test.mean)), 3);
    const validation = fixed(mean(runs.map((run) => run.validation)), 3);
    return [NAMES[part], `**${overSeeds(runs, "test")}**`, overSeeds(runs, "cell"), validation, runs.length, apart];
  });
  const trained = known.filter((part) => part !== GAUSSIAN);
  const details = trained.map((part) => {
    const { runs, training } = reports[part];
    const ranges = ["parameters", "bestStep", "seconds"].map((name) => range(runs.map((run) => run[name])));
    return [NAMES[part], ranges[0], training.steps, training.weightDecay, ...ranges.slice(1)];
  });
  const { alpha, noise } = reports[known[0]];
  return [
    `**Bits per dimension of test images**, integers 0 … 16, ± one standard error over images: the mean over ${noise.test.draws} draws of the noise; beside it that of the mean density at those points, ` +
      `which is nearer to what the integers cost (so \`estimateDensity\` scores them, at ${noise.test.draws} points of a Latin hypercube). Validation images as the former. All see logits of α + (1 − 2α)x, α = ${alpha}.`,
    markdown(["model", "test", "test, mean density", "validation", "seeds", "deviation between them"], scores),
    ...(trained.length === 0 ? [] : [markdown(TRAINED, details), howTrained(reports[trained[0]].training)]),
  ].join("\n\n");
}

const TRAINED = ["model", "parameters", "steps", "weight decay", "best step", "seconds"];

function howTrained({ batchSize, learningRate, clipNorm, ema }) {
  return (
    `Training: ${batchSize} images at a time with new noise in every step, AdamW from ${learningRate} by a cosine, gradients clipped to ${clipNorm}; of the weights and of their averages (${ema}) ` +
    "after every 100 steps those are kept that are best on the validation images."
  );
}
