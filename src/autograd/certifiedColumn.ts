// One column of a Jacobian: at which steps f is evaluated. What follows from the values is said in certifiedDerivative.ts.
import { DomainError } from "../tensor/errors.ts";
import {
  certify,
  type Entry,
  extrapolate,
  isConstant,
  isFinitePair,
  isHeard,
  type Pair,
  type Plateau,
  type Point,
  plateau,
  roundingOf,
  sharpest,
  variation,
} from "./certifiedDerivative.ts";

/** f at many points: rows of `points` are inputs, rows of the result are outputs. NaN where f throws DomainError. */
export type Evaluate = (points: Float64Array[]) => Float64Array[];

/** The survey: 8 steps, each 64 times smaller than the one before, 2⁴² from end to end. */
const SURVEY = 8;
const SURVEY_RATIO = 64;
/** From one survey to the next: 64⁸. */
const SURVEY_SPAN = 281474976710656;
/** No step is smaller than 2⁻⁴²·|x|: f(x ± h) would say more about how x is rounded inside of f than about f. */
const FINEST = 2.2737367544323206e-13;
/** The ladder: 12 steps, each half of the one before, from 20.8 times the start downwards; none of them is one of the survey. */
const LADDER = 12;
const LADDER_TOP = 20.8;
/**
 * Where noise is measured, relative to the start: seven points so close together that f is a polynomial. Their distances have no common
 * measure, which could be a multiple of the spacing to which f is rounded, by accident: 1/√2, 1/e, 1/9 + 1/500, 1/√12, the golden ratio, 1.5·ln 2.
 */
const NOISE_POINTS: readonly number[] = [
  -1, -0.7071067811865475, -0.36787944117144233, 0.1131111111111111, 0.28867513459481287, 0.6180339887498949,
  1.0397207708399179,
].map((place) => place / 512);
/** The second place at which noise is measured has other distances: √3/2 as large. */
const OTHER_DISTANCES = 0.8660254037844386;

