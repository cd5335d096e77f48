// What does evaluating this determinant cost? Of a map that one knows nothing about, D backward passes for J and O(D³) to
// eliminate; of a map with structure, a sum of D numbers that are there already. [9, 22, 23]
//
// Run it with: node examples/lecture/determinant-cost.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { affineCoupling, heatmapPicture, jacobian, Random, reshape, slogdet, tensor } from "diffeo";

/** log|det J| of a coupling at one point, as the layer knows it, and as one finds it without knowing what the layer is. */
function both(D) {
  const random = new Random(1);
  const coupling = affineCoupling({ dimensions: D, hidden: [16], random });
  for (const p of coupling.parameters) p.assign(random.normal(p.shape)); // as if trained
  const x = random.normal([D]);
  const f = (at) => reshape(coupling.forward(reshape(at, [1, D])).z, [D]);
  const known = timed(() => coupling.forward(reshape(x, [1, D])).logDet.item());
  const J = timed(() => jacobian(f, x)); // D backward passes
  const found = timed(() => slogdet(J.value).logAbsDet.item()); // O(D³)
  return { values: [known.value, found.value], times: [known, J, found].map(({ time }) => time) };
}

/** What f gives, and the median time of five calls after a first one, in ms. */
function timed(f) {
  let value = f();
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    value = f();
    return performance.now() - start;
  });
  return { value, time: times.sort((a, b) => a - b)[2] };
}

console.log("             log|det J|                        time");
console.log("  D    of the layer   of J, eliminated    the layer   D backward passes   elimination");
for (const D of [8, 32, 128, 512]) {
  const { values, times } = both(D);
  const numbers = values.map((number) => number.toFixed(9).padStart(15)).join("  ");
  const shown = times.map((t, k) => `${t.toFixed(2)} ms`.padStart([14, 17, 15][k])).join("");
  console.log(String(D).padStart(3), numbers, shown);
}

// Operations beyond those of z = f(x) itself, for a net with two hidden layers of 64 units.
const costs = {
  permutation: () => 0,
  "coupling: half of log σ": (D) => D / 2,
  "diagonal, triangular, P L U, Q R, autoregressive": (D) => D,
  "full W: elimination": (D) => (D ** 3 - D) / 3,
  "unknown map: D passes back, elimination": (D) => 2 * D * (64 * D + 64 * 64 + 128 * D) + (D ** 3 - D) / 3,
};
const sizes = [2, 8, 64, 784, 3072]; // the plane, a table, digits 8×8, digits 28×28, colour images 32×32
const powers = Object.values(costs).map((cost) => sizes.map((D) => Math.log10(1 + cost(D))));
const picture = heatmapPicture({
  title: "What a log-determinant costs, by structure",
  caption: "log₁₀(1 + operations) for one point, beyond those of z = f(x) itself",
  symmetric: false,
  panels: [
    { title: "", values: tensor(powers), rowLabels: Object.keys(costs), columnLabels: sizes.map((D) => `D = ${D}`) },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "determinant-cost.svg"), picture);
