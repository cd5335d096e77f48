// Two divergences, two fits: forward KL covers both modes, reverse KL picks one. [2, 3, 4]
//
// The target π has two modes, the model is one Gaussian, x = μ + σ·z, which cannot have two. KL(π ‖ p) asks p to be nowhere small
// where π is large; it needs points of π. KL(p ‖ π) asks p to be only where π is; it needs log π at points of p, so that here π is a
// density that can be computed, up to a constant, where the slide has data.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as diffeo from "diffeo";

const { densityPicture, exp, fit, Flow, mean, noGrad, Random, reverseKL, sub, tensor } = diffeo;

const mode = (loc) => diffeo.diagonalNormal({ loc: tensor(loc), logScale: Math.log(0.5) });
const target = diffeo.mixture({ logits: tensor([0, 0]), components: [mode([-2, -1]), mode([2, 1])] });

/** Fits μ, which starts where the seed says, and σ. */
async function fitted(divergence, seed) {
  const random = new Random(seed);
  const affine = diffeo.elementwiseAffine({ dimensions: 2 }); // z = (x − μ)/σ
  affine.parameters[0].assign(random.normal([2]));
  const flow = new Flow(diffeo.standardNormal([2]), affine);
  const settings = { random, steps: 300, learningRate: 5e-2, schedule: "cosine" };
  if (divergence === "forward") await fit(flow, (n, generator) => target.sample(n, generator), settings);
  else {
    // without data: the rows only say how many points of its own the flow draws
    const objective = (p, rows) => reverseKL(p, target, rows.shape[0], random);
    await fit(flow, (n, generator) => generator.normal([n, 2]), { ...settings, objective });
  }
  return flow;
}

const fits = [
  ["forward KL", await fitted("forward", 1)],
  ["reverse KL", await fitted("reverse", 1)],
  ["reverse KL, seed 2", await fitted("reverse", 2)],
];

const x = target.sample(20_000, new Random(10));
const pair = ({ data }) => Array.from(data, (value) => value.toFixed(2).padStart(5)).join(" ");
console.log("                      μ₁    μ₂      σ₁    σ₂  KL(π ‖ p)  KL(p ‖ π)");
for (const [name, flow] of fits) {
  const [mu, logSigma] = flow.parameters;
  const forward = noGrad(() => mean(sub(target.logProb(x), flow.logProb(x))).item());
  const reverse = noGrad(() => reverseKL(flow, target, 20_000, new Random(11)).item());
  const divergences = [forward, reverse].map((value) => value.toFixed(2).padStart(9));
  console.log(name.padEnd(18), pair(mu), " ", pair(exp(logSigma)), ...divergences);
}
console.log(`log 2 = ${Math.log(2).toFixed(2)} nats: what it costs to have one mode of two`);

const panels = [["target π", target], ...fits].map(([title, p]) => ({ title, logProb: (x) => p.logProb(x) }));
const title = "One Gaussian for two modes";
const caption = "maximum likelihood (forward KL) covers both modes, reverse KL picks one; the start decides which";
const svg = await densityPicture({ title, caption, x: [-4.5, 4.5], y: [-3.5, 3.5], panels });
writeFileSync(join(process.argv[2] ?? ".", "two-modes.svg"), svg);
