// How long something takes, and how that grows. All that is compared takes turns: what else the machine does then meets all alike.

/** So many samples of each, one after the other, … */
const ROUNDS = 11;
/** … until it has had its time, but not before so many, … */
const LEAST_ROUNDS = 3;
/** … unless a single call takes longer than its time and so many milliseconds: then that one has to do. */
const LONGEST_CALL = 1000;
/** The share of that time in which each warms up before: engines need up to 0.4 s to compile loops for speed. */
const WARM_UP = 2;

/** What the last call gave: a result that nobody sees might never be computed. */
export let lastResult;

/** The milliseconds of one call, when it is called so many times; what was left by others is freed before (--expose-gc). */
export function timeHere(run, calls) {
  globalThis.gc?.({ type: "minor" });
  const start = performance.now();
  for (let i = 0; i < calls; i++) lastResult = run();
  return (performance.now() - start) / calls;
}

/** How many calls of so many milliseconds fill a time. */
const callsIn = (time, each) => Math.max(1, Math.min(1e6, Math.round(time / Math.max(each, 1e-4))));

/** Four digits. */
export const short = (value) => Number(value.toPrecision(4));

/**
 * The milliseconds per call of each: minimum, median, quartiles, the number of samples, and of the calls in each.
 *
 * @param {readonly ((() => unknown) | { time(calls: number): Promise<number> })[]} all what is called here, or what knows its time
 * @param {number} seconds for the samples of each; 0 for the fewest calls that there can be
 * @param {{ rounds?: number, warmUp?: number }} [pace] other rounds than usual, and another share of the time for warming up
 */
export async function timesOf(all, seconds = 0.25, { rounds = ROUNDS, warmUp = WARM_UP } = {}) {
  const limit = 1000 * seconds;
  const runners = [];
  for (const one of all) {
    const time = one.time ?? ((calls) => timeHere(one, calls));
    let [each, spent, calls] = [0, 0, 1];
    do {
      each = await time(calls);
      spent += calls * Math.max(each, 1e-4); // a coarse clock may say 0
      calls = callsIn((warmUp * limit) / 3, each);
    } while (spent < warmUp * limit);
    const once = each > Math.max(limit, LONGEST_CALL);
    runners.push({
      time,
      calls: once ? 1 : callsIn(limit / rounds, each),
      spent: 0,
      samples: once ? [each] : [],
      once,
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      if (runner.once || (runner.spent >= limit && runner.samples.length >= LEAST_ROUNDS)) continue;
      const each = await runner.time(runner.calls);
      runner.samples.push(each);
      runner.spent += each * runner.calls;
    }
  }
  return runners.map(({ samples, calls }) => {
    const sorted = samples.sort((a, b) => a - b);
    const quantile = (share) => {
      const at = share * (sorted.length - 1);
      const below = Math.floor(at);
      return short(sorted[below] + (at - below) * (sorted[Math.ceil(at)] - sorted[below]));
    };
    const quartiles = [quantile(0.25), quantile(0.75)];
    return { minimum: quantile(0), median: quantile(0.5), quartiles, samples: sorted.length, calls };
  });
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

/**
 * The exponent of growth: the slope of log t against log D by least squares over the upper half of the range, and its standard error.
 * t is the lower quartile, since what else the machine does can only lengthen a call.
 *
 * @param {readonly number[]} D
 * @param {readonly { quartiles: readonly number[] }[]} times
 */
export function exponentOf(D, times) {
  const from = D.length >> 1; // of seven the last four
  const n = D.length - from;
  const [x, y] = [D.slice(from).map(Math.log), times.slice(from).map(({ quartiles }) => Math.log(quartiles[0]))];
  const mean = (values) => values.reduce((total, value) => total + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((total, value) => total + (value - mx) ** 2, 0);
  const slope = x.reduce((total, value, i) => total + (value - mx) * (y[i] - my), 0) / sxx;
  const residuals = y.map((value, i) => value - my - slope * (x[i] - mx));
  const variance = residuals.reduce((total, value) => total + value ** 2, 0) / Math.max(1, n - 2);
  return { slope, error: Math.sqrt(variance / sxx) };
}
