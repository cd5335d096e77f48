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
    "A fit holds a fifth of the rows out, learns the others, and says how likely the held-out ones are, beside the Gaussian of the same training rows.",
    "diffeo fit penguins.csv --missing drop -o penguins.safetensors",
  ],
  [
    "The table, with a log-likelihood for each row: the strangest birds first.",
    "diffeo score penguins.safetensors penguins.csv --missing drop --quiet | sort -t, -g -k 8 | head -5",
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
]);
copyFileSync(join(folder, "penguins.svg"), join(root, "docs/penguins.svg"));
const magic = walk([
  [
    "Ten measures of 18,905 showers in a telescope; the last column says which were of hadrons, and the model is told so.",
    "diffeo fit magic10.csv.gz --condition hadron --model nsf --budget 60 -o magic.safetensors",
  ],
  ["", "diffeo score magic.safetensors magic10.csv.gz --quiet | head -4"],
  ["Showers of gamma rays:", "diffeo sample magic.safetensors -n 3 --given hadron=0"],
  ["", "diffeo plot magic.safetensors magic10.csv.gz --given hadron=0 -o magic.svg"],
  ["", "diffeo evaluate magic.safetensors magic10.csv.gz"],
]).replaceAll("\n\n\n", "\n\n");

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
- A column that numbers the rows, that is constant, or has two values only, is left out and named. \`--columns\` takes it; \`--condition\` states it: p(others | it).
- Columns that are equal, or combinations of others, have no joint density: refused, with names and remedy. So is a column of which one value has half of the rows, or a tenth
  where its neighbours have next to none.
- Rounded columns are named: a density can rise without end on values that repeat.

## What the figures are

Log-likelihoods are in nats per row, in the units of the file; ± is one standard error; copies of a row stay on one side of the split and count once in it. Rows so unlikely that they alone
would decide the mean are left out of it, named by line, and the mean with them is stated beside. \`bits/dim\` is −log₂ p(x)/D.

## Files, budgets, interruptions

- \`-o\` writes a [model file](contract.md#model-files), whole or not at all. Without it nothing is saved.
- \`--budget SECONDS\` times ten steps and becomes a number of steps, which is printed and stored: \`--steps N\` with the same seed makes the same file, byte for byte.
- Ctrl-C ends training with the best weights so far (exit code 130), and what is saved is a checkpoint: \`--resume\` goes on from it, and ends at the same file as if nothing had
  happened. A training that lasts is saved every half minute.
- \`--report DIR\` writes the report, the figures as JSON and, of a model without conditions, a picture.

## Given values

\`sample --given column=value\` is exact for columns that \`fit\` had in \`--condition\`. For others, 100,000 rows are drawn from the joint density and weighted; the effective sample size is
printed, and below 100 nothing is given out ([\`sampleGiven\`](../src/flows/sampleGiven.ts)).

Exit codes: 0 done, 1 failed, 2 wrong call, 130 interrupted. Errors are one line on standard error: what, where, and what to do.
`,
);
rmSync(folder, { recursive: true });
