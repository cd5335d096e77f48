// The banana x₂ ~ N(0, 4), x₁ | x₂ ~ N(x₂²/4, 1), fitted by one Gaussian autoregressive layer: in the order in which both factors are
// Gaussian, and in the other one, in which neither is. [5, 34, 35]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as diffeo from "diffeo";

const { concat, mul, Random, split, square, standardNormal, sub } = diffeo;

/** log p(x) = log N(x₁; x₂²/4, 1) + log N(x₂; 0, 4) */
function logProb(x) {
  const [x1, x2] = split(x, [1, 1], 1);
  const e = concat([sub(x1, mul(square(x2), 0.25)), mul(x2, 0.5)], 1);
  return sub(standardNormal([2]).logProb(e), Math.log(2));
}

/** First x₂, then x₁ given x₂. */
function sample(n, random) {
  const [e1, e2] = split(random.normal([n, 2]), [1, 1], 1);
  const x2 = mul(e2, 2);
  return concat([diffeo.add(mul(square(x2), 0.25), e1), x2], 1);
}

/** A flow of one layer. x_i is the order[i]-th coordinate: [1, 0] means x₂ first. */
async function fitted(order) {
  const random = new Random(2);
  const layer = diffeo.maskedAutoregressive({ dimensions: 2, order, hidden: [32], random });
  const flow = new diffeo.Flow(standardNormal([2]), layer);
  const options = { steps: 1500, batchSize: 250, learningRate: 0.02, schedule: "cosine", validation: false };
  await diffeo.fit(flow, sample(20_000, random), { random, ...options });
  return flow;
}
const right = await fitted([1, 0]);
const wrong = await fitted([0, 1]);

const fresh = sample(100_000, new Random(1)); // points that no flow has seen
const entropy = Math.log(2 * Math.PI * Math.E) + Math.log(2); // ½ log(2πe·4) + ½ log(2πe)
console.log(`−H, the best there is  −${entropy.toFixed(6)} nats`);
const models = {
  exact: logProb,
  "x₂, then x₁ given x₂": (x) => right.score(x),
  "x₁, then x₂ given x₁": (x) => wrong.score(x),
};
const densities = Object.entries(models).map(([name, logProb]) => {
  const onFresh = diffeo.mean(logProb(fresh)).item().toFixed(3).replace("-", "−");
  console.log(`${name.padEnd(22)} ${onFresh}`);
  return { title: `${name}: ${onFresh}`, logProb };
});
const random = new Random(4);
const samples = [right, wrong].map((flow) => ({ samples: flow.sample(600, random) }));
const picture = await diffeo.densityPicture({
  title: "The banana in the right order and in the wrong one",
  caption: "One Gaussian autoregressive layer each, and its mean log-likelihood in nats. x₁ to the right, x₂ upwards.",
  x: [-5, 13],
  y: [-7, 7],
  rows: [
    { label: "densities", panels: densities },
    { label: "samples", panels: [{ data: sample(600, random) }, ...samples] },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "banana.svg"), picture);
