// The derivative of one number f at x from values f(x ± h), and a bound on its error: docs/derivations/certificate.md.

const EPSILON = 2.220446049250313e-16;
/** A change of f counts if it is 2⁻⁴² of f's size at least: below, it might be rounding. */
const HEARD = 2.2737367544323206e-13;
/** Slopes at neighbouring steps of a plateau differ by at most this part of how much f varies. */
const FLAT = 0.01;
/** So many steps have to agree at least: 2¹² from end to end. */
const SETTLED = 3;
/** Richardson extrapolation removes the error terms h², h⁴, … h¹⁰. */
const ORDERS = 5;
/** So many points show noise: what a polynomial of degree 4 through them leaves over. */
const NOISE_WINDOW = 6;

/** f(x − h) and f(x + h). */
export interface Pair {
  readonly h: number;
  readonly low: number;
  readonly high: number;
}

/** A point near x, relative to x, and f there. */
export type Point = readonly [offset: number, value: number];

/** Neighbouring steps at which f is as good as straight, found from the smallest steps upwards. */
export interface Plateau {
  /** From coarse to fine. */
  readonly run: readonly Pair[];
  /** The step above it, where f is no longer straight. */
  readonly above: Pair | undefined;
  /** Further up f is straight again, with another slope: either f has structure down here, or this is rounding. */
  readonly disputed: boolean;
  /** It reaches down to the finest step of all, and has become flat there. */
  readonly settled: boolean;
}

/** An entry of Neville's tableau. */
interface Estimate {
  readonly estimate: number;
  readonly error: number;
  /** The steps it is made of. */
  readonly coarsest: number;
  readonly finest: number;
}

/** (f(x + h) − f(x − h)) / 2h */
const slope = ({ h, low, high }: Pair): number => (high - low) / (2 * h);

/** The size of f there. */
const sizeOf = ({ low, high }: Pair): number => Math.max(Math.abs(low), Math.abs(high));

/** What rounding of its result alone may move f by, and some. */
export const roundingOf = (pair: Pair): number => 16 * EPSILON * sizeOf(pair);

/** How much f varies, per unit of x: the larger of the two one-sided slopes. */
export const variation = (center: number, { h, low, high }: Pair): number =>
  Math.max(Math.abs(high - center), Math.abs(center - low)) / h;

/** How far the two one-sided slopes are apart: f″(x)·h where f is smooth, a constant at a kink. */
const gap = (center: number, { h, low, high }: Pair): number => (high - center - (center - low)) / h;

/** Whether f is finite at both. */
export const isFinitePair = ({ low, high }: Pair): boolean =>
  Math.max(Math.abs(low), Math.abs(high)) < Number.POSITIVE_INFINITY;

/** Whether f changes by more than its rounding may be. */
export const isHeard = (center: number, pair: Pair): boolean =>
  isFinitePair(pair) && variation(center, pair) * pair.h > HEARD * sizeOf(pair);

/** Whether all that f does is rounding. */
export const isConstant = (center: number, pairs: readonly Pair[]): boolean =>
  pairs.every((pair) => isFinitePair(pair) && variation(center, pair) * pair.h <= 4 * EPSILON * sizeOf(pair));

/**
 * The plateau at the smallest steps: at least three neighbouring steps (2¹² from end to end) at which slopes and one-sided slopes agree.
 * Going up it ends where they no longer do, or where slopes that had begun to differ agree better again: there something small is
 * passed over. `x` is the size of x: rounding it moves f by eps·|x|·|f′|.
 */
export function plateau(x: number, center: number, pairs: readonly Pair[]): Plateau | undefined {
  const heard = pairs.filter((pair) => isHeard(center, pair));
  const agree = (q: number): boolean => {
    if (q < 0) return false;
    const [coarse, fine] = [heard[q], heard[q + 1]];
    const [above, below] = [variation(center, coarse), variation(center, fine)];
    const tolerance = FLAT * Math.min(above, below);
    return (
      below <= 2 * above && // f(x ± h) − f(x) shrinks with h: no saturation
      Math.abs(slope(coarse) - slope(fine)) <= tolerance &&
      Math.abs(gap(center, fine)) <= Math.max(Math.abs(gap(center, coarse)) / 8, tolerance)
    );
  };
  const change = (q: number): number => Math.abs(slope(heard[q]) - slope(heard[q + 1]));
  const rounding = (pair: Pair): number => (64 * EPSILON * (sizeOf(pair) + x * variation(center, pair))) / pair.h;
  const finestHeard = pairs.indexOf(heard[heard.length - 1]);
  const few = finestHeard + 1 < pairs.length && !isHeard(center, pairs[finestHeard + 1]) ? 2 : SETTLED; // below, all is rounding
  for (let last = heard.length - 1; last >= 1; last--) {
    const least = last === heard.length - 1 ? few : SETTLED;
    if (!agree(last - 1) || (least === SETTLED && !agree(last - 2))) continue;
    let first = last - 1;
    let noise = change(first) * heard[last].h; // rounding changes slopes by as much as 1/h
    let grown = false;
    while (agree(first - 1)) {
      const [here, below] = [change(first - 1), change(first)];
      if (grown && here < below / 2 && below > rounding(heard[first + 1])) {
        first++; // its slope is no longer near f′(x)
        break;
      }
      const moved = here * heard[first].h;
      grown ||= moved > 8 * noise && here > rounding(heard[first]);
      noise = Math.max(noise, moved);
      first--;
    }
    if (last - first + 1 < least) return undefined;
    if (hasStructure(pairs.slice(pairs.indexOf(heard[last])), rounding)) return undefined;
    let disputed = false;
    for (let q = first - 2; q >= 0; q--) disputed ||= agree(q);
    const flat = change(last - 1) <= 1e-6 * variation(center, heard[last]) + rounding(heard[last]);
    const settled = heard[last] === pairs[pairs.length - 1] && flat;
    return { run: heard.slice(first, last + 1), above: heard[first - 1], disputed, settled };
  }
  // f′(x) = 0, as that of x³ at 0: slopes fall to 0 as far as steps reach
  const falls = (q: number): boolean => variation(center, heard[q + 1]) <= variation(center, heard[q]) / 16;
  if (heard.length < SETTLED || heard.length < pairs.length || !heard.slice(1).every((_, q) => falls(q)))
    return undefined;
  return { run: heard, above: undefined, disputed: false, settled: true };
}

