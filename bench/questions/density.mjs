// estimateDensity with one setting for all tables, on the rows that their splits set apart for testing. The scores of the library are in
// the units of the file; those of papers are standardised by the training rows, which adds Σ ln of their deviations.

import { estimateDensity, fitNormal, NotPositiveDefiniteError, Random } from "../../dist/index.js";
import { columnStatistics } from "../../dist/tensor/columnStatistics.js";
import { areaUnderCurve, deviation, fixed, mean, range, summary } from "../support/scores.mjs";
import { REFERENCES, readSet, rowsOf, select } from "../support/sets.mjs";
import { markdown } from "../support/table.mjs";

export const question = "How well does estimateDensity describe tables that it has not seen, with one setting for all?";

const REAL = ["magic10", "california9", "miniboone1523", "redwine", "whitewine", "parkinsons15"];
const DIGITS = "digits64";
const ANOMALIES = ["thyroid", "annthyroid", "cardio", "vowels", "satimage-2"];
const LABELLED = ["magic10", DIGITS, ...ANOMALIES];

export const parts = [...REAL, DIGITS, ...ANOMALIES];
export const document = "docs/results.md";

const SEEDS = 5;
const FOLDS = 10;
/** Seconds: the default, said aloud. */
const BUDGET = 60;
const QUICK = { rows: 200, others: 50, folds: 2, steps: 2, model: "maf" };

export async function measure(quick, { part, seeds = SEEDS }) {
  const set = await readSet(part, LABELLED.includes(part));
  const count = quick ? 1 : seeds;
  const setting = { test: 0, ...(quick ? { steps: QUICK.steps } : { budget: BUDGET }) };
  const auto = quick ? { ...setting, model: QUICK.model } : setting;
  const head = { rows: set.x.shape[0], columns: set.x.shape[1], setting };
  if (ANOMALIES.includes(part)) return { ...head, runs: await anomalyRuns(set, setting, auto, count, quick) };
  return { ...head, runs: await densityRuns(set, auto, count, quick) };
}

/** The rows that are for training, validation (null: the library holds some back) and testing, for each run. */
function splitsOf(set, seeds, quick) {
  const [many, few] = quick ? [QUICK.rows, QUICK.others] : [];
  const some = (wanted, most) => rowsOf(set, wanted, most);
  if (set.inFolds) {
    return Array.from({ length: quick ? QUICK.folds : FOLDS }, (_, fold) => ({
      ...{ seed: 1, fold, validation: null },
      train: some((mark) => mark !== String(fold), many),
      test: some((mark) => mark === String(fold), few),
    }));
  }
  const validation = set.marks.includes("V") ? some((mark) => mark === "V", few) : null;
  const train = some((mark) => mark === "T", many);
  const test = some((mark) => mark === "E", few);
  return Array.from({ length: seeds }, (_, k) => ({ seed: k + 1, train, validation, test }));
}

/** The model of the rows for training, and what became of it. */
async function fitted(set, { train, validation, seed }, options) {
  const start = performance.now();
  const model = await estimateDensity(select(set.x, train), {
    ...{ random: new Random(seed), ...options },
    ...(validation && { validation: select(set.x, validation) }),
  });
  const seconds = (performance.now() - start) / 1000;
  const { model: kind, members, steps, tails } = model.choice;
  return { model, facts: { model: kind, members, steps, tails, seconds: Number(seconds.toFixed(1)) } };
}

async function densityRuns(set, setting, seeds, quick) {
  const runs = [];
  const types = set.name === DIGITS ? "integer" : "real";
  for (const split of splitsOf(set, seeds, quick)) {
    const [train, test] = [split.train, split.test].map((rows) => select(set.x, rows));
    const { model, facts } = await fitted(set, split, { ...setting, types });
    const scores = model.score(test).data;
    const run = { seed: split.seed, ...(split.fold !== undefined && { fold: split.fold }), ...facts };
    if (types === "integer") {
      run.score = summary(scores);
      run.rowsWithDifferences = rowsWithDifferences(model, test);
      run.alone = summary(pixelsAlone(train, test));
    } else {
      if (model.columns.length < train.shape[1])
        throw new Error(`${set.name}: not all columns are modelled: ${model.notes}`);
      const volume = logVolume(train);
      run.score = summary(scores.map((value) => value + volume));
      run.gaussian = gaussianScore(train, test, volume);
    }
    runs.push(run);
    if (!quick) console.error(`${set.name}: ${JSON.stringify(run)}`);
  }
  return runs;
}

/** Σ ln deviation of the columns that vary. */
function logVolume(x) {
  return columnStatistics("density", x).deviation.data.reduce((total, s) => total + (s > 0 ? Math.log(s) : 0), 0);
}

