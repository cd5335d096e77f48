import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  affineCoupling,
  compose,
  type Distribution,
  diagonalNormal,
  Flow,
  forwardKL,
  grad,
  luLinear,
  mixture,
  norm,
  Random,
  standardNormal,
  tensor,
  twoMoons,
} from "diffeo";
import { expect, test } from "vitest";
import { exercisesIn, LONG, numbersIn } from "./support/exercises.ts";
import { outputOf } from "./support/outputOf.ts";
import { root } from "./support/sources.ts";

const folder = join(root, "examples/exercises");
const exercises = exercisesIn(readFileSync(join(root, "docs/exercises.md"), "utf8"));
const programOf = (name: string): string => readFileSync(join(folder, `${name}.js`), "utf8");

test("every program of examples/exercises has its exercise, and every exercise its program", () => {
  expect(exercises.map(({ name }) => `${name}.js`).sort()).toEqual(readdirSync(folder).sort());
});

test.each(exercises)("$name has at most 25 lines, and the page quotes lines of it", ({ name, quoted }) => {
  const program = programOf(name);
  expect(program.split("\n").length - 1).toBeLessThanOrEqual(25);
  expect(quoted.length).toBeGreaterThan(0);
  for (const lines of quoted) expect(program).toContain(lines);
});

test.each(exercises.filter(({ name }) => !LONG.includes(name)))("$name prints what the page says", async (exercise) => {
  expect(await outputOf(programOf(exercise.name))).toBe(exercise.printed);
});

// What the answers claim, of the numbers that the page prints. That programs print these is tested above and, of long ones and variations, in test/slow.

const LOG_2PI = Math.log(2 * Math.PI);

/** The numbers in what an exercise prints, line by line. */
function printedBy(name: string): { rows: number[][]; varied: number[][] } {
  const found = exercises.find((exercise) => exercise.name === name);
  const rowsOf = (text = ""): number[][] => text.trim().split("\n").map(numbersIn);
  return { rows: rowsOf(found?.printed), varied: rowsOf(found?.variation.printed) };
}

function expectNear(value: number, wanted: number, tolerance: number): void {
  expect(Math.abs(value - wanted), `${value} for ${wanted}`).toBeLessThanOrEqual(tolerance);
}

const falls = (values: readonly number[]): boolean => values.every((value, k) => k === 0 || value < values[k - 1]);
const column = (rows: readonly number[][], k: number): number[] => rows.map((row) => row.at(k)!);

test("two-divergences: the forward one covers, the reverse one seeks a mode, and each fit is better by its own", () => {
  const { rows, varied } = printedBy("two-divergences");
  const [[mu, sigma, forward, reverse], [muOfMode, sigmaOfMode, forwardOfMode, reverseOfMode]] = rows;
  expectNear(mu, 0, 0.05);
  expectNear(sigma, Math.sqrt(17), 0.05);
  expectNear(forward, 0.5 * Math.log(17) - Math.log(2), 0.02);
  expectNear(muOfMode, 4, 0.02);
  expectNear(sigmaOfMode, 1, 0.02);
  expectNear(reverseOfMode, Math.log(2), 0.01);
  expectNear(forwardOfMode, 0.5 * 0.5 * 8 ** 2 - Math.log(2), 0.2);
  expect(forward).toBeLessThan(forwardOfMode);
  expect(reverse).toBeGreaterThan(reverseOfMode);
  expect(varied[0]).toEqual(rows[0]);
  expectNear(varied[1][0], -4, 0.02);
  expectNear(varied[1][3], Math.log(2), 0.01);
});

test("beyond-entropy: few rows are learned by heart, to the harm of others; with many, nothing gets past −H", () => {
  const { rows, varied } = printedBy("beyond-entropy");
  const bound = -0.5 * (LOG_2PI + 1);
  expectNear(rows[0][0], bound, 5e-4);
  const [own, others] = [column(rows.slice(1), 1), column(rows.slice(1), 2)];
  expectNear(own[0], bound, 2 * 0.07);
  expect(falls(own.map((value) => -value))).toBe(true);
  expect(own[1]).toBeGreaterThan(bound + 0.1);
  expect(falls(others)).toBe(true);
  expectNear(others[0], bound, 0.01);
  for (const row of varied) expectNear(row.at(-1)!, bound, 0.01);
  for (const row of varied.slice(1)) expectNear(row[1], bound, 0.01);
});

