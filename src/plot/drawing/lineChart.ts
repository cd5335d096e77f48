import type { Range, Scale } from "./scales.ts";
import { element, round } from "./svg.ts";

/** A point of a curve. */
export interface CurvePoint {
  /** After how many steps of training. */
  readonly step: number;
  /** The value then. */
  readonly value: number;
}

/** A broken line through the points; those that are not finite are left out, the rest is clipped to the panel. */
export function line(points: readonly CurvePoint[], scale: Scale, color: string, width: number, opacity = 1): string {
  const { box } = scale;
  const d = points
    .filter(({ value }) => Number.isFinite(value))
    .map(({ step, value }, i) => {
      const y = Math.min(box.y + box.height, Math.max(box.y, scale.toY(value)));
      return `${i === 0 ? "M" : "L"}${round(scale.toX(step))} ${round(y)}`;
    });
  if (d.length === 0) return "";
  return element("path", {
    d: d.join(""),
    fill: "none",
    stroke: color,
    "stroke-width": width,
    "stroke-opacity": String(opacity),
    "stroke-linejoin": "round",
  });
}

/** Exactly as many points as a panel can show: means of neighbours. */
export function thinned(points: readonly CurvePoint[], count: number): CurvePoint[] {
  const size = Math.max(1, Math.ceil(points.length / count));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const mean = (pick: (point: CurvePoint) => number): number =>
      group.reduce((total, point) => total + pick(point), 0) / group.length;
    return { step: mean(({ step }) => step), value: mean(({ value }) => value) };
  });
}

/** The range of values that matters: the reference and 97 % of the values, without the huge first ones. */
export function valueRange(values: readonly number[]): Range {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return [0, 1];
  const [low, high] = [sorted[0], sorted[Math.floor(0.97 * (sorted.length - 1))]];
  const margin = 0.08 * (high - low);
  return [low - margin, high + margin];
}
