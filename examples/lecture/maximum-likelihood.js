// A divergence is a distance without symmetry, and maximum likelihood makes one small: KL(p ‖ q) = −H(p) − E_p[log q]. [1–4]
//
//   KL(p ‖ q) = E_p[log p − log q] ≥ 0, and 0 only for q = p;   −mean log q(x_i), x_i ∼ p, less H(p), is an estimate of it
//
// Run it with: node examples/lecture/maximum-likelihood.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { densityPicture, diagonalNormal, klDivergence, mean, Random, tensor } from "diffeo";

/** A normal distribution in the plane. */
const normal = (loc, scale) =>
  diagonalNormal({ loc: tensor(loc), logScale: tensor(scale.map((sigma) => Math.log(sigma))) });

const p = normal([0, 0], [1, 0.5]); // the data: in life unknown, here on purpose known
const candidates = {
  "q = p": p,
  "moved by 1": normal([1, 0], [1, 0.5]),
  "too wide": normal([0, 0], [2, 1]),
  "too narrow": normal([0, 0], [0.5, 0.25]),
};

const x = p.sample(10_000, new Random(1));
const entropy = p.entropy(); // H(p) = −E_p[log p], nats
console.log(`H(p) = ${entropy.toFixed(4)} nats, 10,000 points of p`);
console.log("q            −mean log q    less H(p)   KL(p ‖ q)   KL(q ‖ p)");
for (const [name, q] of Object.entries(candidates)) {
  const loss = -mean(q.logProb(x)).item(); // what maximum likelihood minimises
  const numbers = [loss, loss - entropy, klDivergence(p, q).item(), klDivergence(q, p).item()];
  console.log(name.padEnd(10), ...numbers.map((number) => number.toFixed(4).padStart(11)));
}

const title = "Four models of the same data";
const caption = "The dots are data from p; the ink is q";
const data = p.sample(300, new Random(2));
const panels = Object.entries(candidates).map(([name, q]) => ({
  title: `${name}: KL(p ‖ q) = ${klDivergence(p, q).item().toFixed(2)}`,
  logProb: (at) => q.logProb(at),
  data,
}));
const picture = await densityPicture({ title, caption, x: [-3.5, 3.5], y: [-2.5, 2.5], panels });
writeFileSync(join(process.argv[2] ?? ".", "maximum-likelihood.svg"), picture);