/** The same of the Gaussian with full covariance; null where there is none. */
function gaussianScore(train, test, volume) {
  try {
    return summary(
      fitNormal(train)
        .logProb(test)
        .data.map((value) => value + volume),
    );
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) return null;
    throw error;
  }
}

/** log p of integers 0 … 16 by the frequencies of each column for itself, one row more of every value. */
function pixelsAlone(train, test) {
  const VALUES = 17;
  const [[N, D], [M]] = [train.shape, test.shape];
  const counts = Array.from({ length: D }, () => new Float64Array(VALUES).fill(1));
  for (let k = 0; k < N * D; k++) counts[k % D][train.data[k]]++;
  const logShare = (k) => Math.log(counts[k % D][test.data[k]] / (N + VALUES));
  return Array.from({ length: M }, (_, i) => {
    let total = 0;
    for (let k = i * D; k < (i + 1) * D; k++) total += logShare(k);
    return total;
  });
}

/** How many rows have another value than all training rows in a column that is therefore not modelled. */
function rowsWithDifferences(model, rows) {
  return new Set(model.differences(rows).map(({ row }) => row)).size;
}

async function anomalyRuns(set, setting, auto, seeds, quick) {
  const runs = [];
  for (const split of splitsOf(set, seeds, quick)) {
    const test = quick ? quickTest(set) : split.test;
    const rows = select(set.x, test);
    const anomalous = test.map((row) => set.labels[row]);
    for (const purpose of ["anomalies", "auto"]) {
      const options = { types: "real", ...(purpose === "anomalies" ? { ...setting, for: purpose } : auto) };
      const { model, facts } = await fitted(set, split, options);
      const scores = Array.from(model.score(rows).data, (value) => -value);
      const notFinite = scores.filter((value) => !Number.isFinite(value)).length;
      const auc = areaUnderCurve(scores, anomalous);
      const differing = rowsWithDifferences(model, rows);
      const counts = { notFinite, rowsWithDifferences: differing, columns: model.columns.length };
      const run = { seed: split.seed, purpose, auc, ...counts, ...facts };
      runs.push(run);
      if (!quick) console.error(`${set.name}: ${JSON.stringify(run)}`);
    }
  }
  return runs;
}

/** Some rows of both classes. */
function quickTest(set) {
  const all = rowsOf(set, (mark) => mark === "E");
  return [0, 1].flatMap((label) => all.filter((row) => set.labels[row] === label).slice(0, QUICK.others));
}

/** A mean over runs: null where one is not finite. */
const meanOf = (values) => (values.includes(null) ? null : mean(values));
/** How far runs are apart, in words; nothing of a single one. */
const apart = (values, decimals) =>
  values.length === 1 ? "" : fixed(values.includes(null) ? null : deviation(values), decimals);
const decimalsFor = (value) => (Math.abs(value) < 100 ? 3 : 1);