/** All outputs at x − h and x + h; h is what could be taken of the step that was wanted. */
interface Sample {
  readonly step: number;
  readonly h: number;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const pairsOf = (samples: readonly Sample[], i: number): Pair[] =>
  samples.map(({ h, low, high }) => ({ h, low: low[i], high: high[i] }));

const geometric = (first: number, ratio: number, count: number): number[] => {
  const steps = [first];
  while (steps.length < count) steps.push(steps[steps.length - 1] / ratio);
  return steps;
};

/** The column ∂f/∂x_j, for all outputs at once. Entries that say little are tried at other steps, twice. */
export function certifiedColumn(evaluate: Evaluate, x: Float64Array, j: number, stepDivisor: number): Entry[] {
  let entries = columnFrom(evaluate, x, j, stepDivisor);
  const enough = 1e-6 * entries.reduce((largest, { scale }) => Math.max(largest, scale), 0);
  for (const divisor of [5.3, 29]) {
    if (entries.every(({ error }) => error <= enough)) break;
    const others = columnFrom(evaluate, x, j, divisor * stepDivisor);
    entries = entries.map((entry, i) =>
      entry.error <= enough || !(others[i].error < entry.error) ? entry : others[i],
    );
  }
  return entries;
}

/** The column from one survey: each output has its own start, and they share the steps. */
function columnFrom(evaluate: Evaluate, x: Float64Array, j: number, stepDivisor: number): Entry[] {
  const size = Math.abs(x[j]);
  /** Samples at steps for which x ± h are float64 numbers, and the outputs at points x + offset. */
  const sample = (steps: readonly number[], offsets: readonly number[] = []): [Sample[], Float64Array[]] => {
    const taken = steps
      .map((step) => ({ step, h: size + step - size }))
      .filter(({ h }) => h > FINEST * size && size + h < Number.POSITIVE_INFINITY);
    const all = [...taken.map(({ h }) => -h), ...taken.map(({ h }) => h), ...offsets];
    const points = all.map((offset) => {
      const point = x.slice();
      point[j] += offset;
      return point;
    });
    const values = points.length === 0 ? [] : evaluate(points);
    const samples = taken.map(({ step }, k): Sample => {
      const width = points[taken.length + k][j] - points[k][j];
      return { step, h: width / 2, low: values[k], high: values[taken.length + k] };
    });
    return [samples, values.slice(2 * taken.length)];
  };

  const top = (0.25 * Math.max(1, size / 4)) / stepDivisor;
  const [survey, [center]] = sample(geometric(top, SURVEY_RATIO, SURVEY), [0]);
  const found = (): (Plateau | undefined)[] => Array.from(center, (y, i) => plateau(size, y, pairsOf(survey, i)));
  let plateaus = found();
  for (const start of [top / SURVEY_SPAN, top / SURVEY_SPAN / SURVEY_SPAN, size / 4]) {
    if (survey.length === 0 || !(start < survey[survey.length - 1].step)) continue;
    if (!plateaus.some((each, i) => isTooCoarse(each, center[i], pairsOf(survey, i)))) break;
    survey.push(...sample(geometric(start, SURVEY_RATIO, SURVEY))[0]);
    plateaus = found();
  }
  if (plateaus.some((each, i) => isTooFine(each, center[i], pairsOf(survey, i)))) {
    survey.unshift(...sample(geometric(top * SURVEY_SPAN, SURVEY_RATIO, SURVEY))[0]);
    plateaus = found();
  }

  /** The coarsest step that the sharpest estimate from the survey needs; none if f has no plateau. */
  const starts = plateaus.map((each, i) => {
    const pairs = pairsOf(survey, i);
    if (!Number.isFinite(center[i]) || !pairs.some(isFinitePair)) {
      throw new DomainError(`numericalJacobian: f must be finite around x; it is not near x[${j}] = ${x[j]}`);
    }
    if (each === undefined) return pairs.some((pair) => isHeard(center[i], pair)) ? undefined : top;
    const estimates = extrapolate(each.run, 0, 0);
    const sharp = estimates.filter(({ error }) => error <= 4 * sharpest(estimates).error);
    const finest = Math.max(...sharp.map((one) => one.finest));
    const coarsest = Math.min(...sharp.filter((one) => one.finest === finest).map((one) => one.coarsest));
    return survey.find(({ h }) => h === coarsest)?.step;
  });
  const distinct = [...new Set(starts.filter((start) => start !== undefined))];
  const ladderSteps = new Set(distinct.flatMap((start) => geometric(LADDER_TOP * start, 2, LADDER)));
  const centers = [2 * Math.min(...distinct), ...distinct.map((start) => start / 256)];
  const clusters =
    distinct.length === 0
      ? []
      : centers.map((center, c) =>
          NOISE_POINTS.map((place) => center + place * (distinct[c - 1] ?? OTHER_DISTANCES * Math.min(...distinct))),
        );
  const [ladder, nearby] = sample(
    [...ladderSteps].sort((a, b) => b - a),
    clusters.flat(),
  );
  const clusterOf = (c: number, i: number): Point[] =>
    clusters[c].map((offset, k) => [x[j] + offset - x[j], nearby[c * NOISE_POINTS.length + k][i]]);

  // where a plateau is disputed: the steps between the ladder and where f is no longer straight
  const between = plateaus.flatMap((each, i) => {
    const [start, end] = [starts[i], each?.above?.h];
    if (!each?.disputed || start === undefined || end === undefined) return [];
    return geometric(2 * LADDER_TOP * start, 0.5, 2 * LADDER).filter((step) => step <= end);
  });
  const [transition] = sample([...new Set(between)]);

  return plateaus.map((each, i) => {
    const start = starts[i];
    const below = survey.filter(({ step }) => start === undefined || step <= start);
    const rungs = start === undefined ? [] : ladder.filter(({ step }) => step <= LADDER_TOP * start);
    return certify({
      size,
      center: center[i],
      widest: each?.run[0],
      survey: pairsOf(below, i),
      ladder: pairsOf(rungs.slice(0, LADDER), i),
      clusters: start === undefined ? [] : [clusterOf(1 + distinct.indexOf(start), i), clusterOf(0, i)],
      transition: each?.disputed ? pairsOf(transition, i) : [],
    });
  });
}

/** Whether smaller steps are wanted: at the smallest, f is heard still and has not become straight, or is not finite. */
function isTooCoarse(found: Plateau | undefined, center: number, pairs: readonly Pair[]): boolean {
  const finest = pairs[pairs.length - 1];
  return !found?.settled && (!isFinitePair(finest) || isHeard(center, finest));
}

/** Whether larger steps are wanted: at the largest, f is straight and changes little more than its rounding. */
function isTooFine(found: Plateau | undefined, center: number, pairs: readonly Pair[]): boolean {
  if (pairs.length === 0 || isConstant(center, pairs)) return false;
  const [coarsest] = pairs;
  if (found === undefined) return pairs.filter((pair, k) => k > 1 && isHeard(center, pair)).length === 0;
  return found.run[0].h === coarsest.h && roundingOf(coarsest) / coarsest.h > 1e-8 * variation(center, coarsest);
}
