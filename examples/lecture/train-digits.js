// Trains the Glow of digits.js anew, bit for bit: images of integers become points of ℝ⁶⁴ by noise and logits, and the steps go up the
// log-likelihood. Weights are chosen by the validation images; the test images are scored once, at the end. [1, 3, 15, 20, 30, 37]
//
//   bits per dimension = −log₂ p(x + u) / 64, p the density of pixels on [0, 17): at least what the integers x cost, on average over u
//
// Run it with: node examples/lecture/train-digits.js [FOLDER [STEPS]]; it takes minutes, and writes digits-glow.safetensors there
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as d from "diffeo";

const [folder = ".", steps = 800] = process.argv.slice(2);
const data = (name) => readFileSync(new URL(`../../bench/data/${name}`, import.meta.url));
const table = await d.readTable(data("digits64.csv.gz"));
const pixels = d.reshape(table.matrix(table.names.slice(0, 64)), [-1, 1, 8, 8]); // integers 0 … 16
const marks = [...data("digits64.split.txt").toString().trim()]; // T, V or E for each image
const rowsOf = (mark) => marks.flatMap((given, i) => (given === mark ? [i] : []));
const [training, validation, test] = ["T", "V", "E"].map((mark) => d.take(pixels, rowsOf(mark), 0));

/** (integers + u)/17 on [0, 1), of each image so many times, each with another noise u. */
const noisy = (images, times, random) => d.dequantize(d.concat(Array(times).fill(images), 0), 17, random);
/** Training images, drawn at random, with noise that never comes again. */
const draw = (n, random) => noisy(d.take(training, [...random.integers([n], training.shape[0]).data], 0), 1, random);
/** Of −log p on [0, 1), nats per image. */
const inBits = (loss) => d.bitsPerDim(-loss, 64, 17).toFixed(4);

const random = new d.Random(1);
const sizes = { channels: 1, height: 8, width: 8, levels: 2, steps: 6 };
const glow = d.glow({ ...sizes, hidden: [24, 24], activation: "silu", random });
const logits = d.logitFlow({ dimensions: [1, 8, 8], alpha: 0.01 }); // of 0.01 + 0.98x: from [0, 1] to ℝ
const flow = new d.Flow(glow.base, d.compose(logits, glow.bijection));

const history = await d.fit(flow, draw, {
  random,
  steps: Number(steps),
  batchSize: 64,
  optimizer: d.adamW,
  weightDecay: 0.1,
  schedule: d.cosineSchedule({ learningRate: 0.01, steps: 800 }),
  clipNorm: 5,
  ema: 0.99,
  validation: noisy(validation, 4, new d.Random(777)),
  onEpoch: ({ step, train, validation }) =>
    console.log(`step ${step}: training ${inBits(train)}, validation ${inBits(validation)} bits per dimension`),
});
const { bestStep, weights } = history;
const score = d.mean(flow.score(noisy(test, 16, new d.Random(888)))).item();
console.log(`weights of step ${bestStep} (${weights}): test ${inBits(-score)} bits per dimension`);
const extra = { data: "bench/data/digits64.csv.gz", seed: 1, steps: Number(steps), bestStep, weights };
writeFileSync(join(folder, "digits-glow.safetensors"), d.saveFlow(flow, extra));