test("no-log-det: the loss goes to ½ ln 2π, z to one number, samples apart; with the log-det the loss is the entropy", () => {
  const { rows, varied } = printedBy("no-log-det");
  const [, loss, w, , deviation] = rows.at(-1)!;
  expectNear(loss, 0.5 * LOG_2PI, 1e-6);
  expect(w * 2).toBeLessThan(1e-3); // the deviation of z
  expectNear(deviation * w, 1, 0.05);
  expect(falls(column(rows.slice(1), 2))).toBe(true);
  const [, right, slope] = varied.at(-1)!;
  expectNear(right, 0.5 * (LOG_2PI + 1 + Math.log(4)), 0.01);
  expectNear(slope, 0.5, 0.01);
  expect(right).toBeGreaterThan(loss);
});

test("flipped-log-det: in the end σ grows, and the loss falls, by the learning rate in each step, whatever the data", () => {
  const { rows, varied } = printedBy("flipped-log-det");
  for (const run of [rows, varied]) {
    for (const k of [2, 3, 4]) {
      expectNear(run[k][1] - run[k - 1][1], -50 * 0.1, 1e-3);
      expectNear(run[k][3] - run[k - 1][3], 50 * 0.1, 1e-3);
      expect(run[k][2]).toBe(run[1][2]);
    }
  }
  expect(rows[1][2]).toBeLessThan(1);
  const [sigma, normal] = [1.5, standardNormal([])];
  const density = (x: number): number => Math.exp(normal.logProb(tensor([x / sigma])).item() + Math.log(sigma));
  expectNear(integral(density, -20, 20), sigma ** 2, 1e-6);
});

test("forgotten-scaling: μ is right, σ goes to 0 by the learning rate; half of a log-det makes σ too wide by √2", () => {
  const { rows, varied } = printedBy("forgotten-scaling");
  for (const k of [1, 2, 3, 4]) expectNear(rows[k][3], -5 * k, 1e-4);
  for (const k of [3, 4]) expectNear(rows[k][1] - rows[k - 1][1], -5, 1e-3);
  expectNear(rows[4][2], 5, 0.1);
  const [, loss, mu, logSigma] = varied.at(-1)!;
  expectNear(mu, 5, 0.1);
  expectNear(logSigma, Math.log(2 * Math.SQRT2), 0.01);
  expectNear(loss, 0.5 * LOG_2PI + 0.25 + 0.5 * Math.log(2 * Math.SQRT2), 0.01);
  expect(loss).toBeLessThan(0.5 * (LOG_2PI + 1 + Math.log(4)) - 0.4);
});

test("wrong-way-back: samples are off by 5, and nothing else is; layers that commute may go back in any order", () => {
  const { rows, varied } = printedBy("wrong-way-back");
  const [right, wrong] = rows.map((row) => row.slice(-4));
  expectNear(wrong[0] - right[0], 5, 1e-3);
  expectNear(right[0], 5, 0.1);
  expect(wrong.slice(1, 3)).toEqual(right.slice(1, 3));
  expectNear(right[2], Math.log(2), 1e-3);
  expectNear(right[3] - wrong[3], 0.5 * 2.5 ** 2, 0.1);
  expect(varied[1].slice(-4)).toEqual(varied[0].slice(-4));
});

test("gap: it gets what the base has between f(−1) and f(1), less and less, and never nothing", () => {
  const { rows, varied } = printedBy("gap");
  const heap = (center: number): Distribution => diagonalNormal({ loc: tensor(center), logScale: Math.log(0.3) });
  const heaps = mixture({ logits: tensor([0, 0]), components: [heap(-1.5), heap(1.5)] });
  for (const [run, base] of [
    [rows, standardNormal([])],
    [varied, heaps],
  ] as const) {
    const counts = column(run, 1);
    expect(falls(counts)).toBe(true);
    for (const row of run) {
      const [left, right] = base.cdf!(tensor([row[4], row.at(-1)!])).data;
      expect(right).toBeGreaterThan(left);
      expectNear(row[1], (right - left) * 1e5, 4 * Math.sqrt(row[1]) + 40); // chance, and that f is rounded
    }
    expect(counts.at(-1)).toBeGreaterThan(0);
  }
  expect(varied[0][1]).toBeLessThan(rows[1][1]);
});

test("discrete: six numbers cost less than nothing, and dequantized ones the entropy of the die", () => {
  const { rows, varied } = printedBy("discrete");
  const bitsOf = (row: readonly number[]): number[] => row.slice(-5);
  const fair = Math.log2(6);
  expect(falls(bitsOf(rows[0]))).toBe(true);
  expect(bitsOf(rows[0])[4]).toBeLessThan(-3);
  for (const bits of bitsOf(rows[1])) expectNear(bits, fair, 0.015);
  const chances = Array.from({ length: 6 }, (_, k) => (11 - 2 * k) / 36);
  const loaded = -chances.reduce((sum, p) => sum + p * Math.log2(p), 0);
  expectNear(loaded, 2.32, 5e-4);
  for (const bits of bitsOf(varied[1]).slice(1)) expectNear(bits, loaded, 0.015);
  expect(Math.min(...bitsOf(varied[0]))).toBeLessThan(0);
  expect(bitsOf(varied[0])[4]).toBeGreaterThan(0);
});

