// How long something takes, and how that grows.

/**
 * The time of one call in milliseconds: the median of several samples, and the quartiles as their spread.
 *
 * A sample makes as many calls as fill `least` milliseconds, so that the clock is read seldom, and lasts as long as one call if that is
 * longer. At least `samples` of them, then as many as the budget allows. One call before them is not counted.
 *
 * @param {() => unknown} run
 * @param {{ least?: number, samples?: number, budget?: number }} options milliseconds
 */
export function timeOf(run, { least = 2, samples = 7, budget = 150 } = {}) {
  let calls = 1;
  for (let took = 0; ; calls = Math.ceil(calls * Math.min(10, Math.max(1.2, (1.2 * least) / took)))) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    took = performance.now() - start;
    if (took >= least) break;
  }
  const times = [];
  for (let spent = 0; times.length < samples || (spent < budget && times.length < 1000); ) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    const took = performance.now() - start;
    times.push(took / calls);
    spent += took;
  }
  times.sort((a, b) => a - b);
  const quantile = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
  return { median: quantile(0.5), quartiles: [quantile(0.25), quantile(0.75)], samples: times.length, calls };
}

/**
 * The exponent of growth: the slope of log t against log D by least squares, and its standard error.
 *
 * @param {readonly number[]} D
 * @param {readonly number[]} times
 */
export function exponentOf(D, times) {
  const n = D.length;
  const [x, y] = [D.map(Math.log), times.map(Math.log)];
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
