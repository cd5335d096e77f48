// Prints one SHA-256 of many results of the built library, to compare engines: the same bits everywhere.
//
//   node scripts/fingerprint.mjs          with the kernels that diffeo chooses
//   node scripts/fingerprint.mjs plain    with plain loops
//   node scripts/fingerprint.mjs eager    op by op, without plans (src/plan)
//
// The line before it is the same of a picture. Runs in a browser, too: scripts/test-engines.mjs puts it into a page. NaN is made canonical first: its bits are the one
// thing that IEEE 754 leaves open.

import * as d from "../dist/index.js";
import { usePlans } from "../dist/plan/planning.js";

/** What was asked for, on the command line or behind the `?` of a page. @param {string} word */
const asked = (word) =>
  (globalThis.process?.argv.includes(word) ||
    /** @type {{ location?: { search: string } }} */ (globalThis).location?.search === `?${word}`) ??
  false;
if (asked("plain")) d.useKernels("plain");
if (asked("eager")) usePlans(false);

/** @type {Uint8Array[]} */
const taken = [];

/** @param {string} what @param {ArrayLike<number>} values */
function take(what, values) {
  const canonical = Float64Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : value));
  taken.push(new TextEncoder().encode(what), new Uint8Array(canonical.buffer));
}

/** Numbers of all sizes, of both signs, and the ends of the format. */
function manyNumbers() {
  const random = new d.Random(1);
  const exponents = random.uniform([4000], -320, 308);
  const powers = Array.from(d.exp(d.mul(exponents, Math.LN10)).data);
  const near = Array.from(random.normal([4000]).data);
  const special = [0, -0, 5e-324, 1, -1, 709.78, 710, -745, Number.MAX_VALUE, Infinity, -Infinity, NaN];
  return d.tensor([...powers, ...powers.map((x) => -x), ...near, ...special]);
}

const x = manyNumbers();
const elementwise = [
  ...[d.exp, d.expm1, d.log, d.log1p, d.tanh, d.sigmoid, d.softplus, d.logSigmoid, d.sin, d.cos, d.erf, d.sqrt],
  ...[d.reciprocal, d.silu, d.elu, d.gelu],
];
for (const f of elementwise) take(f.name, f(x).data);
for (const exponent of [2, 3, -1, 0.5, 1.7, -2.3]) take(`pow ${exponent}`, d.pow(x, exponent).data);

const random = new d.Random(2);
const A = random.normal([70, 70]);
const S = d.add(d.matmul(A, A, "NT"), d.eye(70));
for (const layout of /** @type {const} */ (["NN", "TN", "NT"])) {
  take(layout, d.matmul(random.normal([300, 300]), random.normal([300, 300]), layout).data);
}
take("matmul", d.matmul(random.normal([65, 300]), random.normal([300, 33])).data);
for (const [what, results] of Object.entries({ lu: d.lu(A), qr: d.qr(A), slogdet: d.slogdet(A) })) {
  for (const result of Object.values(results)) take(what, result.data);
}
for (const f of [d.inv, d.det]) take(f.name, f(A).data);
take("cholesky", d.cholesky(S).data);
take("matrixExp", d.matrixExp(d.mul(0.1, A)).data);
take("solve", d.solve(A, random.normal([70, 5])).data);

const toys = [
  ...[d.twoMoons, d.eightGaussians, d.checkerboard, d.pinwheel, d.rings, d.circles, d.twoSpirals, d.swissRoll],
];
for (const toy of toys) {
  const points = toy().sample(64, random);
  take(toy.name, points.data);
  take(toy.name, toy().logProb(points).data);
}

const optimizers = { sgd: d.sgd, adam: d.adam, adamW: d.adamW, rmsprop: d.rmsprop };
for (const [what, optimizer] of Object.entries(optimizers)) {
  const steps = what === "adam" ? 500 : 50;
  const random = new d.Random(3);
  const flow = d.realNVP({ dimensions: 2, layers: 4, hidden: [32], random });
  const options = { random, steps, batchSize: 64, learningRate: 1e-3, clipNorm: 5, validation: 0.1, optimizer };
  await d.fit(flow, d.twoMoons().sample(500, random), { ...options, schedule: "cosine" });
  for (const parameter of flow.parameters) take(what, parameter.data);
}

// fifty steps of splines, of masked nets, of convolutions and of a trained base, most of which a plan makes; and on batches in pieces
const seeded = new d.Random(5);
const images = new d.Tensor(seeded.normal([200, 64]).data, [200, 1, 8, 8]);
const glowOptions = { channels: 1, height: 8, width: 8, levels: 2, steps: 2, hidden: [8, 8], random: seeded };
/** @type {readonly [string, d.Flow, d.Tensor, number][]} */
const models = [
  ["splines", d.splineFlow({ dimensions: 5, layers: 2, hidden: [24], random: seeded }), seeded.normal([300, 5]), 50],
  ["maf", d.maf({ dimensions: 9, layers: 2, hidden: [40, 33], random: seeded }), seeded.normal([300, 9]), 50],
  ["iaf", d.iaf({ dimensions: 4, layers: 2, hidden: [20], random: seeded }), seeded.normal([300, 4]), 50],
  ["glow", d.glow(glowOptions), images, 50],
  ["pieces", d.realNVP({ dimensions: 3, layers: 2, hidden: [16], random: seeded }), seeded.normal([2500, 3]), 50],
];
for (const [what, flow, rows, steps] of models) {
  await d.fit(flow, rows, { random: seeded, steps, batchSize: what === "pieces" ? 2500 : 150, learningRate: 1e-3 });
  for (const parameter of flow.parameters) take(what, parameter.data);
  take(what, flow.score(rows).data);
}

const maf = d.maf({ dimensions: 6, layers: 2, hidden: [40, 40], random });
take("maf", maf.sample(100, random).data);

const picture = await d.flowPicture(pictureContent());
console.log(await sha256(new TextEncoder().encode(picture)));
const bytes = new Uint8Array(taken.reduce((sum, { length }) => sum + length, 0));
let at = 0;
for (const part of taken) {
  bytes.set(part, at);
  at += part.length;
}
const hex = await sha256(bytes);
console.log(hex);
const page = /** @type {{ document?: { title: string } }} */ (globalThis).document;
if (page !== undefined) page.title = `${await sha256(new TextEncoder().encode(picture))} ${hex}`;

/** The picture of a flow that has not been trained: the numbers above have been taken. */
function pictureContent() {
  const random = new d.Random(4);
  const data = d.twoMoons().sample(300, random);
  const flow = d.realNVP({ dimensions: 2, layers: 4, hidden: [8], random });
  const curve = { train: [{ step: 1, value: 3 }], validation: [], unit: "nats" };
  const labels = /** @type {const} */ ({ title: "a flow", caption: "", axes: ["a", "b"], curve });
  return d.pictureOf(flow, { ...labels, data, exact: d.twoMoons(), random });
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
