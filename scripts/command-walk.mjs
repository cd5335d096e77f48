// Writes docs/command.md: the command from a table to a picture, with what each step prints. Numbers are the same everywhere; seconds are not.
//
//   npm run build && node scripts/command-walk.mjs

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const main = join(root, "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "diffeo-walk-"));
/** How much of a longer output is shown: lines, and characters of each. */
const [HEAD, TAIL, WIDTH] = [14, 8, 150];

/** What a call prints, as a shell would show it. @param {string} call @returns {string} */
function shown(call) {
  const shell = call.replaceAll("diffeo ", `"${process.execPath}" "${main}" `);
  const { status, stdout, stderr } = spawnSync("sh", ["-c", shell], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${call}: ${stderr}`);
  const lines = `${stdout}${stderr}`.trimEnd().split("\n");
  const kept = lines.length <= HEAD + TAIL ? lines : [...lines.slice(0, HEAD), "…", ...lines.slice(-TAIL)];
  const cut = kept.map((line) => (line.length <= WIDTH ? line : `${line.slice(0, WIDTH)}…`));
  return `\`\`\`console\n$ ${call}\n${cut.join("\n")}\n\`\`\`\n`;
}

/** @param {readonly (readonly [text: string, call: string])[]} steps @returns {string} */
const walk = (steps) => steps.map(([text, call]) => `${text}\n\n${shown(call)}`).join("\n");

for (const file of ["penguins.csv", "magic10.csv.gz"])
  copyFileSync(join(root, "examples/data", file), join(folder, file));
const version = execFileSync(process.execPath, [main, "--version"], { encoding: "utf8" }).trim();
const today = new Date().toISOString().slice(0, 10);

const penguins = walk([
  [
    "A fit holds a fifth of the rows out, tries each kind of model on the others, trains the best, and says how likely the held-out rows are, beside the Gaussian of the\n" +
      "same training rows. Without `--steps` it takes a minute, or what `--budget` says, and trains as many flows as that has time for.",
    "diffeo fit penguins.csv --missing drop --steps 300 -o penguins.safetensors",
  ],
  [
    "The table, with a log-likelihood for each row, and a p-value: how often a row that the model was not fitted to is as unlikely. The strangest birds first.",
    "diffeo score penguins.safetensors penguins.csv --missing drop --quiet | sort -t, -g -k 8 | head -5",
  ],
  [
    "Those marked as odd, and the measure that is the least likely given the others:",
    "diffeo score penguins.safetensors penguins.csv --missing drop --alpha 0.01 --explain --quiet | grep -e odd -e true",
  ],
  ["More birds like these:", "diffeo sample penguins.safetensors -n 4"],
  [
    "Birds of four kilograms, of which the model was not told:",
    "diffeo sample penguins.safetensors -n 4 --given mass_g=4000",
  ],
  ["A picture:", "diffeo plot penguins.safetensors penguins.csv --missing drop -o penguins.svg"],
  [
    "How likely other rows are (here, the same table, most of which the model has learned from):",
    "diffeo evaluate penguins.safetensors penguins.csv --missing drop",
  ],
  ["What the file is:", "diffeo inspect penguins.safetensors"],
  [
    "One kind of model, of the measures given the species, which is a text; flippers are integers, and masses come in steps of 25 grams.",
    "diffeo fit penguins.csv --missing drop --condition species --types flipper_mm=integer,mass_g=25 --model maf --steps 200 -o species.safetensors",
  ],
  ["", "diffeo sample species.safetensors -n 4 --given species=Gentoo"],
]).replace(/\n{3,}/g, "\n\n");
copyFileSync(join(folder, "penguins.svg"), join(root, "docs/penguins.svg"));
const magic = walk([
  [
    "Ten measures of 18,905 showers in a telescope; the last column says which were of hadrons, and the model is told so.",
    "diffeo fit magic10.csv.gz --condition hadron --model nsf --steps 200 -o magic.safetensors",
  ],
  ["", "diffeo score magic.safetensors magic10.csv.gz --quiet | head -4"],
  ["Showers of gamma rays:", "diffeo sample magic.safetensors -n 3 --given hadron=0"],
  ["", "diffeo plot magic.safetensors magic10.csv.gz --given hadron=0 -o magic.svg"],
  ["", "diffeo evaluate magic.safetensors magic10.csv.gz"],
]).replace(/\n{3,}/g, "\n\n");

writeFileSync(
  join(root, "docs/command.md"),
  `# The command

From a table to a density, samples and pictures. \`diffeo --help\` lists the commands, \`diffeo COMMAND --help\` the options of one, with examples. In a clone it is
\`node dist/cli/main.js\`, with the package installed \`npx diffeo\`. What stands here was printed by \`npm run build && node scripts/command-walk.mjs\`, diffeo ${version},
Node ${process.version.slice(1)}, on ${today}: with the same version, seed and steps the numbers are the same everywhere, the seconds are not.

## Four measures of penguins

${penguins}
![Each measure of the penguins by itself and each pair: data and samples of the model](penguins.svg)

## A telescope

${magic}
## What a table may be

CSV and its relatives, with any separator, decimal commas, comments, row names, in UTF-8, UTF-16 or Windows-1252; JSON and NDJSON; .npy and .npz; packed with gzip or zip.
Parquet is read with \`npm install hyparquet hyparquet-compressors\` beside diffeo, Arrow with \`npm install apache-arrow\`. What was recognised stands in the report. \`-\` is
standard input. Options say what cannot be recognised: \`--separator\`, \`--decimal\`, \`--blanks\`, \`--skip\`, \`--header\`, \`--no-header\`.

- Cells without a value (empty, NA, NaN, NULL, None, \`?\`, \`-\` …) and infinities are refused with their line, or their rows left out and counted: \`--missing drop\`.
- A column of texts is set aside, and the report says why, with the first such cell. A column of numbers in which some cell is none is refused, by line and column.
- A column that numbers the rows, or has two values only, is left out and named. \`--columns\` takes it; \`--condition\` states it: p(others | it).
- Columns that are constant, equal to others, or combinations of others, have no density beside them: they are set aside, and named. \`score\` says which rows differ in a constant
  column.
- A column of which one value has half of the rows, or a tenth where its neighbours have next to none, is refused: no continuous density describes it. \`--types\` models it all the same.
- Rounded columns are named: a density can rise without end on values that repeat. Coarsely rounded ones are modelled in cells: a row then has the mean density of its cell.
- What values are is inferred, or said by \`--types a=integer,b=real,c=0.5,d=0..1\`: samples obey it, and a value outside of an interval has a density of 0.
- \`--condition\` takes columns of texts, too, of at most 100 labels: \`--given species=Gentoo\`.

## What the figures are

Log-likelihoods are in nats per row, in the units of the file; ± is one standard error; copies of a row stay on one side of the split and count once in it. Rows so unlikely that they alone
would decide the mean are left out of it, named by line, and the mean with them is stated beside. \`bits/dim\` is −log₂ p(x)/D.

\`score\` adds \`pValue\` where 99 rows or more were held out at the fit, for validation or for the figures: (1 + how many of those are as unlikely)/(1 + how many there are). \`--alpha P\`
marks rows with at most P as \`odd\`. \`--explain\` adds the column that is the least likely given the others, in units of its own deviation, and its log-density; with \`--alpha\` only for odd
rows. \`fit --for anomalies\` makes the steadiest detector: a volume-preserving flow of all columns as they are.

## Files, budgets, interruptions

- \`-o\` writes a [model file](contract.md#model-files), whole or not at all. Without it nothing is saved.
- Without \`--model\`, a quarter of \`--budget SECONDS\` (60 by default) goes to trials of the kinds, the rest to flows of the best; what was tried and taken is printed and stored.
- With \`--model KIND\`, \`--budget\` times some steps and becomes a number of steps. \`--steps N\` instead depends on no clock: the same seed makes the same file, byte for byte, with trials of
  at most 60 steps where there are some.
- Ctrl-C ends training with the best so far (exit code 130). With \`--model KIND\` what is saved is a checkpoint: \`--resume\` goes on from it, and ends at the same file as if nothing had
  happened; a training that lasts is saved every half minute. Otherwise the best so far is saved as a whole model.
- \`--report DIR\` writes the report, the figures as JSON and, of a model without conditions, a picture.

## Given values

\`sample --given column=value\` is exact for columns that \`fit\` had in \`--condition\`. For others, 100,000 rows are drawn from the joint density and weighted; the effective sample size is
printed, and below 100 nothing is given out ([\`sampleGiven\`](../src/flows/sampleGiven.ts)).

Exit codes: 0 done, 1 failed, 2 wrong call, 130 interrupted. Errors are one line on standard error: what, where, and what to do.
`,
);
rmSync(folder, { recursive: true });
