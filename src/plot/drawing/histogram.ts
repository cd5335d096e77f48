import type { Range, Scale } from "./scales.ts";
import { type Attribute, element, round } from "./svg.ts";

/** Bins of one width, one after the other. */
export interface Bins {
  readonly start: number;
  readonly width: number;
  readonly count: number;
}

/** Points of a curve over a column: a value, and the density there. */
export type DensityLine = readonly (readonly [value: number, density: number])[];

const FEWEST_BINS = 8;
const MOST_BINS = 40;

/**
 * About √N bins over a range. Where values are multiples of a step that is not small against the bins, each bin has equally many of them, the
 * edges between two: otherwise some bins would look empty, or twice as full as their neighbours.
 */
export function binsFor(values: Float64Array, [low, high]: Range): Bins {
  const inside = values.filter((value) => value >= low && value <= high).sort();
  const few = Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.ceil(Math.sqrt(inside.length))));
  const plain = (high - low) / few;
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < inside.length; i++) {
    if (inside[i] > inside[i - 1]) step = Math.min(step, inside[i] - inside[i - 1]);
  }
  // one value alone stands in the middle of its bin
  if (inside.length > 0 && step === Number.POSITIVE_INFINITY) step = plain;
  if (inside.length === 0 || 8 * step <= plain) return { start: low, width: plain, count: few };
  const width = step * Math.max(1, Math.round(plain / step));
  const start = inside[0] - step / 2 - width * Math.floor((inside[0] - low) / width);
  return { start, width, count: Math.floor((high - start) / width) + 1 };
}

/** The density of values as a line of steps, from 0 to 0: shares of all N values, those beyond the bins among them, per unit. */
export function histogram(values: Float64Array, { start, width, count }: Bins): DensityLine {
  const counts = new Float64Array(count);
  for (const value of values) {
    const k = Math.floor((value - start) / width);
    if (k >= 0 && k < count) counts[k]++;
  }
  const points: [number, number][] = [[start, 0]];
  counts.forEach((number, k) => {
    const density = number / (values.length * width || 1);
    points.push([start + k * width, density], [start + (k + 1) * width, density]);
  });
  return [...points, [start + count * width, 0]];
}

/** The largest density of a line; 0 of none. */
export function peakOf(points: DensityLine): number {
  return points.reduce((largest, [, density]) => (density > largest ? density : largest), 0);
}

/** Where a density is drawn: upwards, as usual, or to the right, over values that go upwards. */
export type Direction = "up" | "right";

/** The area below a line, which ends where the panel ends. */
export function area(points: DensityLine, scale: Scale, color: string, direction: Direction = "up"): string {
  return densityPath(points, scale, direction, { fill: color, "fill-opacity": "0.32", stroke: "none" });
}

/** A line of density, which ends where the panel ends. */
export function densityCurve(points: DensityLine, scale: Scale, color: string, direction: Direction = "up"): string {
  const look = { fill: "none", stroke: color, "stroke-width": 1.8, "stroke-linejoin": "round" };
  return densityPath(points, scale, direction, look);
}

function densityPath(
  points: DensityLine,
  { box, toX, toY }: Scale,
  direction: Direction,
  look: Readonly<Record<string, Attribute>>,
): string {
  const places = points
    .filter(([value, density]) => Number.isFinite(value) && !Number.isNaN(density))
    .map(([value, density]) => {
      const [x, y] = direction === "up" ? [toX(value), toY(density)] : [toX(density), toY(value)];
      const inside = (place: number, from: number, size: number): string =>
        round(Math.min(from + size, Math.max(from, place)));
      return `${inside(x, box.x, box.width)} ${inside(y, box.y, box.height)}`;
    });
  return places.length === 0 ? "" : element("path", { d: `M${places.join("L")}`, ...look });
}
