import { DomainError } from "../../tensor/errors.ts";
import type { DensityLine } from "../drawing/histogram.ts";

/** A place between two others is needed where it changes the mass by more than this share. */
const NEEDED = 1e-6;
const MOST_PLACES = 100_000;
/** Each halves the distances: the last are far below rounding. */
const MOST_ROUNDS = 80;

/**
 * A density at places in order, so many that none in the middle of two would change the mass between them, by the trapezoidal rule, by more
 * than 10⁻⁶ of the whole: places are where mass is, however narrow that is, and the mass is right to
 * some three digits. `guesses` are places where mass may be that lies between
 * two of the others; those that make no difference are left out. Throws DomainError where 100,000 places are not enough.
 */
export function resolvedCurve(
  operation: string,
  density: (places: Float64Array) => Float64Array,
  places: Float64Array,
  guesses: Float64Array,
): DensityLine {
  let curve = zipped(places, density(places));
  let between = guesses.slice().sort();
  for (let round = 0; round < MOST_ROUNDS && curve.length <= MOST_PLACES; round++) {
    const more = needed(curve, zipped(between, density(between)));
    if (round > 0 && more.length === 0) return curve;
    curve = inOrder(curve, more);
    between = Float64Array.from(curve.slice(1), ([b], i) => curve[i][0] + (b - curve[i][0]) / 2);
  }
  throw new DomainError(`${operation}: the density is too narrow within x, or too rough, to be integrated`);
}

/** The mass below a curve up to each of its points, by the trapezoidal rule. */
export function massesBelow(curve: DensityLine): number[] {
  const sums = [0];
  for (let i = 1; i < curve.length; i++) {
    const [[a, before], [b, after]] = [curve[i - 1], curve[i]];
    sums.push(sums[i - 1] + ((before + after) / 2) * (b - a));
  }
  return sums;
}

/** The mass below a curve, by the trapezoidal rule. */
export function massBelow(curve: DensityLine): number {
  return massesBelow(curve)[Math.max(0, curve.length - 1)];
}

/** Places and what there is at each. */
export function zipped(places: Float64Array, values: Float64Array): DensityLine {
  return Array.from(places, (place, i) => [place, values[i]] as const);
}

/** The points of both, from the left to the right. */
export function inOrder(curve: DensityLine, others: DensityLine): DensityLine {
  return [...curve, ...others].sort(([a], [b]) => a - b);
}

/** Those of the points, in order, that a line from one point of the curve to the next is far from. */
function needed(curve: DensityLine, points: DensityLine): DensityLine {
  const small = NEEDED * massBelow(inOrder(curve, points));
  let i = 1;
  return points.filter(([place, density]) => {
    while (i < curve.length - 1 && curve[i][0] < place) i++;
    const [[a, before], [b, after]] = [curve[i - 1], curve[i]];
    if (!(place > a && place < b)) return false;
    const line = before + ((place - a) / (b - a)) * (after - before);
    return (Math.abs(density - line) * (b - a)) / 2 > small;
  });
}
