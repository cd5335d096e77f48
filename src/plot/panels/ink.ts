// What a panel of densityPicture is painted with: numbers on a grid, and a colour for each.

import { exp, log } from "../../tensor/kernels/elementary.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { densityColor, divergingColor, type Rgb } from "../drawing/color.ts";
import { pairs } from "../drawing/columns.ts";
import { textWidth } from "../drawing/lettering.ts";
import { formatTick, type Range, type Scale } from "../drawing/scales.ts";
import { BLUE, FAINT, frame, label, ORANGE } from "../drawing/style.ts";
import type { Deflate } from "../image/png.ts";
import { type Cells, type DensityGrid, densityGrid, GRID, type LogDensity, numbersOf } from "./densityGrid.ts";
import { bulkPeak, colorBar, colorMap, dots } from "./marks.ts";

/** The share of the largest density at which a difference has its full colour. */
const FULL = 0.5;

/** What is painted. */
export type InkKind = "density" | "logDensity" | "difference";

/** Numbers on a grid, and how they become colours. */
export interface Ink {
  readonly kind: InkKind;
  readonly cells: Cells;
  readonly values: Float64Array;
  /** The values of the first colour and of the last one. */
  readonly range: Range;
}

/** What a panel may be painted with. */
interface Painted {
  readonly logProb?: LogDensity;
  readonly nats?: number;
  readonly difference?: readonly [p: LogDensity, q: LogDensity];
}

/** The inks of all panels, `undefined` where one has only points; the same ink is the same density along rows, or down columns. */
export function inksOf(
  operation: string,
  rows: readonly (readonly Painted[])[],
  {
    x,
    y,
    compare,
    width,
  }: { readonly x: Range; readonly y: Range; readonly compare: "row" | "column"; readonly width: number },
): (Ink | undefined)[][] {
  const longer = Math.min(GRID, Math.round(width / 2));
  const grids = rows.map((row) =>
    row.map(({ logProb, difference }) =>
      [logProb, ...(difference ?? [])].flatMap((f) =>
        f === undefined ? [] : [densityGrid(numbersOf(operation, f), x, y, longer)],
      ),
    ),
  );
  const peaks = new Map<number, number>();
  grids.forEach((row, i) => {
    row.forEach((ofPanel, j) => {
      const group = compare === "row" ? i : j;
      peaks.set(group, Math.max(peaks.get(group) ?? 0, ...ofPanel.map(bulkPeak)));
    });
  });
  return grids.map((row, i) =>
    row.map((ofPanel, j) => inkOf(rows[i][j], ofPanel, peaks.get(compare === "row" ? i : j) ?? 0)),
  );
}

function inkOf({ nats, difference }: Painted, grids: readonly DensityGrid[], peak: number): Ink | undefined {
  if (grids.length === 0) return undefined;
  const [{ logDensity: logP, ...cells }] = grids;
  const p = logP.map(densityAt);
  if (difference !== undefined) {
    const q = grids[1].logDensity;
    const values = p.map((density, i) => density - densityAt(q[i]));
    return { kind: "difference", cells, values, range: [-FULL * peak, FULL * peak] };
  }
  if (nats === undefined) return { kind: "density", cells, values: p, range: [0, peak] };
  return { kind: "logDensity", cells, values: logP, range: [log(peak) - nats, log(peak)] };
}

/** Where log p is NaN there is no density. */
function densityAt(logDensity: number): number {
  return exp(logDensity) || 0;
}

/** The colour of a share of a range, 0 … 1. */
function colorOf(kind: InkKind): (share: number) => Rgb {
  return kind === "difference" ? (share) => divergingColor(2 * share - 1) : densityColor;
}

/** The numbers of an ink as an embedded image; what is NaN is left as paper. */
export function drawInk(
  { kind, cells, values, range: [low, high] }: Ink,
  scale: Scale,
  deflate: Deflate,
): Promise<string> {
  const color = colorOf(kind);
  const paper = kind === "difference" ? 0.5 : 0;
  const colorOfValue = (value: number): Rgb => {
    const share = (value - low) / (high - low);
    return color(Number.isNaN(share) ? paper : share);
  };
  return colorMap(values, cells, scale, colorOfValue, deflate);
}

/** Points on a panel: samples, and data over them. */
export function drawPoints({ data, samples }: Readonly<{ data?: Tensor; samples?: Tensor }>, scale: Scale): string {
  return [
    samples === undefined ? "" : dots(pairs(samples), scale, BLUE, 1.15, 0.7),
    data === undefined ? "" : dots(pairs(data), scale, ORANGE, 1.2, 0.65),
  ].join("");
}

/** A bar of the legend, the space around it, and from one line of it to the next. */
const BAR = { width: 144, height: 9, gap: 10 };
const LEGEND_LINE = 22;

/** What the inks of a picture mean: a bar and words for each, side by side where there is room, from `top` on. */
export function inkLegend(
  inks: readonly (readonly (Ink | undefined)[])[],
  compare: "row" | "column",
  { left, right, top }: Readonly<{ left: number; right: number; top: number }>,
): { markup: string; bottom: number } {
  const groups = new Set(
    inks.flatMap((row, i) => row.flatMap((ink, j) => (ink === undefined ? [] : [compare === "row" ? i : j]))),
  );
  const entries = new Map<string, InkKind>();
  for (const ink of inks.flat()) {
    if (ink !== undefined) entries.set(meaning(ink, groups.size > 1 ? compare : undefined), ink.kind);
  }
  let [x, y] = [left, top];
  const parts: string[] = [];
  for (const [words, kind] of entries) {
    const width = BAR.width + BAR.gap + textWidth(words, 12);
    if (x > left && x + width > right) [x, y] = [left, y + LEGEND_LINE];
    const box = { x, y: y + 12 - BAR.height, width: BAR.width, height: BAR.height };
    const text = label(words, x + BAR.width + BAR.gap, y + 12, { size: 12, fill: FAINT });
    parts.push(colorBar(box, colorOf(kind), "right"), frame(box), text);
    x += width + 3 * BAR.gap;
  }
  return { markup: parts.join(""), bottom: entries.size > 0 ? y + 12 : top };
}

/** What the first and the last colour are: numbers, or in words where each row (or column) has its own. */
function meaning({ kind, range: [low, high] }: Ink, group: "row" | "column" | undefined): string {
  const short = (value: number): string => formatTick(Number(value.toPrecision(3)));
  const largest = `the largest density of the ${group}`;
  const words =
    group === undefined
      ? {
          density: `density p, 0 to ${short(high)}`,
          logDensity: `log p, ${short(low)} to ${short(high)} nats`,
          difference: `p − q, ${short(low)} to ${short(high)}`,
        }
      : {
          density: `density p, 0 to ${largest}`,
          logDensity: `log p, from ${short(high - low)} nats below ${largest}`,
          difference: `p − q, ± half of ${largest}`,
        };
  return words[kind];
}
