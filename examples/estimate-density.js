// From a table to a density in one call: how likely is a row, which are odd and why, more rows like these, and what goes with what is given.
// Run it with: node examples/estimate-density.js
import { readFileSync } from "node:fs";
import { estimateDensity, Random, readCsv } from "diffeo";

const random = new Random(1);
const penguins = readCsv(readFileSync(new URL("./data/penguins.csv", import.meta.url), "utf8"));
const model = await estimateDensity(penguins, { random, missing: "drop", steps: 200 }); // or budget: 60, in seconds

console.log("taken  ", model.choice.model, "for", model.columns.join(", "));
const heavy = { beak_length_mm: 39.1, beak_depth_mm: 18.7, flipper_mm: 181, mass_g: 6000 };
console.log("score  ", model.score([heavy]).at(0), "nats, p =", model.pValue([heavy]).at(0)); // as odd as one in 103
const [worst] = model.explain(heavy).sort((a, b) => a.inDeviations - b.inDeviations);
console.log("because", worst.column, "is", worst.value, "where", worst.expected, "±", worst.deviation, "was expected");
console.log("samples", model.sample(2, { random }).x);
console.log("given  ", model.sample(2, { random, given: { flipper_mm: 220 } }).x);
