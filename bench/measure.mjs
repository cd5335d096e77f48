// How long something takes, and how that grows.

/** In how many rounds the samples of several things are taken: what else the machine does then falls on all of them. */
const ROUNDS = 5;

/**
 * The times of several things, in milliseconds per call: the median of several samples of each, and the quartiles.
 *
 * A sample makes as many calls as fill `least` milliseconds, so that the clock is read seldom, and lasts as long as one call if that is
 * longer. At least `samples` of each, then as many as its budget allows. The calls before them, which find out how many that are, are
 * not counted. Garbage of what was measured before is collected first, if node may (--expose-gc).
 *
 * @param {readonly (() => unknown)[]} runs
 * @param {{ least?: number, samples?: number, budget?: number }} options milliseconds
 */
export function timesOf(runs, { least = 2, samples = 7, budget = 150 } = {}) {
  globalThis.gc?.();
  const calls = runs.map((run) => callsThatFill(run, least));
  const times = runs.map(() => []);
  const spent = runs.map(() => 0);
  for (let round = 1; round <= ROUNDS; round++) {
    const share = round / ROUNDS;
    runs.forEach((run, i) => {
      while (times[i].length < share * samples || (spent[i] < share * budget && times[i].length < 1000)) {
        const start = performance.now();
        for (let call = 0; call < calls[i]; call++) run();
        const took = performance.now() - start;
        times[i].push(took / calls[i]);
        spent[i] += took;
      }
    });
  }
  return times.map((list, i) => {
    const sorted = list.sort((a, b) => a - b);
    const quantile = (share) => Number(sorted[Math.floor(share * (sorted.length - 1))].toPrecision(4));
    return {
      median: quantile(0.5),
      quartiles: [quantile(0.25), quantile(0.75)],
      samples: sorted.length,
      calls: calls[i],
    };
  });
}

/** As {@link timesOf}, of one thing. */
export function timeOf(run, options) {
  return timesOf([run], options)[0];
}

function callsThatFill(run, least) {
  for (let calls = 1; ; ) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    const took = performance.now() - start;
    if (took >= least) return calls;
    calls = Math.ceil(calls * Math.min(10, Math.max(1.2, (1.2 * least) / took)));
  }
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

/** Three digits and a unit. @param {number} milliseconds */
export function inWords(milliseconds) {
  if (milliseconds < 1) return `${(1000 * milliseconds).toPrecision(3).replace(/\.0+$/, "")} µs`;
  return milliseconds < 1000 ? `${milliseconds.toPrecision(3)} ms` : `${(milliseconds / 1000).toPrecision(3)} s`;
}

/** A table in Markdown. @param {readonly string[]} head @param {readonly (readonly (string | number)[])[]} rows */
export function markdown(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
