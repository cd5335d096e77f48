// Every column by itself on the diagonal, every pair of columns below it.

import type { Tensor } from "../../tensor/tensor.ts";
import { columnOf, evenRows, pairs, viewRange } from "../drawing/columns.ts";
import { area, binsFor, densityCurve, histogram, peakOf } from "../drawing/histogram.ts";
import { shortened } from "../drawing/lettering.ts";
import { INNER, LEFT, leftMargin } from "../drawing/page.ts";
import { axes, linearScale, type Range, yLabelOffsetFor } from "../drawing/scales.ts";
import { BLUE, label, legend, ORANGE } from "../drawing/style.ts";
import type { Box } from "../drawing/svg.ts";
import { dots } from "./marks.ts";
import { type Subject, traceOf } from "./subject.ts";
import { stepsOf, tracePanels } from "./tracePanels.ts";

// n columns are shown

const GAP = 14;
/** Dots of all panels together: of 15 bytes each. */
const DOTS = 30_000;
const MOST_DOTS = 1000;
const FEW_DOTS = 200;
/** Points that are followed through the layers. */
const FOLLOWED = 800;
/** From one panel of the trace to the next, numbers of the axis included; and the sides that panels have. */
const TRACE_GAP = 44;
const TRACE_SIDES: Range = [70, 200];

/** How many rows of data, and as many samples, are dots in each panel of n columns. */
export function dotsOf(n: number): number {
  return Math.min(MOST_DOTS, Math.floor(DOTS / (n * (n - 1))));
}

/** A corner plot of n ≥ 3 columns; in its empty half what colours mean, and the first two columns on their way from x to z. */
export function corner(subject: Subject, top: number): { markup: string; bottom: number } {
  const { names, data, samples, ranges } = subject;
  const n = names.length;
  const N = data.shape[0];
  // as many of both, where that is enough to see something
  const some = evenRows(data, dotsOf(n));
  const drawn = evenRows(samples, N < FEW_DOTS ? dotsOf(n) : some.shape[0]);
  // room for the numbers of all rows, and then the names
  const yLabelOffset = yLabelOffsetFor(ranges.slice(1), 3);
  const left = leftMargin(yLabelOffset);
  const side = (LEFT + INNER - left - GAP * (n - 1)) / n;
  const boxAt = (i: number, j: number): Box => ({
    x: left + j * (side + GAP),
    y: top + i * (side + GAP),
    width: side,
    height: side,
  });
  const radius = side > 150 ? 1.4 : 1.1;
  const panels: string[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const box = boxAt(i, j);
      const marks = i === j ? marginal(subject, j, box) : "";
      const scale = linearScale(box, ranges[j], i === j ? [0, 1] : ranges[i]);
      panels.push(
        marks,
        i === j ? "" : dots(pairs(drawn, j, i), scale, BLUE, radius, 0.45),
        i === j ? "" : dots(pairs(some, j, i), scale, ORANGE, N < FEW_DOTS ? 1.5 * radius : radius, 0.65),
        axes(scale, {
          xTicks: i === n - 1 ? 3 : 0,
          yTicks: j === 0 && i > 0 ? 3 : 0,
          ...(i === n - 1 ? { xLabel: shortened(names[j], 13, side + GAP - 6) } : {}),
          ...(j === 0 && i > 0 ? { yLabel: shortened(names[i], 13, side + GAP - 6), yLabelOffset } : {}),
        }),
      );
    }
  }
  const right = LEFT + INNER;
  panels.push(
    legend("samples of the model", BLUE, right - 160, top + 4, "dot"),
    N > 0 ? legend("data", ORANGE, right - 236, top + 4, "dot") : "",
    traceInCorner(subject, boxAt, top),
  );
  return { markup: panels.join(""), bottom: top + n * (side + GAP) - GAP };
}

/** The histogram of a column of the data, and that of samples as a line. */
function marginal({ data, samples, ranges }: Subject, j: number, box: Box): string {
  const [ofData, ofSamples] = [data, samples].map((x) => columnOf(x, j));
  const bins = binsFor(ofData.length > 0 ? ofData : ofSamples, ranges[j]);
  const [bars, line] = [ofData, ofSamples].map((values) => histogram(values, bins));
  const most = Math.max(peakOf(bars), peakOf(line));
  const scale = linearScale(box, ranges[j], [0, most > 0 ? 1.08 * most : 1]);
  return area(bars, scale, ORANGE) + densityCurve(line, scale, BLUE);
}

/** x, the middle and z, where rows 0 … r − 1 and columns r … leave most room; nothing where that is too little. */
function traceInCorner(subject: Subject, boxAt: (i: number, j: number) => Box, top: number): string {
  const { names, data, samples, flow } = subject;
  const n = names.length;
  const rooms = Array.from({ length: n - 1 }, (_, k) => {
    const [first, last] = [boxAt(0, k + 1), boxAt(k, n - 1)];
    const x = first.x + TRACE_GAP;
    const width = last.x + last.width - x;
    return { width, size: Math.min((width - 2 * TRACE_GAP) / 3, last.y + last.height - top - 80, TRACE_SIDES[1]) };
  });
  const { size } = rooms.reduce((best, next) => (next.size > best.size ? next : best));
  if (size < TRACE_SIDES[0]) return "";
  const start = evenRows(data.shape[0] > 0 ? data : samples, FOLLOWED);
  const points: readonly Tensor[] = traceOf(subject, start);
  const steps = stepsOf(points, 3).filter(({ points: at }, k) => k !== 1 || (at !== points[0] && at !== points.at(-1)));
  const x = LEFT + INNER - steps.length * size - (steps.length - 1) * TRACE_GAP;
  const normal = flow.base.definition?.type === "standardNormal";
  const what = `${names.slice(0, 2).join(" and ")}, layer by layer`;
  return (
    label(shortened(what, 13, 3 * size), x, top + 30, { weight: 600 }) +
    tracePanels(steps, { x, y: top + 60, size, gap: TRACE_GAP, rangeOf: viewRange, normal })
  );
}
