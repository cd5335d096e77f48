/** With fewer rows no p-value is small enough to tell anything. */
const FEWEST_ROWS = 99;

/** The scores of rows that a model was not fitted to, in ascending order; null if there are too few. */
export function calibrationOf(scores: Float64Array): Float64Array | null {
  return scores.length < FEWEST_ROWS ? null : Float64Array.from(scores).sort();
}

/** (1 + #{calibration rows scored ≤ this})/(n + 1) of each score. NaN for NaN. */
export function pValues(scores: Float64Array, calibration: Float64Array): Float64Array {
  return scores.map((score) => {
    if (score !== score) return Number.NaN;
    let [low, high] = [0, calibration.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (calibration[middle] <= score) low = middle + 1;
      else high = middle;
    }
    return (1 + low) / (calibration.length + 1);
  });
}