/**
 * Whether the slopes below a plateau, whose finest step comes first, agree with each other rather than with it, by more than rounding:
 * that would scatter them.
 */
function hasStructure(pairs: readonly Pair[], rounding: (pair: Pair) => number): boolean {
  return pairs.slice(1).some((pair, k) => {
    const away = Math.abs(slope(pair) - slope(pairs[0]));
    const next = pairs[k + 2];
    if (next === undefined || slope(next) === slope(pair) || away <= rounding(pair)) return false;
    return Math.abs(slope(next) - slope(pair)) < away / 4;
  });
}

/**
 * Neville's tableau over central differences: all estimates T[l][m], m ≥ 1, that have `finer` steps or more below them. The error of
 * each is at most
 *
 *     max(|T[l][m] − T[l][m−1]|, |T[l][m] − T[l−1][m−1]|)       truncation: what the last extrapolation changed
 *     + max(16·eps·|f|, 4ν) / h_l + 4·eps·|T|                        rounding, ν the measured noise of f
 *     + max_{k>l} |T[k][m] − T[l][m]|·min(1, 2h_k/h_l)          consistency: finer steps say the same
 *
 * where the factor 2h_k/h_l is for steps k > l + 2, whose own rounding is larger.
 */
export function extrapolate(pairs: readonly Pair[], noise: number, finer: number): Estimate[] {
  const T: number[][] = [];
  pairs.forEach((pair, l) => {
    T[l] = [slope(pair)];
    for (let m = 1; m <= Math.min(l, ORDERS); m++) {
      const ratio = pairs[l - m].h / pair.h;
      T[l][m] = T[l][m - 1] + (T[l][m - 1] - T[l - 1][m - 1]) / (ratio * ratio - 1);
    }
  });
  const estimates: Estimate[] = [];
  for (let l = 1; l < pairs.length - finer; l++) {
    const { h } = pairs[l];
    const rounding = Math.max(roundingOf(pairs[l]), 4 * noise) / h;
    for (let m = 1; m < T[l].length; m++) {
      const estimate = T[l][m];
      const truncation = Math.max(Math.abs(estimate - T[l][m - 1]), Math.abs(estimate - T[l - 1][m - 1]));
      let spread = 0;
      for (let k = l + 1; k < pairs.length; k++) {
        const weight = k <= l + 2 ? 1 : (2 * pairs[k].h) / h;
        spread = Math.max(spread, Math.abs(T[k][m] - estimate) * weight);
      }
      const error = truncation + rounding + spread + 4 * EPSILON * Math.abs(estimate);
      estimates.push({ estimate, error, coarsest: pairs[l - m].h, finest: h });
    }
  }
  return estimates;
}

/** The estimate of least error; none if there is none. */
export function sharpest(estimates: readonly Estimate[]): Estimate {
  let best: Estimate = {
    estimate: Number.NaN,
    error: Number.POSITIVE_INFINITY,
    coarsest: Number.NaN,
    finest: Number.NaN,
  };
  for (const each of estimates) if (each.error < best.error) best = each;
  return best;
}

/**
 * ν: half the fifth difference of f over neighbouring points, weighed so that errors of size δ give up to 4δ. All that is smooth at this
 * scale is differenced away. The points are not equally spaced: rounding errors of such points can cancel.
 */
