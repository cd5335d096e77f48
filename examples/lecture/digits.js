// A Glow of handwritten digits, trained by train-digits.js: it generates digits, evaluates digits that it has not seen, and takes
// each apart without loss. Between two digits lies a line of latent points, and each of them is an image. [1, 13, 15, 17, 30, 37, 38]
//
//   x = f⁻¹(T·z), z ∼ N(0, I): at temperature T = 1 samples of p(x), below 1 more typical and less varied ones
//
// Run it with: node examples/lecture/digits.js
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as d from "diffeo";

const file = (name) => readFileSync(new URL(`../../${name}`, import.meta.url));
const table = await d.readTable(file("bench/data/digits64.csv.gz"));
const marks = file("bench/data/digits64.split.txt").toString();
const pixels = d.reshape(table.matrix(table.names.slice(0, 64)), [-1, 1, 8, 8]); // integers 0 … 16
const digit = table.column(table.names[64]); // which one it is: unknown to the flow
const testRows = Array.from({ length: table.rows }, (_, i) => i).filter((i) => marks[i] === "E");

const flow = d.loadFlow(file("examples/data/digits-glow.safetensors"));
const numbers = flow.parameters.reduce((total, { size }) => total + size, 0);
console.log(`a Glow of ${numbers} parameters, [1, 8, 8] -> [64]`);

// evaluate: bits per dimension, over 16 draws of the noise u in (integers + u)/17
const random = new d.Random(888);
const test = d.take(pixels, testRows, 0);
const x = d.dequantize(d.concat(Array(16).fill(test), 0), 17, random);
const bits = d.mean(d.bitsPerDim(flow.score(x), 64, 17)).item();
console.log(`bits per dimension of ${testRows.length} test images   ${bits.toFixed(3)}`);
console.log(`17 equally likely values                ${Math.log2(17).toFixed(3)}`);

// take apart and put together again: one test image of each digit
const rows = Array.from({ length: 10 }, (_, k) => testRows.find((i) => digit.at(i) === k));
const real = d.dequantize(d.take(pixels, rows, 0), 17, random);
const z = flow.toLatent(real);
const back = flow.toData(z);
const error = d.max(d.abs(d.sub(back, real))).item();
console.log(`max |x − f⁻¹(f(x))| of 10 test images   ${error.toExponential(1)}`);

// generate
const samples = [1, 0.7].map((temperature) => flow.sample(10, new d.Random(5), undefined, { temperature }));

/** From one digit to another in ten steps, straight in latent space. */
function between(from, to) {
  const t = d.reshape(d.linspace(0, 1, 10), [10, 1]);
  return flow.toData(d.add(d.mul(d.sub(1, t), d.take(z, [from], 0)), d.mul(t, d.take(z, [to], 0))));
}

const picture = await d.imagesPicture({
  title: "Digits",
  caption: `a Glow of ${numbers} parameters; ${bits.toFixed(3)} bits per dimension of test images; |x − f⁻¹(f(x))| ≤ ${error.toExponential(0)}`,
  rows: [
    { label: "test images x", images: real },
    { label: "f⁻¹(f(x))", images: back },
    { label: "samples", images: samples[0] },
    { label: "samples, T = 0.7", images: samples[1] },
    { label: "from 0 to 6", images: between(0, 6) },
    { label: "from 4 to 9", images: between(4, 9) },
  ],
  range: [1, 0],
});
writeFileSync(join(process.argv[2] ?? ".", "digits.svg"), picture);
