// Spline flows on toys whose exact log-density is known: every batch is fresh, so that nothing but the flow and the steps limits the fit.

import * as diffeo from "../../dist/index.js";
import { INNER, LEFT, page } from "../../dist/plot/drawing/page.js";
import { linearScale } from "../../dist/plot/drawing/scales.js";
import { FAINT, frame, label } from "../../dist/plot/drawing/style.js";
import { deflate } from "../../dist/plot/image/deflate.js";
import { bulkPeak, heatMap } from "../../dist/plot/panels/marks.js";
import { deviation, fixed, mean, range, summary } from "../support/scores.mjs";
import { REFERENCES } from "../support/sets.mjs";
import { markdown } from "../support/table.mjs";

const { fit, Random, splineFlow, Tensor } = diffeo;

export const question = "How near to the exact densities of the toys do spline flows come?";

const TOYS = {
  moons: diffeo.twoMoons,
  "8gaussians": diffeo.eightGaussians,
  pinwheel: diffeo.pinwheel,
  "2spirals": diffeo.twoSpirals,
  checkerboard: diffeo.checkerboard,
  rings: diffeo.rings,
};

export const parts = Object.keys(TOYS);
export const document = "docs/results.md";

const SEEDS = 5;
/** The same for all toys. Of couplings and autoregressive layers (5 of 8 bins), tried on 2spirals and rings, the better and faster. */
const FLOW = { layers: 6, hidden: [64, 64], bins: 8, tails: "linear", bound: 3 };
const TRAINING = { batchSize: 256, learningRate: 1e-2, schedule: "cosine", clipNorm: 5 };
const STEPS = 2000;
/** Exact points to compare on, the same for all seeds. */
const TEST = { points: 5000, seed: 20_000 };
/** What the picture shows: a square of so many cells a side. */
const [REACH, CELLS] = [[-4.2, 4.2], 128];
/** Densities in it are kept as bytes; the largest is the darkest colour. */
const DARKEST = 255;

/** Trains on batches that never come twice. */
function fitToFresh(flow, toy, steps, random) {
  return fit(flow, (n, generator) => toy.sample(n, generator), { ...TRAINING, steps, random });
}

export async function measure(quick, { part, seeds = SEEDS }) {
  const toy = TOYS[part]();
  const [steps, count] = quick ? [4, 1] : [STEPS, seeds];
  const test = toy.sample(quick ? 50 : TEST.points, new Random(TEST.seed));
  const exact = toy.logProb(test).data;
  const cells = quick ? 16 : CELLS;
  const runs = [];
  let picture = null;
  for (let seed = 1; seed <= count; seed++) {
    const random = new Random(seed);
    const flow = splineFlow({ dimensions: 2, ...FLOW, random });
    const { seconds } = await fitToFresh(flow, toy, steps, random);
    const learned = flow.score(test).data;
    const gap = summary(exact.map((value, i) => value - learned[i]));
    runs.push({ seed, gap: gap.mean, error: gap.error, notFinite: gap.notFinite, seconds: Number(seconds.toFixed(1)) });
    picture ??= pictureOf(flow, toy, cells);
    if (!quick) console.error(`${part}: ${JSON.stringify(runs.at(-1))}`);
  }
  return { flow: FLOW, training: { steps, ...TRAINING }, test: { ...TEST, points: test.shape[0] }, runs, picture };
}