function noiseOf(points: readonly Point[]): number {
  let noise = 0;
  for (let first = 0; first + NOISE_WINDOW <= points.length; first++) {
    const window = points.slice(first, first + NOISE_WINDOW);
    const unit = window[1][0] - window[0][0];
    const weights = window.map(([x], i) =>
      window.reduce((weight, [other], k) => (k === i ? weight : (weight * unit) / (x - other)), 1),
    );
    const total = window.reduce((sum, [, y], i) => sum + weights[i] * y, 0);
    const size = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
    if (!(size < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY; // two points are one: x has no room for them
    noise = Math.max(noise, (4 * Math.abs(total)) / size);
  }
  return noise;
}

/**
 * Whether the one-sided slopes stay apart as h → 0: gap(h) = jump + f″h + O(h³). The jump at a kink is the same at two step sizes running,
 * that of rounding grows as 1/h.
 */
function hasKink(x: number, center: number, pairs: readonly Pair[], noise: number): boolean {
  let before = 0;
  for (let k = 0; k + 1 < pairs.length; k++) {
    const [coarse, fine] = [pairs[k], pairs[k + 1]];
    const wide = gap(center, coarse);
    const jump = gap(center, fine) - (wide - gap(center, fine)) / (coarse.h / fine.h - 1);
    const rounding = Math.max(roundingOf(fine) + EPSILON * x * variation(center, fine), noise);
    const stands = Math.abs(jump) > (4 * rounding) / fine.h + 1e-3 * Math.abs(wide);
    if (stands && Math.abs(jump - before) <= 0.5 * Math.abs(jump)) return true;
    before = stands ? jump : 0;
  }
  return false;
}

/** Whether the slope leaves the estimate step by step, as that of a smooth f does. Rounding is left at once. */
function isGradual(pairs: readonly Pair[], estimate: number, error: number): boolean {
  const distances = [...pairs].sort((a, b) => a.h - b.h).map((pair) => Math.abs(slope(pair) - estimate));
  const peak = Math.max(...distances);
  if (peak <= error) return true;
  return distances.slice(0, distances.indexOf(peak)).some((each) => each >= 1e-5 * peak && each <= 0.1 * peak);
}

/** What is known of f around x, from coarse to fine steps. */
export interface Evidence {
  /** |x| */
  readonly size: number;
  /** f(x) */
  readonly center: number;
  /** The widest step of the plateau, if one was found. */
  readonly widest: Pair | undefined;
  /** Steps of the plateau and below, each 64 times smaller than the one before; all there are, if no plateau was found. */
  readonly survey: readonly Pair[];
  /** Twelve steps, each half of the one before; none, if no plateau was found. */
  readonly ladder: readonly Pair[];
  /** Clusters of points for measuring noise. */
  readonly clusters: readonly (readonly Point[])[];
  /** Steps above the ladder, if the plateau is disputed. */
  readonly transition: readonly Pair[];
}

/** One entry of a Jacobian: see {@link CertifiedJacobian} of numericalJacobian.ts. */
export interface Entry {
  readonly estimate: number;
  readonly error: number;
  readonly scale: number;
}

/**
 * Where f has no plateau, but is drowned in its rounding from some step on: |f′| is at most what would be heard there, or what was heard
 * one step above. Inconclusive otherwise.
 */
function withoutPlateau(center: number, pairs: readonly Pair[]): Omit<Entry, "scale"> {
  const last = pairs.map((pair) => isHeard(center, pair)).lastIndexOf(true);
  const drowned = pairs[last + 1];
  if (last < 0 || drowned === undefined) return { estimate: slope(pairs[0]), error: Number.POSITIVE_INFINITY };
  const error = (4 * HEARD * sizeOf(drowned)) / drowned.h + 2 * variation(center, pairs[last]);
  return { estimate: slope(drowned), error };
}

/** The sharpest estimate of the ladder, if all else agrees with it; else its error is Infinity. */
export function certify({ size, center, widest, survey, ladder, clusters, transition }: Evidence): Entry {
  const finite = survey.filter(isFinitePair);
  const scale = widest ? variation(center, widest) : sizeOf(finite[0]) / finite[0].h;
  if (ladder.length === 0) return { ...withoutPlateau(center, finite), scale };

  const [near = Number.POSITIVE_INFINITY, far = near] = clusters
    .filter((points) => points.every(([, y]) => Number.isFinite(y)))
    .map(noiseOf);
  const noise = Math.max(near, far, EPSILON * size * scale); // the last is what rounding x inside of f does
  const edge = ladder.map(isFinitePair).lastIndexOf(false);
  const { estimate, error } = sharpest(extrapolate(ladder.slice(edge + 1), noise, 2));
  const agree = extrapolate(finite, near, 0).every(
    (other) => Math.abs(other.estimate - estimate) <= other.error + error,
  );
  const disputed = transition.length > 0 && !isGradual([...transition, ...ladder.slice(0, 6)], estimate, error);
  const sound = agree && !disputed && !hasKink(size, center, finite.slice(1), near);
  if (!sound || Number.isNaN(estimate)) return { estimate: slope(finite[0]), error: Number.POSITIVE_INFINITY, scale };
  return { estimate, error, scale };
}
