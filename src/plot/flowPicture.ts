import type { Tensor } from "../tensor/tensor.ts";
import { checkContent } from "./checkContent.ts";
import { deflate as ownDeflate } from "./deflate.ts";
import { type CurvePoint, line, thinned, valueRange } from "./lineChart.ts";
import {
  type ColorClasses,
  classesByStart,
  colorBar,
  type DensityGrid,
  dots,
  heatMap,
  pairs,
  peakDensity,
  robustRange,
} from "./panels.ts";
import type { Deflate } from "./png.ts";
import { axes, equalScale, linearScale, type Scale, similarScale } from "./scales.ts";
import { BLUE, FAINT, frame, INK, label, ORANGE, PAPER } from "./style.ts";
import { type Box, element, escapeText, round } from "./svg.ts";

/** Everything that the picture shows. */
export interface FlowPictureContent {
  readonly title: string;
  /** One line of facts. */
  readonly caption: string;
  /** Two to six batches [N, 2] of the same points on their way from x to z. */
  readonly steps: readonly { readonly label: string; readonly points: Tensor }[];
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
  readonly curve: {
    readonly train: readonly CurvePoint[];
    readonly validation: readonly CurvePoint[];
    readonly reference?: { readonly value: number; readonly label: string };
    /** What the values are, with their unit. */
    readonly unit: string;
  };
}

const WIDTH = 1000;
const LEFT = 62;
const RIGHT = 24;
const TOP = 118;
const INNER = WIDTH - LEFT - RIGHT;

/**
 * The picture of a two-dimensional flow, one self-contained SVG: the points on their way from data to latent, coloured by
 * where they started; the learned density beside the exact one, samples, and the training curve.
 *
 * The same content gives the same text on every host, since `deflate`, which packs the densities (images inside the SVG), is our own; that of a
 * host gives images that are up to about a tenth smaller, and other bytes on other hosts. Points that are not finite are left out.
 * Throws ShapeError for points that are not [N, 2], DomainError for fewer than two or more than six steps, and for what cannot be
 * drawn.
 */
export async function flowPicture(content: FlowPictureContent, deflate: Deflate = ownDeflate): Promise<string> {
  checkContent(content, deflate);
  const stepSize = (INNER - 26 * (content.steps.length - 1)) / content.steps.length;
  const densityTop = TOP + stepSize + 70;
  const density = await densityRow(content, densityTop, deflate);
  const curveTop = densityTop + density.height + 84;
  const curveBox: Box = { x: LEFT, y: curveTop, width: INNER, height: 150 };
  const height = curveTop + curveBox.height + 48;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${round(height)}`,
      width: WIDTH,
      height,
      role: "img",
    },
    element("title", {}, escapeText(content.title)),
    element("rect", { width: WIDTH, height, fill: PAPER }),
    label(content.title, LEFT, 44, { size: 23, weight: 600 }),
    label(content.caption, LEFT, 70, { size: 13.5, fill: FAINT }),
    stepsRow(content, stepSize),
    density.markup,
    curvePanel(content.curve, curveBox),
  );
}

/** x, the points after each part of the layers, and z: with circles that hold 39, 86 and 99 % of N(0, I). */
function stepsRow({ steps }: FlowPictureContent, size: number): string {
  const classes = classesByStart(steps[0].points);
  return steps
    .map(({ label: name, points }, k) => {
      const box: Box = { x: LEFT + k * (size + 26), y: TOP, width: size, height: size };
      const last = k === steps.length - 1;
      const scale = last
        ? equalScale(box, [-3.6, 3.6], [-3.6, 3.6])
        : similarScale(box, robustRange(points, 0), robustRange(points, 1));
      return [
        label(name, box.x + size / 2, TOP - 10, { anchor: "middle", weight: k === 0 || last ? 600 : 400 }),
        coloredDots(pairs(points), classes, scale),
        last ? normalCircles(scale) : "",
        axes(scale, { xTicks: 3, yTicks: 3 }),
        last ? "" : arrow(box.x + size + 7, TOP - 14.5),
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

/** The learned density with data on it, the exact one on the same scale, and samples. */
async function densityRow(
  { learned, learnedLabel, exact, data, samples, axes: names }: FlowPictureContent,
  top: number,
  deflate: Deflate,
): Promise<{ markup: string; height: number }> {
  const count = exact === undefined ? 2 : 3;
  const gap = 62;
  const bar = 46; // the colour bar and its numbers, right of the last density
  const width = (INNER - bar - gap * (count - 1)) / count;
  const ratio = (learned.y[1] - learned.y[0]) / (learned.x[1] - learned.x[0]);
  // square units where the two axes have like ranges, as they do when they have the same unit
  const height = width * (ratio > 0.4 && ratio < 1.2 ? ratio : 0.66);
  const peak = Math.max(peakDensity(learned), exact === undefined ? 0 : peakDensity(exact));
  const scaleAt = (x: number): Scale => linearScale({ x, y: top, width, height }, learned.x, learned.y);

  const first = scaleAt(LEFT);
  const parts = [
    label(learnedLabel, LEFT + width / 2, top - 10, { anchor: "middle", weight: 600 }),
    await heatMap(learned, first, peak, deflate),
    dots(pairs(data), first, ORANGE, 1.2, 0.65),
    axes(first, { xLabel: names[0], yLabel: names[1] }),
  ];
  let x = LEFT + width;
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
    colorBar(x + 12, top, 9, height),
    frame({ x: x + 12, y: top, width: 9, height }),
    label(peak.toPrecision(2), x + 26, top + 10, { size: 12, fill: FAINT }),
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

/** The loss on batches, raw and smoothed, that on validation rows, and the reference. */
function curvePanel({ train, validation, reference, unit }: FlowPictureContent["curve"], box: Box): string {
  const values = [...thinned(train, 400), ...validation].map(({ value }) => value);
  const lastStep = Math.max(1, ...[train, validation].map((points) => points.at(-1)?.step ?? 1));
  const range = valueRange(reference === undefined ? values : [...values, reference.value]);
  const scale = linearScale(box, [0, lastStep], range);
  const legend = (text: string, color: string, place: number): string =>
    element("path", {
      d: `M${round(box.x + box.width - 330 + place)} ${round(box.y - 14)}h18`,
      stroke: color,
      "stroke-width": 2,
    }) + label(text, box.x + box.width - 306 + place, box.y - 10, { size: 12, fill: FAINT });
  const parts = [
    label("training", box.x, box.y - 10, { weight: 600 }),
    legend("batches", BLUE, 0),
    legend("validation", ORANGE, 96),
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
