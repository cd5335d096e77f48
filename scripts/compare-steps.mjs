// How long training steps take here, and in another checkout of the project, how long scoring and sampling, and tanh and exp of a million numbers. Prints
// minima and medians, in milliseconds, and how many times faster it is here; and how scoring after training compares with scoring before, in one process.
//
//   npm run build && node scripts/compare-steps.mjs ../other-checkout [rounds]
//
// Steps: RealNVP (6 couplings, D = 2), MAF (5 layers, D = 8), splines (6 couplings, D = 8, 8 bins), autoregressive splines (5 layers, D = 10), a
// small Glow (1×8×8, 2 levels of 4 steps, nets of 32×32); hidden layers of 64×64, batches of 256, Adam. Scoring, and the inverse: 100,000 rows.

import { compareCheckouts, spread } from "./compareCheckouts.mjs";

await compareCheckouts(import.meta.url, 5, measure, report);

/** @typedef {Record<string, number[]>} Answer times, by what was timed */

/** @param {Answer[]} ours @param {Answer[]} theirs */
function report(ours, theirs) {
  console.log("                       here min, median   there min, median   times faster by minima, by medians");
  for (const name of Object.keys(ours[0])) {
    const [here, there] = [ours, theirs].map((answers) => spread(answers.flatMap((answer) => answer[name])));
    const times = [here.minimum, here.median, there.minimum, there.median];
    const ratios = [there.minimum / here.minimum, there.median / here.median];
    console.log(`${name.padEnd(22)} ${[...times, ...ratios].map((value) => value.toFixed(2).padStart(8)).join("  ")}`);
  }
  console.log("scoring after training ÷ before, by minima: here, there");
  for (const name of Object.keys(ours[0]).filter((each) => `${each} before` in ours[0])) {
    const least = (/** @type {Answer[]} */ answers, /** @type {string} */ of) =>
      spread(answers.flatMap((answer) => answer[of])).minimum;
    const ratios = [ours, theirs].map((answers) => least(answers, name) / least(answers, `${name} before`));
    console.log(`${name.padEnd(22)} ${ratios.map((value) => value.toFixed(2).padStart(8)).join("  ")}`);
  }
}

/** Milliseconds of each. @param {any} library @returns {Answer} */
function measure(library) {
  const { Random, Tensor, glow, maf, realNVP, splineFlow, train, twoMoons } = library;
  const random = new Random(1);
  const hidden = [64, 64];
  const images = new Tensor(random.normal([512, 64]).data, [512, 1, 8, 8]);
  const glowOptions = { channels: 1, height: 8, width: 8, levels: 2, steps: 4, hidden: [32, 32], random };
  const autoregressive = { dimensions: 10, layers: 5, hidden, autoregressive: true, random };
  /** @type {[string, any, any, number][]} */
  const all = [
    ["RealNVP", realNVP({ dimensions: 2, layers: 6, hidden, random }), twoMoons().sample(4096, random), 200],
    ["MAF", maf({ dimensions: 8, layers: 5, hidden, random }), random.normal([4096, 8]), 120],
    ["splines", splineFlow({ dimensions: 8, layers: 6, hidden, random }), random.normal([4096, 8]), 60],
    ["autoregressive", splineFlow(autoregressive), random.normal([4096, 10]), 40],
    ["Glow", glow(glowOptions), images, 5],
  ];
  /** @type {Record<string, number[]>} */
  const times = {};
  /** @param {string} name @param {number} count @param {() => void} run */
  const time = (name, count, run) => {
    for (let i = 0; i < 1 + count / 4; i++) run();
    times[name] = Array.from({ length: count }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
  };
  /** @type {Map<string, any>} */
  const rowsOf = new Map();
  for (const [name, flow, x] of all.slice(0, 3)) rowsOf.set(name, [flow, random.normal([100_000, x.shape[1]])]);
  /** @param {string} suffix */
  const timeScoring = (suffix) => {
    for (const [name, [flow, rows]] of rowsOf) {
      const score = () => (flow.score ? flow.score(rows) : library.noGrad(() => flow.logProb(rows)));
      time(`score ${name}${suffix}`, 3, score);
    }
  };
  timeScoring(" before");
  for (const [name, flow, x, count] of all) {
    const steps = train(flow, x, { random: new Random(2), batchSize: 256, steps: 1e9, learningRate: 1e-3 });
    time(name, count, () => steps.next());
  }
  timeScoring("");
  for (const [name, [flow, rows]] of rowsOf) time(`sample ${name}`, 2, () => flow.toData(rows));
  const million = random.normal([1_000_000]);
  for (const name of ["tanh", "exp"]) time(name, 20, () => library.noGrad(() => library[name](million)));
  return times;
}
