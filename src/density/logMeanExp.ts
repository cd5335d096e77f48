import { exp, log } from "../tensor/kernels/elementary.ts";

/** ln (1/M Σ_m exp v_m) of M lists of the same length, place by place. */
export function logMeanExp(lists: readonly Float64Array[]): Float64Array {
  const M = lists.length;
  return Float64Array.from(lists[0], (_, i) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (const values of lists) largest = Math.max(largest, values[i]);
    if (!(Math.abs(largest) < Number.POSITIVE_INFINITY)) return largest;
    let sum = 0;
    for (const values of lists) sum += exp(values[i] - largest);
    return largest + log(sum / M);
  });
}
