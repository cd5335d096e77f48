import type { Tensor } from "../../tensor/tensor.ts";
import { columnOf, pairs, robustRange } from "../drawing/columns.ts";
import { axes, equalScale, type Range, type Scale, similarScale } from "../drawing/scales.ts";
import { FAINT, INK, label } from "../drawing/style.ts";
import { type Box, element, round } from "../drawing/svg.ts";
import { type ColorClasses, classesByStart, dots } from "./marks.ts";

/** Where points are on their way from x to z: [N, D], of which the first two columns are drawn. */
export interface TraceStep {
  readonly label: string;
  readonly points: Tensor;
}

/** So many batches of a trace, from x to z at about even distances; of few layers some may be the same. */
export function stepsOf(points: readonly Tensor[], count: number): TraceStep[] {
  const K = points.length - 1;
  return Array.from({ length: count }, (_, k) => {
    const layer = Math.round((K * k) / (count - 1));
    const label = k === 0 ? "x" : k === count - 1 ? "z" : `after ${layer} of ${K} layers`;
    return { label, points: points[layer] };
  });
}

/** Where the panels of a trace stand, and how. */
interface TraceLook {
  /** The left edge of the first panel, and the upper edge of all. */
  readonly x: number;
  readonly y: number;
  /** The side of each panel, and what lies between two. */
  readonly size: number;
  readonly gap: number;
  /** What a panel shows of a column. */
  readonly rangeOf?: (values: Float64Array) => Range;
  /** Whether z ∼ N(0, I) is the aim; otherwise the last panel is one like the others. */
  readonly normal?: boolean;
}

/**
 * x, the points after each part of the layers, and z, coloured by where they started: z with circles that hold 39, 86 and 99 % of N(0, I) in two
 * dimensions.
 */
export function tracePanels(
  steps: readonly TraceStep[],
  { x, y, size, gap, rangeOf = robustRange, normal = true }: TraceLook,
): string {
  const classes = classesByStart(steps[0].points, rangeOf);
  return steps
    .map(({ label: name, points }, k) => {
      const box: Box = { x: x + k * (size + gap), y, width: size, height: size };
      const last = k === steps.length - 1;
      const scale =
        last && normal
          ? equalScale(box, [-3.6, 3.6], [-3.6, 3.6])
          : similarScale(box, rangeOf(columnOf(points, 0)), rangeOf(columnOf(points, 1)));
      return [
        label(name, box.x + size / 2, y - 10, { anchor: "middle", weight: k === 0 || last ? 600 : 400 }),
        coloredDots(pairs(points), classes, scale),
        last && normal ? normalCircles(scale) : "",
        axes(scale, { xTicks: 3, yTicks: 3 }),
        last ? "" : arrow(box.x + size + gap / 2 - 6, y - 14.5),
      ].join("");
    })
    .join("");
}

function normalCircles(scale: Scale): string {
  const [cx, cy] = [scale.toX(0), scale.toY(0)];
  const look = { cx, cy, fill: "none", stroke: INK, "stroke-width": 1, "stroke-opacity": "0.55" };
  return [1, 2, 3].map((radius) => element("circle", { ...look, r: scale.toX(radius) - cx })).join("");
}

function coloredDots(points: readonly [number, number][], { colors, classOf }: ColorClasses, scale: Scale): string {
  return colors
    .map((color, k) =>
      dots(
        points.filter((_, i) => classOf[i] === k),
        scale,
        color,
        1.15,
        0.85,
      ),
    )
    .join("");
}

function arrow(x: number, y: number): string {
  const d = `M${round(x)} ${round(y)}h12m-4 -3.5l4 3.5l-4 3.5`;
  return element("path", { d, fill: "none", stroke: FAINT, "stroke-width": 1.3 });
}
