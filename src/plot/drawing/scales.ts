import { textWidth } from "./lettering.ts";
import { FAINT, frame, label, RULE } from "./style.ts";
import { type Box, element, round } from "./svg.ts";

/** An interval of data. */
export type Range = readonly [low: number, high: number];

/** Where data lies in a box: x to the right, y upwards. */
export interface Scale {
  readonly box: Box;
  readonly x: Range;
  readonly y: Range;
  /** The horizontal place of a number. */
  readonly toX: (value: number) => number;
  /** The vertical place of a number. */
  readonly toY: (value: number) => number;
}

/** The linear scale of a box; ranges of no width are widened. */
export function linearScale(box: Box, x: Range, y: Range): Scale {
  const [xs, ys] = [widened(x), widened(y)];
  return {
    box,
    x: xs,
    y: ys,
    toX: (value) => box.x + ((value - xs[0]) / (xs[1] - xs[0])) * box.width,
    toY: (value) => box.y + box.height - ((value - ys[0]) / (ys[1] - ys[0])) * box.height,
  };
}

/** The same scale with one unit as long in x as in y: the range that would be stretched is enlarged about its middle. */
export function equalScale(box: Box, x: Range, y: Range): Scale {
  const [xs, ys] = [widened(x), widened(y)];
  const unit = Math.max((xs[1] - xs[0]) / box.width, (ys[1] - ys[0]) / box.height);
  const around = ([low, high]: Range, pixels: number): Range => {
    const middle = low + (high - low) / 2;
    return [middle - (unit * pixels) / 2, middle + (unit * pixels) / 2];
  };
  return linearScale(box, around(xs, box.width), around(ys, box.height));
}

/** Up to this ratio of their widths, two ranges are taken to have the same unit. */
export const SIMILAR = 3;

/** {@link equalScale} for ranges of similar width, which probably have the same unit; {@link linearScale} for others. */
export function similarScale(box: Box, x: Range, y: Range): Scale {
  const ratio = (x[1] - x[0]) / (y[1] - y[0]);
  return ratio > 1 / SIMILAR && ratio < SIMILAR ? equalScale(box, x, y) : linearScale(box, x, y);
}

/** The range, if it has a width; else one about it. */
export function widened([low, high]: Range): Range {
  if (!Number.isFinite(high - low)) return [-1, 1];
  if (high > low) return [low, high];
  const half = Math.max(0.5, Math.abs(low) / 2);
  return [low - half, low + half];
}

/** Round numbers in the range, multiples of 1, 2 or 5 times a power of ten: the step that gives nearest to `count`. */
export function ticks([low, high]: Range, count: number): number[] {
  let power = 1;
  while (power > high - low) power /= 10;
  while (power * 10 <= high - low) power *= 10;
  const candidates = [0.05, 0.1, 0.2, 0.5, 1, 2, 5].map((factor) => multiples(low, high, factor * power));
  return candidates.reduce((best, next) =>
    Math.abs(next.length - count) < Math.abs(best.length - count) ? next : best,
  );
}

/** The multiples of the step in [low, high]. */
function multiples(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, i) => Number(((first + i) * step).toPrecision(12)) + 0,
  );
}

/** A number as it stands at a tick: short, with a true minus sign. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1e6 || (size > 0 && size < 1e-4) ? value.toExponential() : String(value);
  return text.replaceAll("-", "−");
}

/** The size of the numbers at ticks. */
const NUMBER_SIZE = 12;

/** How wide the widest number is, of those at ticks. */
function widestNumber(values: readonly number[]): number {
  return Math.max(0, ...values.map((value) => textWidth(formatTick(value), NUMBER_SIZE)));
}

/** How far to the left of a box the name of the y axis stands, so that it does not touch the numbers of the ranges. */
export function yLabelOffsetFor(ranges: readonly Range[], count: number): number {
  return Math.max(42, ...ranges.map((range) => 7 + widestNumber(ticks(range, count)) + 8));
}

/**
 * {@link ticks} whose numbers have room side by side: at most `count`, fewer if they are long, or only the outermost; the first at any rate, if any
 * are asked for.
 */
function ticksAlong(range: Range, count: number, pixels: number): number[] {
  if (count === 0) return [];
  const unit = pixels / (range[1] - range[0]);
  const fit = (values: readonly number[]): boolean =>
    values.length > 1 && (values[1] - values[0]) * unit >= widestNumber(values) + 8;
  for (let fewer = count; fewer > 1; fewer--) {
    const values = ticks(range, fewer);
    if (fit(values)) return values;
    const ends = [values[0], values[values.length - 1]];
    if (fit(ends)) return ends;
  }
  return ticks(range, 1).slice(0, 1);
}

/** Frame, ticks, their numbers and the names of the axes; without ticks where 0 of them are asked for. */
export function axes(
  scale: Scale,
  options: Readonly<{
    xLabel?: string;
    yLabel?: string;
    xTicks?: number;
    yTicks?: number;
    grid?: boolean;
    /** How far to the left of the box the name of the y axis stands. */
    yLabelOffset?: number;
  }> = {},
): string {
  const { box, toX, toY } = scale;
  const bottom = box.y + box.height;
  const parts = [frame(box)];
  for (const value of ticksAlong(scale.x, options.xTicks ?? 4, box.width)) {
    const x = toX(value);
    parts.push(element("path", { d: `M${round(x)} ${round(bottom)}v4`, stroke: FAINT, "stroke-width": 1 }));
    parts.push(label(formatTick(value), x, bottom + 17, { size: NUMBER_SIZE, fill: FAINT, anchor: "middle" }));
  }
  for (const value of options.yTicks === 0 ? [] : ticks(scale.y, options.yTicks ?? 4)) {
    const y = toY(value);
    if (options.grid) {
      parts.push(
        element("path", { d: `M${round(box.x)} ${round(y)}h${round(box.width)}`, stroke: RULE, "stroke-width": 0.6 }),
      );
    }
    parts.push(element("path", { d: `M${round(box.x)} ${round(y)}h-4`, stroke: FAINT, "stroke-width": 1 }));
    parts.push(label(formatTick(value), box.x - 7, y + 4, { size: NUMBER_SIZE, fill: FAINT, anchor: "end" }));
  }
  if (options.xLabel !== undefined)
    parts.push(label(options.xLabel, box.x + box.width / 2, bottom + 34, { anchor: "middle" }));
  if (options.yLabel !== undefined) {
    parts.push(
      label(options.yLabel, box.x - (options.yLabelOffset ?? 42), box.y + box.height / 2, {
        anchor: "middle",
        turn: -90,
      }),
    );
  }
  return parts.join("");
}
