// One point through a flow: log p(x) = log p(z) + Σ_k log|det J_k|, term by term. [15, 16, 18, 19, 21, 37]
//
// A RealNVP is a composition of couplings. Each moves the point, and says by how much it stretches (> 0) or squeezes (< 0) the space
// around it. Their sum, with log p(z), is log p(x) itself, not an approximation.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { affineCoupling, compose, Flow, fit, Random, standardNormal, tensor, twoMoons, waterfallPicture } from "diffeo";

const random = new Random(1);
const masks = [[1, 0], [0, 1], [1, 0], [0, 1], [1, 0], [0, 1]]; // biome-ignore format: 1 for the coordinate that passes
const couplings = masks.map((mask) => affineCoupling({ dimensions: 2, mask, hidden: [32, 32], random }));
const flow = new Flow(standardNormal([2]), compose(...couplings));
const moons = twoMoons();
const settings = { steps: 800, learningRate: 1e-2, schedule: "cosine", clipNorm: 5, random };
await fit(flow, (n, generator) => moons.sample(n, generator), settings);

const x = [-1, 1.8]; // the top of the upper moon
const { points, logDets } = flow.trace(tensor([x])); // x and the point after each layer; the log-det of each
const pair = ({ data }) => `(${Array.from(data, (value) => value.toFixed(2).padStart(5)).join(", ")})`;
console.log(`x = ${pair(points[0])}`.padEnd(30), "    term    total   the point after it");
let total = 0;
const line = (name, term, rest = "") => {
  total += term;
  const numbers = [term, total].map((value) => value.toFixed(4).padStart(8)).join(" ");
  console.log(`${name.padEnd(30)} ${numbers}   ${rest}`.trimEnd());
};
line(`log p(z), z = ${pair(points.at(-1))}`, flow.base.logProb(points.at(-1)).at(0));
logDets.forEach((logDet, k) => {
  line(`log|det J| of f_${k + 1}`, logDet.at(0), pair(points[k + 1]));
});
console.log("flow.logProb(x)".padEnd(39), flow.logProb(tensor(x)).item().toFixed(4).padStart(8));
console.log(
  "exact log p(x)".padEnd(39),
  moons
    .logProb(tensor([x]))
    .item()
    .toFixed(4)
    .padStart(8),
);

const title = "log p(x) = log p(z) + Σ log|det J|, layer by layer";
const caption =
  "the top of the upper moon, in a RealNVP of six couplings; orange stretches the space around the point, blue squeezes it";
writeFileSync(join(process.argv[2] ?? ".", "waterfall.svg"), waterfallPicture({ title, caption, flow, x: tensor(x) }));