/** "nsf × 2" of all runs, or with how many there were of each. */
function modelsOf(runs) {
  const counts = new Map();
  for (const { model, members } of runs) {
    const name = members > 1 ? `${model} × ${members}` : model;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const all = [...counts].sort(([, a], [, b]) => b - a);
  return all.length === 1 ? all[0][0] : all.map(([name, count]) => `${name} (${count})`).join(", ");
}

const trainingOf = (runs) => [
  modelsOf(runs),
  range(runs.map(({ steps }) => steps)),
  range(runs.map(({ seconds }) => seconds)),
];
const TRAINING = ["model", "steps of each", "seconds"];

/** A score over runs: of folds the mean ± its standard error over folds; of seeds their mean ± that over test rows. */
function overRuns(runs, scoreOf) {
  const scores = runs.map(scoreOf);
  if (scores.includes(null)) return "none";
  const value = meanOf(scores.map((score) => score.mean));
  if (value === null) return "not finite";
  const overFolds = deviation(scores.map((score) => score.mean)) / Math.sqrt(runs.length);
  const error = runs[0].fold === undefined ? mean(scores.map((score) => score.error)) : overFolds;
  return `${fixed(value, decimalsFor(value))} ± ${fixed(error, 3)}`;
}

const othersOf = ({ models, scores }, set) => models.map((model) => scores[set]?.[model] ?? "");

const runsIn = (runs) =>
  `${runs.length} ${runs[0].fold === undefined ? "seed" : "fold"}${runs.length === 1 ? "" : "s"}`;

export function table(reports) {
  const having = (names) => names.flatMap((name) => (reports[name] ? [{ name, ...reports[name] }] : []));
  return [densityTables(having(REAL)), digitsTable(having([DIGITS])), anomalyTables(having(ANOMALIES))]
    .flat()
    .join("\n\n");
}

function densityTables(sets) {
  if (sets.length === 0) return [];
  const { density } = REFERENCES;
  const scores = sets.map(({ name, rows, columns, runs }) => [
    ...[name, `${rows} × ${columns}`, `**${overRuns(runs, ({ score }) => score)}**`],
    ...[overRuns(runs, ({ gaussian }) => gaussian), ...othersOf(density, name)],
  ]);
  const details = sets.map(({ name, runs }) => {
    const worst = runs.map(({ score }) => score.worst);
    const means = runs.map(({ score }) => score.mean);
    return [
      ...[name, runsIn(runs), apart(means, 3), fixed(worst.includes(null) ? null : Math.min(...worst), 1)],
      ...[runs.reduce((total, { score }) => total + score.notFinite, 0), ...trainingOf(runs)],
    ];
  });
  return [
    `**Mean log-likelihood of the test rows**: ${density.unit} (of folds over folds, else over test rows). diffeo and Gaussian as measured below; the others elsewhere.`,
    markdown(["table", "rows × columns", "diffeo", "Gaussian", ...density.models], scores),
    markdown(["table", "runs", "deviation between them", "worst row, nats", "rows not finite", ...TRAINING], details),
    density.how,
  ];
}

function digitsTable([digits]) {
  if (digits === undefined) return [];
  const { runs, columns } = digits;
  const bits = (of) => overRuns(inBits(runs, columns, of), ({ score }) => score);
  const means = inBits(runs, columns, "score").map(({ score }) => score.mean);
  const differing = range(runs.map(({ rowsWithDifferences }) => rowsWithDifferences));
  return [
    "**Digits**: bits per dimension of the test rows, integers 0 … 16, ± one standard error over test rows. Beside it every pixel for itself, by its frequencies.",
    markdown(
      [
        "table",
        "diffeo",
        "pixels alone",
        "runs",
        "deviation between them",
        "rows with a pixel that never varied",
        ...TRAINING,
      ],
      [[DIGITS, `**${bits("score")}**`, bits("alone"), runsIn(runs), apart(means, 3), differing, ...trainingOf(runs)]],
    ),
    "A row with a pixel that never varied among the training rows, and does here, is scored without that pixel.",
  ];
}

/** Nats as bits per dimension. */
function inBits(runs, columns, of) {
  const unit = columns * Math.LN2;
  return runs.map((run) => {
    const { mean: nats, error } = run[of];
    return { score: { mean: nats === null ? null : -nats / unit, error: error === null ? null : error / unit } };
  });
}

function anomalyTables(sets) {
  if (sets.length === 0) return [];
  const { anomalies } = REFERENCES;
  const runsFor = (runs, purpose) => runs.filter((run) => run.purpose === purpose);
  const areaOf = (runs) => {
    const areas = runs.map(({ auc }) => (auc === null ? null : 100 * auc));
    const between = apart(areas, 2);
    return `**${fixed(meanOf(areas), 2)}**${between && ` (${between})`}`;
  };
  const areas = sets.map(({ name, runs }) => [
    ...[name, areaOf(runsFor(runs, "anomalies")), areaOf(runsFor(runs, "auto"))],
    ...othersOf(anomalies, name),
  ]);
  const details = sets.flatMap(({ name, columns, runs }) =>
    ["anomalies", "auto"].map((purpose) => {
      const own = runsFor(runs, purpose);
      const notFinite = own.reduce((total, run) => total + run.notFinite, 0);
      const [differing, modelled] = ["rowsWithDifferences", "columns"].map((of) => range(own.map((run) => run[of])));
      return [
        `${name}, ${purpose}`,
        runsIn(own),
        `${modelled} of ${columns}`,
        notFinite,
        differing,
        ...trainingOf(own),
      ];
    }),
  );
  return [
    `**Anomalies**: ${anomalies.unit}. The score of a row is −log p; training rows are normal. diffeo as measured below, \`for: "anomalies"\` and \`auto\`; the others elsewhere.`,
    markdown(["table", "diffeo, anomalies", "diffeo, auto", ...anomalies.models], areas),
    markdown(
      ["table", "runs", "columns modelled", "likelihoods not finite", "rows with differences", ...TRAINING],
      details,
    ),
    `Rows with differences have another value than all training rows in a column that never varied among them: \`model.differences\` lists them, the score knows nothing of it. Nor does it know of columns that follow from others by a linear equation, which are not modelled either. ${anomalies.how}`,
  ];
}