test("permutations: det J is the sign, log|det J| is 0, and a mean k away from its place costs k²/2", () => {
  const { rows, varied } = printedBy("permutations");
  for (const run of [rows, varied]) {
    expect(column(run, -3)).toEqual([1, -1, 1, -1]);
    expect(column(run, -2)).toEqual([0, 0, 0, 0]);
  }
  expect(new Set(column(rows, -1)).size).toBe(1);
  const [best, ...others] = column(varied, -1);
  for (const [k, cost] of [1, 3, 4].entries()) expectNear(best - others[k], cost, 0.15);
});

test("through-zero: a wall of height −log|det W|, from which gradients lead away; factors keep to their side without it", () => {
  const { rows, varied } = printedBy("through-zero");
  const [start, , near, nearer, across, end] = rows;
  for (const row of [near, nearer, across]) {
    const [det, , slope] = row.slice(-3);
    expectNear(slope * Math.abs(det), 1, 0.01);
  }
  expectNear(nearer.at(-2)! - near.at(-2)!, Math.log(10), 0.01);
  expect(across.slice(-2)).toEqual(nearer.slice(-2));
  expect(start.slice(-2)).toEqual(end.slice(-2));
  for (const descents of [rows.slice(6, 10), rows.slice(10)]) {
    expectNear(descents[1].at(-3)!, 1, 0.02);
    expectNear(descents[3].at(-3)!, -1, 0.02);
  }
  expectNear(rows[6].at(-3)! / 0.02, 26, 0.1);
  expect(column(varied, -3).map(Math.sign)).toEqual([1, -1, -1, 1, 1, 1]);
});

test("through-zero: the gradient of luLinear is 1.6 where that of W is 50, and that of its log-det is 1 everywhere", () => {
  const layer = luLinear({ weight: tensor([0.51, 0.49, 0.49, 0.51], [2, 2]) });
  const x = new Random(1).normal([1000, 2]);
  const grads = grad(forwardKL(new Flow(standardNormal([2]), layer), x), layer.parameters);
  expectNear(Math.hypot(...grads.map((g) => norm(g).item())), 1.6, 0.05);
  const { logDet } = layer.forward(tensor([[1, 2]]));
  const logDiagonal = layer.parameters.find(({ name }) => name === "logDiagonal")!;
  expect(grad(logDet, [logDiagonal])[0].toArray()).toEqual([1, 1]);
});

test("wrong-order: Gaussians in the wrong order stop 0.335 nats short, and two layers of one order with them", () => {
  const { rows, varied } = printedBy("wrong-order");
  const log = (x: number, mean: number, sigma: number): number =>
    -0.5 * ((x - mean) / sigma) ** 2 - Math.log(sigma) - 0.5 * LOG_2PI;
  const banana = (x1: number, x2: number): number => Math.exp(log(x2, 0, 2) + log(x1, x2 ** 2 / 4, 1));
  const exact = -LOG_2PI - 1 - Math.log(2);
  const bound = gaussianBound(banana, [-6, 40], [-14, 14]);
  expectNear(
    gaussianBound((x2, x1) => banana(x1, x2), [-14, 14], [-6, 40]),
    exact,
    1e-3,
  );
  expectNear(bound, -3.866, 1e-3);
  const [best, right, wrong] = column(rows, -1);
  expectNear(best, exact, 5e-4);
  expectNear(right, exact, 0.02);
  expectNear(wrong, bound, 0.02);
  expectNear(varied[1].at(-1)!, bound, 0.02);
  expectNear(varied[2].at(-1)!, exact, 0.02);
});

test("same-half: four couplings with one mask stop where one does; in turns they get past it", () => {
  const { rows, varied } = printedBy("same-half");
  const side = 80;
  const points = Array.from({ length: side * side }, (_, k) => [
    -4.5 + (9 * (Math.floor(k / side) + 0.5)) / side,
    -4.5 + (9 * ((k % side) + 0.5)) / side,
  ]);
  const logProb = twoMoons().logProb(tensor(points)).data;
  const at = (x: number): number => Math.floor(((x + 4.5) / 9) * side);
  const moons = (x1: number, x2: number): number => Math.exp(logProb[at(x1) * side + at(x2)]);
  const range = [-4.5, 4.5] as const;
  const bounds = [gaussianBound(moons, range, range, side), gaussianBound((a, b) => moons(b, a), range, range, side)];
  expectNear(bounds[0], -2.871, 1e-3);
  expectNear(bounds[1], -3.094, 1e-3);
  for (const [k, run] of [rows, varied].entries()) {
    const [, one, four, turns] = column(run, -1);
    expect(one).toBeLessThan(bounds[k]);
    expect(four).toBeLessThan(bounds[k]);
    expectNear(four, one, 0.05);
    expect(turns).toBeGreaterThan(bounds[k] + 0.2);
  }
});