export function table(reports) {
  const { toys } = REFERENCES;
  const rows = parts
    .filter((part) => reports[part])
    .map((part) => {
      const { runs } = reports[part];
      const gaps = runs.map(({ gap }) => gap);
      const whole = !gaps.includes(null);
      const gap = whole
        ? `**${fixed(mean(gaps), 4)} ± ${fixed(mean(runs.map(({ error }) => error)), 4)}**`
        : "not finite";
      const apart = !whole || runs.length === 1 ? "" : fixed(deviation(gaps), 4);
      const seconds = range(runs.map((run) => run.seconds));
      return [part, gap, runs.length, apart, seconds, ...toys.models.map((model) => toys.scores[part][model])];
    });
  const [{ flow, training, test }] = Object.values(reports);
  const { layers, hidden, bins, bound } = flow;
  return [
    `**${toys.unit}**: Kullback–Leibler divergences, ± one standard error over ${test.points} exact points, the same for all seeds. ` +
      `diffeo: splineFlow, ${layers} couplings of nets ${hidden.join("×")}, ${bins} bins within ±${bound} deviations; ${training.steps} steps of ${training.batchSize} fresh points, ` +
      `Adam from ${training.learningRate} by a cosine, gradients clipped to ${training.clipNorm}. The others elsewhere.`,
    markdown(["toy", "diffeo", "seeds", "deviation between them", "seconds", ...toys.models], rows),
    toys.how,
    "![Each toy twice: the density that a flow has learned, and below it the exact one](toys.svg)",
  ].join("\n\n");
}

/** The learned and the exact density of a square, of the same colours. */
function pictureOf(flow, toy, cells) {
  const [learned, exact] = [
    gridOf((x) => flow.score(x).data, cells),
    gridOf((x) => diffeo.noGrad(() => toy.logProb(x).data), cells),
  ];
  const peak = bulkPeak(exact);
  return { cells, learned: bytesOf(learned, peak), exact: bytesOf(exact, peak) };
}

/** log p at the centres of cells, as src/plot/panels/densityGrid.ts has it. */
function gridOf(logDensity, cells) {
  const [low, high] = REACH;
  const centre = (i) => low + ((i + 0.5) / cells) * (high - low);
  const centres = Float64Array.from({ length: 2 * cells * cells }, (_, k) =>
    centre(k % 2 === 0 ? (k >> 1) % cells : Math.floor((k >> 1) / cells)),
  );
  return asGrid(logDensity(new Tensor(centres, [cells * cells, 2])), cells);
}

const asGrid = (logDensity, cells) => ({ logDensity, columns: cells, rows: cells, x: REACH, y: REACH });

/** Densities as bytes, in Base64. */
function bytesOf({ logDensity }, peak) {
  const bytes = Uint8Array.from(logDensity, (value) => Math.round(Math.min(1, Math.exp(value) / peak) * DARKEST));
  return Buffer.from(bytes).toString("base64");
}

/** The densities in such bytes, in units of the darkest. */
function gridFrom(text, cells) {
  return asGrid(
    Float64Array.from(Buffer.from(text, "base64"), (byte) => Math.log(byte / DARKEST)),
    cells,
  );
}

/** The learned densities above the exact ones. */
export async function pictures(reports) {
  const [gap, top, rowLabel] = [12, 128, 15];
  const size = (INNER - rowLabel - gap * (parts.length - 1)) / parts.length;
  const [left, second] = [LEFT + rowLabel, top + size + gap];
  const drawn = parts.filter((part) => reports[part]);
  const panels = [];
  for (const [k, part] of drawn.entries()) {
    const { runs, picture } = reports[part];
    const x = left + k * (size + gap);
    panels.push(label(part, x + size / 2, top - 24, { anchor: "middle", weight: 600 }));
    const divergence = `${fixed(runs[0].gap, 3)} nats`;
    panels.push(label(divergence, x + size / 2, top - 8, { anchor: "middle", size: 12, fill: FAINT }));
    for (const [y, bytes] of [
      [top, picture.learned],
      [second, picture.exact],
    ]) {
      const box = { x, y, width: size, height: size };
      const map = await heatMap(gridFrom(bytes, picture.cells), linearScale(box, REACH, REACH), 1, deflate);
      panels.push(map, frame(box));
    }
  }
  const names = [
    ["learned", top],
    ["exact", second],
  ].map(([name, y]) => label(name, left - 12, y + size / 2, { anchor: "middle", turn: -90, weight: 600 }));
  const { training } = Object.values(reports)[0];
  const lines = [
    `a spline flow after ${training.steps} steps of ${training.batchSize} fresh points, seed 1; its Kullback–Leibler divergence below each name`,
  ];
  const head = { title: "Toys: learned densities above the exact ones", lines, height: second + size + 28 };
  return { "docs/toys.svg": `${page(head, ...names, ...panels)}\n` };
}
