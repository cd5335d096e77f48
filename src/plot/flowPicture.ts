import { checkContent } from "./checkContent.ts";
import { type CurvePoint, line, thinned, valueRange } from "./drawing/lineChart.ts";
import { INNER, LEFT, page, TOP } from "./drawing/page.ts";
import { axes, linearScale } from "./drawing/scales.ts";
import { BLUE, FAINT, INK, label, legend, ORANGE } from "./drawing/style.ts";
import { type Box, element, round } from "./drawing/svg.ts";
import { deflate as ownDeflate } from "./image/deflate.ts";
import type { Deflate } from "./image/png.ts";
import { type DensityContent, densityPanels } from "./panels/densityPanels.ts";
import { type TraceStep, tracePanels } from "./panels/tracePanels.ts";

/** Everything that the picture shows. */
export interface FlowPictureContent extends DensityContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** One line of facts. */
  readonly caption: string;
  /** Two to six batches [N, 2] of the same points on their way from x to z. */
  readonly steps: readonly TraceStep[];
  /** The training curve. */
  readonly curve: {
    readonly train: readonly CurvePoint[];
    readonly validation: readonly CurvePoint[];
    readonly reference?: { readonly value: number; readonly label: string };
    /** What the values are, with their unit. */
    readonly unit: string;
  };
}

/** Between two panels of the trace. */
const GAP = 26;

/**
 * The picture of a two-dimensional flow, one self-contained SVG: the points on their way from data to latent, coloured by
 * where they started; the learned density beside the exact one, samples, and the training curve.
 *
 * The same content gives the same text on every host, since `deflate`, which packs the densities (images inside the SVG), is our own; that of a
 * host gives images that are up to about a tenth smaller, and other bytes on other hosts. Points that are not finite are left out.
 * Throws ShapeError for points that are not [N, 2], DomainError for fewer than two or more than six steps, and for what cannot be
 * drawn.
 *
 * @example
 * const random = new Random(1);
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random });
 * const curve = { train: [{ step: 1, value: 3.9 }], validation: [], unit: "nats per point" };
 * const texts = { title: "two moons", caption: "before training", axes: ["x₁", "x₂"] as const, curve };
 * const svg = await flowPicture(pictureOf(flow, { ...texts, data: twoMoons().sample(100, random), random }));
 */
export async function flowPicture(content: FlowPictureContent, deflate: Deflate = ownDeflate): Promise<string> {
  checkContent(content, deflate);
  const { title, caption, steps, curve } = content;
  const size = (INNER - GAP * (steps.length - 1)) / steps.length;
  const densityTop = TOP + size + 70;
  const density = await densityPanels(content, densityTop, deflate);
  const curveTop = densityTop + density.height + 84;
  const curveBox: Box = { x: LEFT, y: curveTop, width: INNER, height: 150 };
  return page(
    { title, lines: [caption], height: curveTop + curveBox.height + 48 },
    tracePanels(steps, { x: LEFT, y: TOP, size, gap: GAP }),
    density.markup,
    curvePanel(curve, curveBox),
  );
}

/** The loss on batches, raw and smoothed, that on validation rows, and the reference. */
function curvePanel({ train, validation, reference, unit }: FlowPictureContent["curve"], box: Box): string {
  const values = [...thinned(train, 400), ...validation].map(({ value }) => value);
  const lastStep = Math.max(1, ...[train, validation].map((points) => points.at(-1)?.step ?? 1));
  const range = valueRange(reference === undefined ? values : [...values, reference.value]);
  const scale = linearScale(box, [0, lastStep], range);
  const legendX = box.x + box.width - 330;
  const parts = [
    label("training", box.x, box.y - 10, { weight: 600 }),
    legend("batches", BLUE, legendX, box.y - 10),
    legend("validation", ORANGE, legendX + 96, box.y - 10),
    axes(scale, { xLabel: "step", yLabel: unit.split(",")[0], xTicks: 8, grid: true }),
    line(thinned(train, 500), scale, BLUE, 1, 0.25),
    line(thinned(train, 80), scale, BLUE, 1.8),
    line(validation, scale, ORANGE, 1.6),
  ];
  if (reference !== undefined) {
    const y = scale.toY(reference.value);
    parts.push(
      element("path", {
        d: `M${round(box.x)} ${round(y)}h${round(box.width)}`,
        stroke: INK,
        "stroke-width": 1.2,
        "stroke-dasharray": "5 4",
      }),
      element("path", {
        d: `M${round(box.x + box.width - 114)} ${round(box.y - 14)}h18`,
        stroke: INK,
        "stroke-width": 1.2,
        "stroke-dasharray": "5 4",
      }),
      label(reference.label, box.x + box.width - 90, box.y - 10, { size: 12, fill: FAINT }),
    );
  }
  return parts.join("");
}