test("same-half: couplings with one mask compose to a map that is affine in x₂, and samples have the x₁ of the base", () => {
  const random = new Random(1);
  const layers = Array.from({ length: 4 }, () => affineCoupling({ dimensions: 2, mask: [1, 0], random }));
  const four = compose(...layers);
  for (const p of four.parameters) p.assign(random.normal(p.shape));
  const x = tensor([
    [0.7, -1],
    [0.7, 0],
    [0.7, 1],
  ]);
  const [low, middle, high] = four.forward(x).z.toArray() as number[][];
  expectNear(low[1] + high[1], 2 * middle[1], 1e-9 * (1 + Math.abs(high[1])));
  const flow = new Flow(standardNormal([2]), four);
  const firsts = (rows: Iterable<unknown>): number[] =>
    [...rows].map((row) => (row as { at(k: number): number }).at(0));
  const z = standardNormal([2]).sample(5, new Random(2));
  expect(firsts(flow.sample(5, new Random(2)))).toEqual(firsts(z));
});

test("passes: as many as the longest chain of dependencies is long", () => {
  const { rows, varied } = printedBy("passes");
  const passesOf = (run: number[][]): number[] => run.map((row) => row.indexOf(0));
  expect(passesOf(rows)).toEqual([6, 2, 6]);
  expect(passesOf(varied)).toEqual([6, 2, 3]);
  for (const row of [...rows, ...varied]) expect(row.slice(row.indexOf(0)).every((error) => error === 0)).toBe(true);
});

test("both-ways: one function, two densities, and the identity in a row", () => {
  const { rows, varied } = printedBy("both-ways");
  expect(rows[1]).toEqual(rows[0]);
  expect(Math.abs(rows[0][3])).toBeGreaterThan(0.1);
  expect(Math.abs(rows[2].at(-1)! - rows[3].at(-1)!)).toBeGreaterThan(1);
  expect(varied[0]).toEqual([1, 2, 3, 0]);
});

test("unbounded-scale: infinite likelihood of a repeated value, a jump by one far off, and what bounds do about both", () => {
  const { rows, varied } = printedBy("unbounded-scale");
  const [free, bounded, freeFar, boundedFar] = rows.map((row) => row.slice(-4));
  for (const [k, steps] of [0, 1, 100, 1000].entries()) expectNear(free[k], -0.1 * steps, 1e-9);
  expect(falls(bounded)).toBe(true);
  expect(bounded[3]).toBeGreaterThan(-2);
  const meanSquare = (1e8 / 1000) * (1 - 1 / 1000) + 1; // of x − x̄
  expectNear(freeFar[0], meanSquare / 2, 1);
  expectNear(freeFar[1], 0.1 * (meanSquare - 1), 1);
  expectNear(freeFar[3] - freeFar[1], -0.1 * 999, 0.01);
  expectNear(boundedFar[1], meanSquare / 2 / Math.exp(4) + 2, 0.1);
  expect(boundedFar.slice(2)).toEqual([boundedFar[1], boundedFar[1]]);
  expectNear(varied[2].at(-1)!, 0.5 * Math.log(meanSquare) + 0.5, 0.01);
  expectNear(varied[3].at(-1)!, boundedFar[1], 0.1);
});

/** ∫ of a function by the rule of midpoints. */
function integral(f: (x: number) => number, low: number, high: number, n = 4000): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += f(low + ((high - low) * (k + 0.5)) / n);
  return (sum * (high - low)) / n;
}

/** The best mean log-density of Gaussians p(a), p(b | a) for points with the density p(a, b): −½ ln 2πe Var a − E ½ ln 2πe Var(b | a). */
function gaussianBound(
  p: (a: number, b: number) => number,
  [lowA, highA]: readonly [number, number],
  [lowB, highB]: readonly [number, number],
  n = 600,
): number {
  const moment = (a: number, power: number): number => integral((b) => p(a, b) * b ** power, lowB, highB, n);
  let [mean, square, conditional] = [0, 0, 0];
  for (let k = 0; k < n; k++) {
    const a = lowA + ((highA - lowA) * (k + 0.5)) / n;
    const share = moment(a, 0);
    const mass = (share * (highA - lowA)) / n;
    if (mass < 1e-14) continue;
    mean += mass * a;
    square += mass * a * a;
    conditional += mass * 0.5 * (LOG_2PI + 1 + Math.log(moment(a, 2) / share - (moment(a, 1) / share) ** 2));
  }
  return -0.5 * (LOG_2PI + 1 + Math.log(square - mean ** 2)) - conditional;
}
