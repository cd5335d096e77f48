// What is said of many scores.

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {readonly number[]} values */
export const mean = (values) => sum(values) / values.length;

/** The deviation of a sample, 0 of one value. @param {readonly number[]} values */
export function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / Math.max(1, values.length - 1));
}

/** The mean of scores, its standard error, the lowest one, and how many are not finite; where some are not, the mean of the others is none. */
export function summary(scores) {
  const values = Array.from(scores);
  const notFinite = values.filter((value) => !Number.isFinite(value)).length;
  if (notFinite > 0) return { mean: null, error: null, worst: null, notFinite };
  return {
    mean: mean(values),
    error: deviation(values) / Math.sqrt(values.length),
    worst: values.reduce((least, value) => Math.min(least, value)),
    notFinite,
  };
}

/**
 * The probability that an anomaly scores higher than a normal row, ties counting half, by ranks; null if a score is NaN.
 *
 * @param {readonly number[]} scores @param {ArrayLike<number>} anomalous 1 or 0 for each
 */
export function areaUnderCurve(scores, anomalous) {
  if (scores.some(Number.isNaN)) return null;
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] < scores[b] ? -1 : scores[a] > scores[b] ? 1 : 0));
  let [ranks, positives] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++;
    for (let k = from; k < to; k++) {
      if (anomalous[order[k]] !== 1) continue;
      ranks += (from + 1 + to) / 2;
      positives++;
    }
    from = to;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (scores.length - positives));
}

/** So many decimals, and a true minus sign; what is no number is "not finite". */
export function fixed(value, decimals) {
  return value === null || !Number.isFinite(value) ? "not finite" : value.toFixed(decimals).replace("-", "−");
}

/** One number, or the least and the most of several. */
export function range(values, decimals = 0) {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => fixed(value, decimals));
  return ends[0] === ends[1] ? ends[0] : ends.join(" – ");
}
