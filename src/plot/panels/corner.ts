// Every column by itself on the diagonal, every pair of columns below it.

import { columnOf, evenRows, pairs } from "../drawing/columns.ts";
import { area, binsFor, densityCurve, histogram, peakOf } from "../drawing/histogram.ts";
import { shortened } from "../drawing/lettering.ts";
import { INNER, LEFT, leftMargin } from "../drawing/page.ts";
import { axes, linearScale, yLabelOffsetFor } from "../drawing/scales.ts";
import { BLUE, legend, ORANGE } from "../drawing/style.ts";
import type { Box } from "../drawing/svg.ts";
import type { Compared } from "./compared.ts";
import { dots } from "./marks.ts";

// n columns are shown

const GAP = 14;
/** Two columns do not fill the page. */
const WIDEST = 300;
/** Dots of all panels together: of 15 bytes each. */
const DOTS = 30_000;
const MOST_DOTS = 1000;
const FEW_DOTS = 200;
/** What stands in the empty half of a corner plot, given where the panel of a row and a column would be. */
export type InCorner = (boxAt: (i: number, j: number) => Box, top: number) => string;

/** What samples are called in the legend, and the room that takes. */
interface CornerLook {
  readonly samplesName: string;
  readonly samplesRoom: number;
  readonly inCorner?: InCorner;
}

/** How many rows of data, and as many samples, are dots in each panel of n columns. */
export function dotsOf(n: number): number {
  return Math.min(MOST_DOTS, Math.floor(DOTS / (n * (n - 1))));
}

/** A corner plot of n ≥ 2 columns; in its empty half what colours mean, and what else is asked for. */
export function corner(
  compared: Compared,
  top: number,
  { samplesName, samplesRoom, inCorner = () => "" }: CornerLook,
): { markup: string; bottom: number } {
  const { names, data, samples, ranges } = compared;
  const n = names.length;
  const N = data.shape[0];
  // as many of both, where that is enough to see something
  const some = evenRows(data, dotsOf(n));
  const drawn = evenRows(samples, N < FEW_DOTS ? dotsOf(n) : some.shape[0]);
  // room for the numbers of all rows, and then the names
  const yLabelOffset = yLabelOffsetFor(ranges.slice(1), 3);
  const left = leftMargin(yLabelOffset);
  const side = Math.min(WIDEST, (LEFT + INNER - left - GAP * (n - 1)) / n);
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
      const marks = i === j ? marginal(compared, j, box) : "";
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
  const right = left + n * (side + GAP) - GAP;
  panels.push(
    samples.shape[0] > 0 ? legend(samplesName, BLUE, right - samplesRoom, top + 4, "dot") : "",
    N > 0 ? legend("data", ORANGE, right - samplesRoom - 76, top + 4, "dot") : "",
    inCorner(boxAt, top),
  );
  return { markup: panels.join(""), bottom: top + n * (side + GAP) - GAP };
}

/** The histogram of a column of the data, and that of samples as a line. */
function marginal({ data, samples, ranges }: Compared, j: number, box: Box): string {
  const [ofData, ofSamples] = [data, samples].map((x) => columnOf(x, j));
  const bins = binsFor(ofData.length > 0 ? ofData : ofSamples, ranges[j]);
  const [bars, line] = [ofData, ofSamples].map((values) => histogram(values, bins));
  const most = Math.max(peakOf(bars), peakOf(line));
  const scale = linearScale(box, ranges[j], [0, most > 0 ? 1.08 * most : 1]);
  return area(bars, scale, ORANGE) + (ofSamples.length > 0 ? densityCurve(line, scale, BLUE) : "");
}
