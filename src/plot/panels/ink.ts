// What a panel of densityPicture is painted with: numbers on a grid, and a colour for each.

import { DomainError } from "../../tensor/errors.ts";
import { exp, log } from "../../tensor/kernels/elementary.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { densityColor, divergingColor, type Rgb } from "../drawing/color.ts";
import { evenRows, pairs } from "../drawing/columns.ts";
import { shortened, textWidth } from "../drawing/lettering.ts";
import { formatTick, type Range, type Scale } from "../drawing/scales.ts";
import { BLUE, FAINT, frame, label, ORANGE } from "../drawing/style.ts";
import type { Deflate } from "../image/png.ts";
import { type Cells, type DensityGrid, densityGrid, GRID, type LogDensity, numbersOf } from "./densityGrid.ts";
import { colorLimit, shareOf } from "./divergingBar.ts";
import { bulkPeak, colorBar, colorMap, dots } from "./marks.ts";

/** The share of the largest density at which a difference has its full colour. */
const FULL = 0.5;
/** As {@link RULE}: values that are not finite. */
const NOT_FINITE: Rgb = [217, 215, 208];
const WIDEST_NAME = 400;

/** What is painted. */
type InkKind = "density" | "logDensity" | "difference" | "values";

/** Numbers on a grid, and how they become colours. */
export interface Ink {
  readonly kind: InkKind;
  readonly cells: Cells;
  readonly values: Float64Array;
  /** The values of the first colour and of the last one. */
  readonly range: Range;
  /** What values are called, and whether some are beyond the range. */
  readonly field?: { readonly name: string; readonly beyond: boolean };
}

/** What a panel may be painted with. */
interface Painted {
  readonly logProb?: LogDensity;
  readonly nats?: number;
  readonly difference?: readonly [p: LogDensity, q: LogDensity];
  readonly values?: LogDensity;
  readonly valuesLabel?: string;
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
  const gridOf = (f: LogDensity): DensityGrid => densityGrid(numbersOf(operation, f), x, y, longer);
  const grids = rows.map((row) =>
    row.map(({ logProb, difference }) =>
      [logProb, ...(difference ?? [])].flatMap((f) => (f === undefined ? [] : [gridOf(f)])),
    ),
  );
  for (const grid of grids.flat(2)) checkDensity(operation, grid);
  const fields = fieldsOf(operation, rows.flat(), gridOf);
  const peaks = new Map<number, number>();
  grids.forEach((row, i) => {
    row.forEach((ofPanel, j) => {
      const group = compare === "row" ? i : j;
      peaks.set(group, Math.max(peaks.get(group) ?? 0, ...ofPanel.map(bulkPeak)));
    });
  });
  return grids.map((row, i) =>
    row.map((ofPanel, j) => {
      const panel = rows[i][j];
      return fields.get(panel) ?? inkOf(operation, panel, ofPanel, peaks.get(compare === "row" ? i : j) ?? 0);
    }),
  );
}

/** Throws DomainError for a log p that is NaN everywhere, and for one so large that p is not finite. */
function checkDensity(operation: string, { logDensity }: DensityGrid): void {
  if (logDensity.every(Number.isNaN)) throw new DomainError(`${operation}: log p is NaN everywhere`);
  if (Number.isFinite(logDensity.reduce((sum, value) => sum + densityAt(value), 0))) return;
  const largest = logDensity.reduce(
    (most, value) => Math.max(most, value || Number.NEGATIVE_INFINITY),
    Number.NEGATIVE_INFINITY,
  );
  throw new DomainError(`${operation}: p = exp(log p) must be finite; got a log p of ${largest}`);
}

/** The inks of the panels of values. Those of one name have one range. */
function fieldsOf(
  operation: string,
  panels: readonly Painted[],
  gridOf: (f: LogDensity) => DensityGrid,
): Map<Painted, Ink> {
  const grids = new Map<Painted, DensityGrid>();
  const ofName = new Map<string, number[]>();
  for (const panel of panels) {
    const { values: field, valuesLabel = "" } = panel;
    if (field === undefined) continue;
    const grid = gridOf(field);
    const finite = Array.from(grid.logDensity).filter(Number.isFinite);
    if (finite.length === 0)
      throw new DomainError(`${operation}: values must be finite somewhere; got ${grid.logDensity[0]}`);
    grids.set(panel, grid);
    ofName.set(valuesLabel, [...(ofName.get(valuesLabel) ?? []), ...finite]);
  }
  const limits = new Map([...ofName].map(([name, numbers]) => [name, colorLimit(numbers)]));
  return new Map(
    [...grids].map(([panel, { logDensity: values, ...cells }]) => {
      const name = panel.valuesLabel ?? "";
      const { limit, beyond } = limits.get(name) ?? { limit: 0, beyond: false };
      return [panel, { kind: "values", cells, values, range: [-limit, limit], field: { name, beyond } }];
    }),
  );
}

function inkOf(
  operation: string,
  { nats, difference }: Painted,
  grids: readonly DensityGrid[],
  peak: number,
): Ink | undefined {
  if (grids.length === 0) return undefined;
  const [{ logDensity: logP, ...cells }] = grids;
  const p = logP.map(densityAt);
  if (difference !== undefined) {
    const q = grids[1].logDensity;
    const values = p.map((density, i) => density - densityAt(q[i]));
    return { kind: "difference", cells, values, range: [-FULL * peak, FULL * peak] };
  }
  if (nats === undefined) return { kind: "density", cells, values: p, range: [0, peak] };
  if (!(peak > 0))
    throw new DomainError(`${operation}: nats are below the largest log p; got a p that is 0 everywhere`);
  return { kind: "logDensity", cells, values: logP, range: [log(peak) - nats, log(peak)] };
}

/** Where log p is NaN there is no density. */
function densityAt(logDensity: number): number {
  return exp(logDensity) || 0;
}

/** The colour of a share of a range, 0 … 1. */
function colorOf(kind: InkKind): (share: number) => Rgb {
  return kind === "difference" || kind === "values" ? (share) => divergingColor(2 * share - 1) : densityColor;
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
    if (kind === "values") return Number.isFinite(value) ? divergingColor(shareOf(value, [low, high])) : NOT_FINITE;
    const share = (value - low) / (high - low);
    return color(Number.isNaN(share) ? paper : share);
  };
  return colorMap(values, cells, scale, colorOfValue, deflate);
}

/** Points on a panel, at most so many of each kind: samples, and data over them. */
export function drawPoints(
  { data, samples }: Readonly<{ data?: Tensor; samples?: Tensor }>,
  scale: Scale,
  most: number,
): string {
  return [
    samples === undefined ? "" : dots(pairs(evenRows(samples, most)), scale, BLUE, 1.15, 0.7),
    data === undefined ? "" : dots(pairs(evenRows(data, most)), scale, ORANGE, 1.2, 0.65),
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
    inks.flatMap((row, i) =>
      row.flatMap((ink, j) => (ink === undefined || ink.field !== undefined ? [] : [compare === "row" ? i : j])),
    ),
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
function meaning({ kind, range: [low, high], field }: Ink, group: "row" | "column" | undefined): string {
  const short = (value: number): string => formatTick(Number(value.toPrecision(3)));
  if (field !== undefined) {
    const ends = field.beyond ? `≤ ${short(low)} to ≥ ${short(high)}` : `${short(low)} to ${short(high)}`;
    return `${shortened(field.name, 12, WIDEST_NAME)}, ${ends}`;
  }
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
  return words[kind as keyof typeof words];
}
