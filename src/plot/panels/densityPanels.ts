import type { Tensor } from "../../tensor/tensor.ts";
import { densityColor } from "../drawing/color.ts";
import { pairs } from "../drawing/columns.ts";
import { INNER, LEFT, leftMargin } from "../drawing/page.ts";
import { axes, linearScale, type Scale } from "../drawing/scales.ts";
import { BLUE, FAINT, frame, label, ORANGE } from "../drawing/style.ts";
import type { Deflate } from "../image/png.ts";
import type { DensityGrid } from "./densityGrid.ts";
import { colorBar, dots, heatMap, peakDensity } from "./marks.ts";

/** What the panels of a density show. */
export interface DensityContent {
  readonly learned: DensityGrid;
  readonly learnedLabel: string;
  /** Absent for real data. */
  readonly exact?: DensityGrid;
  /** [M, 2], drawn thinly on the learned density. */
  readonly data: Tensor;
  /** [M, 2] */
  readonly samples: Tensor;
  /** The names of the two coordinates. */
  readonly axes: readonly [string, string];
}

/** How the panels of a density are drawn. */
interface DensityLook {
  /** The density that has the darkest colour. */
  readonly peakOf?: (grid: DensityGrid) => number;
  /** As of {@link axes}. */
  readonly yLabelOffset?: number;
}

/** The learned density with data on it, the exact one on the same scale, and samples. */
export async function densityPanels(
  { learned, learnedLabel, exact, data, samples, axes: names }: DensityContent,
  top: number,
  deflate: Deflate,
  { peakOf = peakDensity, yLabelOffset = 42 }: DensityLook = {},
): Promise<{ markup: string; height: number }> {
  const count = exact === undefined ? 2 : 3;
  const gap = 62;
  const bar = 46; // the colour bar and its numbers, right of the last density
  const left = leftMargin(yLabelOffset);
  const width = (LEFT + INNER - left - bar - gap * (count - 1)) / count;
  const ratio = (learned.y[1] - learned.y[0]) / (learned.x[1] - learned.x[0]);
  // square units where the two axes have like ranges, as they do when they have the same unit
  const height = width * (ratio > 0.4 && ratio < 1.2 ? ratio : 0.66);
  const peak = Math.max(...[learned, exact].map((grid) => (grid === undefined ? 0 : peakOf(grid))));
  const cut = Math.max(...[learned, exact].map((grid) => (grid === undefined ? 0 : peakDensity(grid)))) > peak;
  const scaleAt = (x: number): Scale => linearScale({ x, y: top, width, height }, learned.x, learned.y);

  const first = scaleAt(left);
  const parts = [
    label(learnedLabel, left + width / 2, top - 10, { anchor: "middle", weight: 600 }),
    await heatMap(learned, first, peak, deflate),
    dots(pairs(data), first, ORANGE, 1.2, 0.65),
    axes(first, { xLabel: names[0], yLabel: names[1], yLabelOffset }),
  ];
  let x = left + width;
  if (exact !== undefined) {
    const second = scaleAt(x + gap);
    parts.push(
      label("exact density", x + gap + width / 2, top - 10, { anchor: "middle", weight: 600 }),
      await heatMap(exact, second, peak, deflate),
      axes(second, { xLabel: names[0] }),
    );
    x += gap + width;
  }
  parts.push(
    colorBar({ x: x + 12, y: top, width: 9, height }, densityColor),
    frame({ x: x + 12, y: top, width: 9, height }),
    label(`${cut ? "≥ " : ""}${peak.toPrecision(2)}`, x + 26, top + 10, { size: 12, fill: FAINT }),
    label("0", x + 26, top + height, { size: 12, fill: FAINT }),
  );
  const last = scaleAt(x + bar + gap);
  parts.push(
    label("samples", x + bar + gap + width / 2, top - 10, { anchor: "middle", weight: 600 }),
    dots(pairs(samples), last, BLUE, 1.15, 0.7),
    axes(last, { xLabel: names[0] }),
  );
  return { markup: parts.join(""), height };
}
