// Times of competitors that take turns, so that what else the machine does meets all of them alike.

import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { useKernels } from "../../dist/index.js";

/** Each competitor is timed so often, one after the other, … */
const ROUNDS = 11;
/** … and drops out when it has had its time, … */
const SECONDS = 0.25;
/** … but not before so many rounds, … */
const LEAST_ROUNDS = 3;
/** … unless a single call takes so many milliseconds: then that one has to do. */
const LONGEST_CALL = 1000;
/** The share of that time in which a competitor warms up: engines need up to 0.4 s to compile loops for speed. */
const WARM_UP = 2;

/** CLOCK=cpu counts processor time instead of time: for a look at the numbers on a machine that is busy otherwise. */
export const CLOCK = process.env.CLOCK === "cpu" ? "cpu" : "wall";

/** Milliseconds. */
function now() {
  if (CLOCK === "wall") return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

setFlagsFromString("--expose-gc");
/** Frees what the competitor before left in the young generation, so that the next one does not pay for it. */
const sweep = runInNewContext("gc").bind(null, { type: "minor" });

/** What the last call gave: a result that nobody sees might never be computed. */
export let lastResult;

/** The milliseconds of one call, when it is called so many times. */
export function timeOf(run) {
  return (calls) => {
    sweep();
    const start = now();
    for (let i = 0; i < calls; i++) lastResult = run();
    return (now() - start) / calls;
  };
}

/** The same contestant on diffeo's plain loops. */
export function onPlainLoops({ values, run }) {
  const time = timeOf(run);
  const plainly =
    (f) =>
    (...args) => {
      useKernels("plain");
      try {
        return f(...args);
      } finally {
        useKernels("simd");
      }
    };
  return { values: plainly(values), time: plainly(time) };
}

/**
 * Lets competitors { name, time } take turns; time(calls) gives the milliseconds of one call, or a promise of them.
 *
 * Returns for each the median, the quartiles and the number of rounds; milliseconds.
 */
export async function race(competitors, seconds = SECONDS) {
  const limit = 1000 * seconds;
  const runners = [];
  for (const { name, time } of competitors) {
    let [each, spent] = [0, 0];
    for (let calls = 1; spent < WARM_UP * limit; calls = callsIn((WARM_UP * limit) / 3, each)) {
      each = await time(calls);
      spent += calls * Math.max(each, 1e-4); // a coarse clock may say 0
    }
    const once = each > Math.max(limit, LONGEST_CALL);
    runners.push({ name, time, calls: callsIn(limit / ROUNDS, each), spent: 0, samples: once ? [each] : [], once });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const runner of runners) {
      if (runner.once || (runner.spent >= limit && runner.samples.length >= LEAST_ROUNDS)) continue;
      const each = await runner.time(runner.calls);
      runner.samples.push(each);
      runner.spent += each * runner.calls;
    }
  }
  return runners.map(({ name, samples }) => ({ name, ...summary(samples) }));
}

/** How many calls of so many milliseconds fill a time. */
function callsIn(time, each) {
  return Math.max(1, Math.min(1e6, Math.round(time / Math.max(each, 1e-4))));
}

function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const quantile = (q) => {
    const at = q * (sorted.length - 1);
    const below = Math.floor(at);
    return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
  };
  return { median: quantile(0.5), lower: quantile(0.25), upper: quantile(0.75), rounds: sorted.length };
}

/** How far values are from the expected ones, at most, in units of the largest expected one; NaN counts as ∞. */
export function largestDifference(values, expected) {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(values[i] - expected[i]);
    if (!(distance <= difference)) difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    size = Math.max(size, Math.abs(expected[i]));
  }
  return difference === 0 ? 0 : difference / size;
}
