// The sampling clock: in which tick is each part of x = f⁻¹(z) computed? [6] [35] [36] [37] [38]
//
// Each tick of an autoregressive layer finds one more coordinate. The plain loop runs the whole net each time; but a hidden unit can
// be computed for good once all that it sees is known: each need be lit only once. A coupling is the special case of two ticks.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as diffeo from "diffeo";

const [D, H] = [6, 10]; // coordinates, hidden units
const random = new diffeo.Random(1);
const z = random.normal([1, D]);
const element = diffeo.affineElement();
const numbers = (n) => Array.from({ length: n }, (_, k) => k);

/** A masked net in which i may depend on j where that is allowed, x = f⁻¹(z), and when the layer moves and lights what. */
function sample(allowed) {
  const dependencies = numbers(D).map((i) => numbers(D).map((j) => Number(allowed(i, j))));
  const net = diffeo.maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden: [H], dependencies, random });
  for (const weights of net.parameters) weights.assign(diffeo.mul(random.normal(weights.shape), 0.5));
  const moved = []; // for each tick, which coordinates are moved
  const inverseEach = (values, start, count, raw, logDets) => {
    moved.push(numbers(count).map((k) => start + k));
    element.inverseEach(values, start, count, raw, logDets);
  };
  const noting = { ...element, inverseEach };
  const layer = diffeo.maskedAutoregressive({ dimensions: D, conditioner: net, element: noting, random });
  return { net, x: layer.inverse(z).x, moved, lit: Array.from(net.steps.units[0]) };
}
const chain = sample((i, j) => j < i); // x_i from all x_j before it
const halves = sample((i, j) => j < D / 2 && i >= D / 2); // the second half from the first: a coupling

let [x, runs] = [diffeo.zeros([1, D]), 0]; // the plain loop
for (const i of numbers(D)) {
  const moved = element.inverse(z, chain.net.apply(x)).x; // a run of the whole net, for the sake of x_i
  x = diffeo.where(diffeo.tensor([numbers(D).map((j) => Number(j === i))]), moved, x);
  runs++;
}

const row = (name, ticks, units) => console.log(name + String(ticks).padStart(7) + String(units).padStart(24));
console.log("one sample                      ticks   hidden units computed");
row("autoregressive, plain loop    ", runs, runs * H);
row("autoregressive, one pass      ", chain.moved.length, chain.lit.length);
row("coupling                      ", halves.moved.length, halves.lit.length);
console.log(`the loop and the one pass give the same x, to the bit: ${String(x) === String(chain.x)}`);

const columnLabels = numbers(D).map((tick) => String(tick + 1));
const rowLabels = [...numbers(H).map((k) => `h${k + 1}`), ...numbers(D).map((i) => `x${i + 1}`)];
/** A row for each unit and coordinate, a column for each tick; what becomes of units in ticks that are not theirs. */
function panel(title, { lit, moved }, otherwise) {
  const units = lit.map((own) => numbers(D).map((tick) => (tick === own ? 1 : otherwise)));
  const coordinates = numbers(D).map((i) => numbers(D).map((tick) => Number(moved[tick]?.includes(i) ?? false)));
  return { title, values: diffeo.tensor([...units, ...coordinates]), rowLabels, columnLabels, note: "tick" };
}
const [loop, once, two] = ["autoregressive, plain loop", "autoregressive, one pass", "coupling"];
const picture = diffeo.heatmapPicture({
  title: "The sampling clock",
  caption: "Orange (1): computed, and known from this tick on. Blue (−1): computed in vain, too early or once more.",
  panels: [panel(loop, chain, -1), panel(once, chain, 0), panel(two, halves, 0)],
});
writeFileSync(join(process.argv[2] ?? ".", "clock.svg"), picture);
