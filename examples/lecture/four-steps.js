// A normalizing flow of four steps: the data are made normal, step by step; read backwards, noise flows to data. [15–21]
//
//   log p(x) = log p_Z(z) + Σ_k log|det J_k|,   z = f_4(f_3(f_2(f_1(x))))
//
// Run it with: node examples/lecture/four-steps.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mean, std } from "diffeo/autograd";
import { twoMoons } from "diffeo/data";
import { standardNormal } from "diffeo/distributions";
import { complement, compose, Flow, halvesMask, splineCoupling } from "diffeo/flows";
import { flowPicture, pictureOf } from "diffeo/plot";
import { Random } from "diffeo/tensor";
import { fit } from "diffeo/training";

const random = new Random(1);
const moons = twoMoons();
const x = moons.sample(4000, random);
const first = halvesMask(2); // x₁ passes, x₂ is moved; then the other way round
const [f1, f2, f3, f4] = [first, complement(first), first, complement(first)].map((mask) =>
  splineCoupling({ dimensions: 2, mask, hidden: [32, 32], bins: 8, bound: 4, random }),
);
const flow = new Flow(standardNormal([2]), compose(f1, f2, f3, f4));

const curve = { train: [], validation: [], unit: "−log p(x), nats" };
const onStep = ({ step, loss }) => curve.train.push({ step, value: loss });
const onEpoch = ({ step, validation }) => curve.validation.push({ step, value: validation });
const settings = { steps: 600, learningRate: 1e-2, schedule: "cosine", clipNorm: 5 };
await fit(flow, x, { random, ...settings, onStep, onEpoch });

const fresh = moons.sample(5000, random);
const { points, logDets } = flow.trace(fresh); // x and the four images of x on its way to z
const names = ["x", "after f₁", "after f₂", "after f₃", "z"];
console.log("                 mean x₁    mean x₂       σ x₁       σ x₂   mean log|det J_k|");
for (const [k, at] of points.entries()) {
  const numbers = [...mean(at, 0).data, ...std(at, 0).data, ...(k === 0 ? [] : [mean(logDets[k - 1]).item()])];
  console.log(names[k].padEnd(13), ...numbers.map((value) => value.toFixed(3).padStart(10)));
}
const terms = [flow.base.logProb(points[4]), ...logDets].map((term) => mean(term).item());
const numbers = [terms[0], terms.reduce((a, b) => a + b, 0), mean(flow.logProb(fresh)).item(), -moons.entropy()];
const [base, sum, logLikelihood, best] = numbers.map((value) => value.toFixed(3));
console.log(`mean log p_Z(z) ${base}, and with the four log-dets ${sum}`);
console.log(`mean log p(x)   ${logLikelihood}, at best −H = ${best} nats`);

const content = pictureOf(flow, {
  title: "A flow of four steps",
  caption: "Four spline couplings that take turns: x₂ is moved, x₁, x₂, x₁; colour: where a point started",
  data: x,
  exact: moons,
  random,
  axes: ["x₁", "x₂"],
  curve: { ...curve, reference: { value: moons.entropy(), label: "exact optimum" } },
});
writeFileSync(join(process.argv[2] ?? ".", "four-steps.svg"), await flowPicture(content));
