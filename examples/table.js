// A table from a file: a density of four measurements of penguins, and the rows that it finds strangest.
// Run it with: node examples/table.js
import { readFileSync } from "node:fs";
import { fit, Random, readCsv, realNVP } from "diffeo";

const text = readFileSync(new URL("./data/penguins.csv", import.meta.url), "utf8");
const columns = ["beak_length_mm", "beak_depth_mm", "flipper_mm", "mass_g"];
const table = readCsv(text).dropMissing(columns);
const x = table.matrix(columns); // [342, 4]

// standardised inside the flow, so that millimetres and grams do not matter, and log-likelihoods are in the units of the file
const random = new Random(1);
const flow = realNVP({ dimensions: 4, layers: 6, hidden: [32], random });
const history = await fit(flow, x, { random, steps: 600, batchSize: 64, validation: 0.15, patience: 40 });

const logProb = flow.score(x); // log p(x), nats
const order = Array.from({ length: table.rows }, (_, i) => i).sort((a, b) => logProb.at(a) - logProb.at(b));
console.log(`${table.rows} penguins, best weights from step ${history.bestStep}; the three strangest:`);
for (const i of order.slice(0, 3)) {
  const values = columns.map((name, j) => `${name} ${x.at(i, j)}`).join(", ");
  console.log(`  ${table.cells("species")[i]}: ${values}; log p = ${logProb.at(i).toFixed(2)} nats`);
}
