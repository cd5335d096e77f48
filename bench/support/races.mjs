// RACES.md, made from the results.

import { markdownTable, number } from "./table.mjs";

/** Closer than this nobody is faster. */
const ALIKE = 0.95;

/** Where peers take less time than diffeo: a line for each table. */
function faster({ tables }) {
  return tables.flatMap(({ title, columns }) => {
    const raced = columns.filter(({ entries }) => entries.some(({ ratio }) => ratio !== undefined));
    const names = raced[0].entries.map(({ name }) => name).filter((name) => !name.startsWith("diffeo"));
    const ahead = names.flatMap((name) => {
      const places = raced.flatMap((column) => {
        const { ratio } = column.entries.find((entry) => entry.name === name);
        return ratio < ALIKE ? [`${number(1 / ratio)}× at ${column.name}`] : [];
      });
      return places.length === 0 ? [] : [`**${name}** ${places.join(", ")}`];
    });
    return ahead.length === 0 ? [] : [`- *${title}*: ${ahead.join("; ")}.`];
  });
}

function section({ question, command, tables, load }) {
  const from = `\`${command}\`; load average at its start ${load.toFixed(1)}`;
  return [`## ${question}\n`, ...tables.map((table) => `${markdownTable(table)}\n`), `${from}.\n`].join("\n");
}

const list = (versions) =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");

export function readme({ date, machine, node, load, clock, packages, command, questions }) {
  const python = Object.assign({}, ...questions.map((question) => question.python));
  const quickest = questions.flatMap(faster);
  return `<!-- Written by \`node bench/all.mjs\`. Change bench/support/races.mjs instead. -->

# Races

How fast diffeo is beside other libraries, asked one question at a time. Everyone gets the same numbers, and what everyone computes is
compared before it is timed: a run in which somebody computes something else fails.

    npm run build
    npm ci --prefix bench        # the peers; packages only
    npm start --prefix bench     # all questions: the tables, results/DATE.json and this file
    node bench/products.mjs      # one question

PyTorch, NumPy and SciPy are those of a Python where there is one (\`PYTHON\`, by default \`/usr/bin/python3\`; on Debian
\`apt-get install python3-torch python3-scipy\`). What is missing is *not here* in the tables.

${date}, ${machine}, Node ${node}; load average at the start ${load.toFixed(1)}${clock === "cpu" ? "; **processor time, not time**" : ""}; \`${command}\`.
Packages: ${list(packages)}. Python: ${Object.keys(python).length === 0 ? "not here" : list(python)}.

## How to read the tables

Medians ± half the distance of the quartiles, over up to eleven rounds in which the contestants take turns. In brackets: the time
in units of diffeo's, in the same run; above 1 diffeo is faster. *once*: so slow that there was one round only. The last column is
how far the numbers are from diffeo's, in units of the largest of them.

- One thread each. Python's are pinned to it (\`OMP_NUM_THREADS=1\`, \`torch.set_num_threads(1)\`), and its BLAS chooses its kernels
  itself: \`OPENBLAS_CORETYPE\` and \`OPENBLAS_L2_SIZE\` are unset for it.
- **float32** are tfjs-wasm and jax-js, which have half of the bytes to move and twice as many numbers to an instruction, and the rows
  of PyTorch that say so. All others are float64. Only jax-js compiles a step as a whole.
- WebAssembly has vectors of two float64. NumPy and PyTorch run native code, with vectors of up to eight and fused multiply-add.
- A new array for the results is part of the time, but for dgemm, which is given one. Results of numpy-ts and tfjs-wasm stay in their
  WebAssembly memory, and are freed at once: those of numpy-ts, left to be collected, fill it, and everything after them is slow.
- diffeo's step of RealNVP is that of \`train\`, which also shuffles and copies the rows and looks for NaN in every gradient and parameter.
- Weights of deepbox, tfjs-wasm and jax-js are stored [inputs, outputs]: A·Bᵀ is slow in the first two, as the tables show.
- Beside one pass and D passes of diffeo stands the algorithm of nflows, the whole net D times, in PyTorch; its weights are masked once and
  not, as there, in every pass.
- numpy-ts and deepbox ask for a newer Node than 20; they run on it, but on a newer one numpy-ts may use relaxed SIMD.

## Where others are faster

How many times as fast as diffeo, in this run:

${quickest.length === 0 ? "- nowhere" : quickest.join("\n")}

${questions.map(section).join("\n")}`;
}
