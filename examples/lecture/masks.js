// p(x) = Π_j p(x_j | x_<j) in one net: masks decide which output may see which input; sampling goes by ancestors. [5–7, 34]
//
//   p(x_j | x_<j) = N(x_j; μ_j(x_<j), σ_j²(x_<j)),   one pass of the net gives all μ_j and σ_j at once
//
// Run it with: node examples/lecture/masks.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jacobian, mul, reshape } from "diffeo/autograd";
import { standardNormal } from "diffeo/distributions";
import { Flow, maskedAutoregressive } from "diffeo/flows";
import { maskedMlp } from "diffeo/nets";
import { heatmapPicture } from "diffeo/plot";
import { Random, tensor } from "diffeo/tensor";

const random = new Random(1);
const net = maskedMlp({ dimensions: 4, outputsPerDimension: 2, hidden: [9], random }); // x → (a₁ … a₄, b₁ … b₄)
for (const parameter of net.parameters) parameter.assign(mul(random.normal(parameter.shape), 0.7)); // as if trained
const flow = new Flow(standardNormal([4]), maskedAutoregressive({ dimensions: 4, conditioner: net, random }));

/** μ and σ of every coordinate at a point: μ = b, log σ = 2·tanh(a/2). */
function conditionals(x) {
  const raw = net.apply(tensor([x])).data;
  return x.map((_, j) => ({ mu: raw[4 + j], sigma: Math.exp(2 * Math.tanh(raw[j] / 2)) }));
}

const x = [0.5, 1.5, -0.2, 1];
console.log("j    x_j    μ_j(x_<j)  σ_j(x_<j)  log p(x_j | x_<j)");
const logs = conditionals(x).map(({ mu, sigma }, j) => {
  const z = (x[j] - mu) / sigma;
  const log = -0.5 * z * z - Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);
  console.log(j + 1, ...[x[j], mu, sigma, log].map((number) => number.toFixed(4).padStart(9)));
  return log;
});
const total = logs.reduce((sum, log) => sum + log, 0);
console.log(`their sum ${total.toFixed(6)}, flow.logProb(x) ${flow.logProb(tensor(x)).item().toFixed(6)}`);

// sampling by ancestors: x₁, then x₂ given x₁, …
const z = random.normal([4]);
const sample = [0, 0, 0, 0];
for (let j = 0; j < 4; j++) {
  const { mu, sigma } = conditionals(sample)[j]; // sees x_<j only, so the zeros behind do not matter
  sample[j] = sigma * z.at(j) + mu;
}
console.log(`by ancestors  ${sample.map((value) => value.toFixed(6)).join("  ")}`);
console.log(`flow.toData   ${[...flow.toData(z).data].map((value) => value.toFixed(6)).join("  ")}`);

const [first, second] = net.maps.map(({ mask, weight }) => tensor(Float64Array.from(mask), weight.shape));
const J = jacobian((at) => reshape(net.apply(reshape(at, [1, 4])), [8]), tensor(x)); // [8, 4]
const names = ["x₁", "x₂", "x₃", "x₄"];
const outputs = ["a", "b"].flatMap((letter) => ["₁", "₂", "₃", "₄"].map((j) => letter + j));
const picture = heatmapPicture({
  title: "Which output may see which input",
  caption: "Masks of both layers of a net with nine hidden units, and the Jacobian of its outputs: white is exactly 0",
  panels: [
    { title: "mask of layer 1", values: first, columnLabels: names },
    { title: "mask of layer 2", values: second, rowLabels: outputs },
    { title: "∂(a, b)/∂x", values: J, rowLabels: outputs, columnLabels: names },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "masks.svg"), picture);
