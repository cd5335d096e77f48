// ∫ p(t) dt over the real line, of a p ≥ 0 that is known by its logarithm and may be as narrow as it likes.

import { exp, log } from "../tensor/kernels/elementary.ts";

/** The nodes of Kronrod's rule with 15 points on [−1, 1] that are ≥ 0; every second one, from the second, is one of Gauss's with 7. */
const NODES = [
  0.9914553711208126, 0.9491079123427585, 0.8648644233597691, 0.7415311855993945, 0.5860872354676911,
  0.4058451513773972, 0.20778495500789848, 0,
];
/** Kronrod's weights, and Gauss's of the nodes that are his. Piessens, de Doncker-Kapenga, Überhuber & Kahaner (1983), QUADPACK, Springer. */
const KRONROD = [
  0.022935322010529224, 0.06309209262997856, 0.10479001032225019, 0.14065325971552592, 0.1690047266392679,
  0.19035057806478542, 0.20443294007529889, 0.20948214108472782,
];
const GAUSS = [0.1294849661688697, 0.27970539148927664, 0.3818300505051189, 0.4179591836734694];
const POINTS = 15;

/** All 15 nodes of [−1, 1] in order. */
const ALL_NODES: readonly number[] = Array.from({ length: POINTS }, (_, k) => (k < 8 ? -NODES[k] : NODES[14 - k]));
const place = (k: number): number => (k < 8 ? k : 14 - k);

/** The integral, and what the same nodes say of any function of t. */
export interface LogIntegral {
  /** ln ∫ p dt */
  readonly logValue: number;
  /** The error of ln ∫ p dt, as Kronrod and Gauss differ. */
  readonly error: number;
  /** ∫ g·p dt / ∫ p dt */
  mean(g: (t: number) => number): number;
}

/** A piece of the line, u from `from` to `to`, with the values of p·dt/du at its nodes. */
interface Panel {
  readonly from: number;
  readonly to: number;
  readonly t: Float64Array;
  readonly logs: Float64Array;
}

const FIRST_PANELS = 24;
const MOST_POINTS = 60_000;
const TOLERANCE = 1e-9;

/**
 * ∫ p dt by bisection of those pieces on which rules of 7 and of 15 points differ most, on t = 4u/(1 − u²), u ∈ (−1, 1), until they agree to 1e-9 in all, or 60,000 points
 * have been looked at. `logDensity` gives ln p at all points at once, −∞ where p = 0; pieces next to a narrow peak have most of what is known of the integral, and are cut first.
 */
export function adaptiveIntegral(logDensity: (t: Float64Array) => Float64Array): LogIntegral {
  let panels = evaluated(
    Array.from({ length: FIRST_PANELS }, (_, k): [number, number] => [
      (2 * k) / FIRST_PANELS - 1,
      (2 * (k + 1)) / FIRST_PANELS - 1,
    ]),
    logDensity,
  );
  let looked = FIRST_PANELS * POINTS;
  for (;;) {
    const largest = panels.reduce((most, { logs }) => logs.reduce((a, b) => Math.max(a, b), most), -Infinity);
    const sums = panels.map((panel) => rules(panel, largest));
    const total = sums.reduce((sum, { value }) => sum + value, 0);
    const error = sums.reduce((sum, each) => sum + each.error, 0);
    const open = new Set(panels.filter((_, k) => sums[k].error > (TOLERANCE * total) / panels.length));
    const halves = [...open].flatMap(halvesOf);
    looked += halves.length * POINTS;
    if (error <= TOLERANCE * total || !(total > 0) || halves.length === 0 || looked > MOST_POINTS) {
      return {
        logValue: largest + log(total),
        error: total > 0 ? error / total : Number.POSITIVE_INFINITY,
        mean: (g) => panels.reduce((sum, panel) => sum + rules(panel, largest, g).value, 0) / total,
      };
    }
    panels = [...panels.filter((panel) => !open.has(panel)), ...evaluated(halves, logDensity)];
  }
}

/** The panel in two; none where float64 has nothing between its ends. */
function halvesOf({ from, to }: Panel): (readonly [number, number])[] {
  const middle = (from + to) / 2;
  if (!(middle > from && middle < to)) return [];
  return [
    [from, middle],
    [middle, to],
  ];
}

function evaluated(
  ranges: readonly (readonly [number, number])[],
  logDensity: (t: Float64Array) => Float64Array,
): Panel[] {
  const t = new Float64Array(ranges.length * POINTS);
  const logSlopes = new Float64Array(t.length);
  ranges.forEach(([from, to], k) => {
    ALL_NODES.forEach((node, i) => {
      const u = (from + to) / 2 + ((to - from) / 2) * node;
      const rest = (1 - u) * (1 + u);
      t[k * POINTS + i] = (4 * u) / rest;
      logSlopes[k * POINTS + i] = log((4 * (1 + u * u)) / (rest * rest));
    });
  });
  const logs = logDensity(t);
  return ranges.map(([from, to], k) => {
    const part = (values: Float64Array): Float64Array => values.subarray(k * POINTS, (k + 1) * POINTS);
    return {
      from,
      to,
      t: part(t),
      logs: part(logs).map((value, i) => (value === value ? value + part(logSlopes)[i] : -Infinity)),
    };
  });
}

/** ∫ over the panel by Kronrod's rule, in units of exp(largest), and how far Gauss's is from it. */
function rules(
  { from, to, t, logs }: Panel,
  largest: number,
  g?: (t: number) => number,
): { value: number; error: number } {
  let [kronrod, gauss] = [0, 0];
  for (let k = 0; k < POINTS; k++) {
    const p = logs[k] === -Infinity ? 0 : exp(logs[k] - largest);
    const value = g === undefined ? p : p === 0 ? 0 : p * g(t[k]);
    kronrod += KRONROD[place(k)] * value;
    if (k % 2 === 1) gauss += GAUSS[(place(k) - 1) / 2] * value;
  }
  const half = (to - from) / 2;
  return { value: half * kronrod, error: half * Math.abs(kronrod - gauss) };
}
