import { exp } from "../../tensor/kernels/elementary.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { densityColor, positionColor, type Rgb, toHex } from "../drawing/color.ts";
import { columnOf, pairs } from "../drawing/columns.ts";
import type { Direction } from "../drawing/histogram.ts";
import type { Range, Scale } from "../drawing/scales.ts";
import { type Box, element, round } from "../drawing/svg.ts";
import { type Deflate, encodePng, toDataUri } from "../image/png.ts";
import type { Cells, DensityGrid } from "./densityGrid.ts";

/** The largest density of a grid; −∞ has density 0, NaN counts as that. */
export function peakDensity(grid: DensityGrid): number {
  return grid.logDensity.reduce((largest, value) => Math.max(largest, exp(value) || 0), 0);
}

/** A peak that is higher by more, and of so little probability, is cut: everything else would look like nothing. */
const STEEP = 2;
const LITTLE = 0.02;

/** {@link peakDensity} without narrow peaks: the density above which there are 2 % of the probability in the grid, if the peak is twice as high. */
export function bulkPeak(grid: DensityGrid): number {
  const peak = peakDensity(grid);
  const densities = grid.logDensity.map((value) => exp(value) || 0).sort();
  const total = densities.reduce((sum, density) => sum + density, 0);
  let above = 0;
  let i = densities.length - 1;
  while (i > 0 && above + densities[i] <= LITTLE * total) above += densities[i--];
  return densities[i] > 0 && peak > STEEP * densities[i] ? densities[i] : peak;
}

/** A density as a heat map; densities from 0 to `peak` go from paper to ink. */
export function heatMap(grid: DensityGrid, scale: Scale, peak: number, deflate: Deflate): Promise<string> {
  const ink = (logDensity: number): Rgb => densityColor(peak > 0 ? (exp(logDensity) || 0) / peak : 0);
  return colorMap(grid.logDensity, grid, scale, ink, deflate);
}

/** A number for each cell of a grid, row after row from the lowest y, as colours: an embedded PNG. */
export async function colorMap(
  values: Float64Array,
  { columns, rows, x, y }: Cells,
  scale: Scale,
  colorOf: (value: number) => Rgb,
  deflate: Deflate,
): Promise<string> {
  const rgb = new Uint8Array(3 * columns * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      rgb.set(colorOf(values[(rows - 1 - i) * columns + j]), 3 * (i * columns + j)); // the picture's rows go downwards
    }
  }
  const [left, right] = x.map(scale.toX);
  const [bottom, top] = y.map(scale.toY);
  return element("image", {
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
    preserveAspectRatio: "none",
    href: toDataUri(await encodePng(columns, rows, rgb, deflate)),
  });
}

/** A bar that says which share has which colour: from 0 at the bottom, or at the left, to 1. */
export function colorBar(
  { x, y, width, height }: Box,
  colorOf: (share: number) => Rgb,
  direction: Direction = "up",
): string {
  const steps = 48;
  return Array.from({ length: steps }, (_, k) => {
    const place =
      direction === "up"
        ? { x, y: y + (height * (steps - 1 - k)) / steps, width, height: height / steps + 0.5 }
        : { x: x + (width * k) / steps, y, width: width / steps + 0.5, height };
    return element("rect", { ...place, fill: toHex(colorOf((k + 0.5) / steps)) });
  }).join("");
}

/** Dots of one colour at the points that lie in the panel: one path, each dot a line of no length with round ends. */
export function dots(
  points: Iterable<readonly [number, number]>,
  scale: Scale,
  color: string,
  radius: number,
  opacity = 1,
): string {
  let d = "";
  for (const [x, y] of points) {
    if (!(x >= scale.x[0] && x <= scale.x[1] && y >= scale.y[0] && y <= scale.y[1])) continue;
    d += `M${round(scale.toX(x))} ${round(scale.toY(y))}h0`;
  }
  if (d === "") return "";
  return element("path", {
    d,
    stroke: color,
    "stroke-width": 2 * radius,
    "stroke-linecap": "round",
    "stroke-opacity": String(opacity),
    fill: "none",
  });
}

/** Classes of points that started near each other: a column and a row of a coarse grid over the start. */
export interface ColorClasses {
  readonly colors: readonly string[];
  /** The class of each point. */
  readonly classOf: readonly number[];
}

const CLASS_COLUMNS = 16;
const CLASS_ROWS = 4;

/** The colour of each point by where it started. */
export function classesByStart(start: Tensor, rangeOf: (values: Float64Array) => Range): ColorClasses {
  const [x, y] = [rangeOf(columnOf(start, 0)), rangeOf(columnOf(start, 1))];
  const cell = (value: number, [low, high]: Range, count: number): number => {
    const share = (value - low) / (high - low || 1);
    return Math.min(count - 1, Math.max(0, Math.floor(share * count) || 0));
  };
  const colors = Array.from({ length: CLASS_COLUMNS * CLASS_ROWS }, (_, k) => {
    const column = k % CLASS_COLUMNS;
    return toHex(positionColor(column / (CLASS_COLUMNS - 1), Math.floor(k / CLASS_COLUMNS) / (CLASS_ROWS - 1)));
  });
  const classOf = pairs(start).map(([a, b]) => cell(a, x, CLASS_COLUMNS) + CLASS_COLUMNS * cell(b, y, CLASS_ROWS));
  return { colors, classOf };
}
