// z = f(x), and p(x) = p_Z(f(x))·|f′(x)|: where f is steep, the data are dense.

import { exp } from "../../tensor/kernels/elementary.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { positionColor, toHex } from "../drawing/color.ts";
import { columnOf, evenRows, viewRange } from "../drawing/columns.ts";
import { area, binsFor, type DensityLine, densityCurve, histogram, peakOf } from "../drawing/histogram.ts";
import { shortened } from "../drawing/lettering.ts";
import { INNER, LEFT, leftMargin } from "../drawing/page.ts";
import { axes, linearScale, type Range, type Scale, widened, yLabelOffsetFor } from "../drawing/scales.ts";
import { BLUE, FAINT, INK, label, legend, ORANGE } from "../drawing/style.ts";
import { element, round } from "../drawing/svg.ts";
import { dots } from "./marks.ts";
import { baseLogDensityOf, latentOf, logDensityOf, type Subject } from "./subject.ts";

/** Where curves are evaluated: more than one place in each pixel of a panel, and where samples are, since a peak may be narrower than that. */
const PLACES = 801;
const SAMPLE_PLACES = 200;
/** Points drawn on the map from x to z. */
const POINTS = 400;
const GAP = 62;
const SIDE = 230;
/** A curve that rises above the data by more is cut: one narrow peak would flatten everything else. */
const HIGHEST = 2.5;

/** The density of a flow of one dimension, the map x → z below it, and the density of z beside that. */
export function oneDimension(subject: Subject, top: number): { markup: string; bottom: number } {
  const {
    names: [name],
    data,
    samples,
    ranges: [range],
    flow,
  } = subject;
  const values = columnOf(data, 0);
  const N = values.length;
  const x = column(placesOf(range, samples));
  const curve = zipped(x.data, logDensityOf(subject)(x).map(exp));
  const bars = histogram(values, binsFor(values, range));
  const peak = peakOf(curve);
  const highest = peakOf(bars) === 0 ? peak : Math.min(peak, HIGHEST * peakOf(bars));
  const y: Range = widened([0, 1.06 * Math.max(highest, peakOf(bars))]);
  const yLabelOffset = yLabelOffsetFor([y], 4);
  const left = leftMargin(yLabelOffset);
  const width = LEFT + INNER - left - GAP - SIDE;
  const density = linearScale({ x: left, y: top, width, height: 240 }, [...range], y);
  const xLabel = shortened(name, 13, width);

  const started = N > 0 ? data : samples;
  const followed = evenRows(started, POINTS);
  const ofCurve = latentOf(subject, x);
  const ofPoints = latentOf(subject, followed);
  const normal = flow.base.definition?.type === "standardNormal";
  const zs = columnOf(latentOf(subject, started), 0);
  const zRange: Range = normal ? [-4, 4] : viewRange(zs);
  const mapTop = top + 240 + 62;
  const map = linearScale({ x: left, y: mapTop, width, height: 280 }, range, zRange);
  const z = column(evenly(zRange));
  const baseCurve = zipped(z.data, baseLogDensityOf(subject, z).map(exp));
  const latentBars = N > 0 ? histogram(zs, binsFor(zs, zRange)) : [];
  const baseMost = 1.06 * Math.min(Math.max(peakOf(baseCurve), peakOf(latentBars)), HIGHEST * peakOf(baseCurve));
  const base = linearScale({ x: left + width + GAP, y: mapTop, width: SIDE, height: 280 }, [0, baseMost], zRange);
  const legendX = left + width + 40;
  const dataName = `data, ${N} row${N === 1 ? "" : "s"}`;
  const markup = [
    label(N > 0 ? "learned density, and data" : "learned density", left + width / 2, top - 10, {
      anchor: "middle",
      weight: 600,
    }),
    area(bars, density, ORANGE),
    densityCurve(curve, density, BLUE),
    peak > y[1] ? cutPeak(curve, peak, density) : "",
    axes(density, { xTicks: 6, yLabel: "density", yLabelOffset }),
    legend("learned density p(x)", BLUE, legendX, top + 14),
    N > 0 ? legend(dataName, ORANGE, legendX, top + 38, "area") : "",
    label(N > 0 ? "z = f(x), with points of the data" : "z = f(x), with samples", left + width / 2, mapTop - 10, {
      anchor: "middle",
      weight: 600,
    }),
    normal ? deviations(map) : "",
    densityCurve(zipped(x.data, ofCurve.data), map, INK),
    coloredPoints(followed, ofPoints, range, map),
    axes(map, { xTicks: 6, xLabel, yLabel: "z", yLabelOffset }),
    label(N > 0 ? "base density, and data as z" : "base density", base.box.x + SIDE / 2, mapTop - 10, {
      anchor: "middle",
      weight: 600,
    }),
    normal ? deviations(base) : "",
    area(latentBars, base, ORANGE, "right"),
    densityCurve(baseCurve, base, BLUE, "right"),
    axes(base, { xTicks: 3, xLabel: "density" }),
  ];
  return { markup: markup.join(""), bottom: mapTop + 280 };
}

function evenly([low, high]: Range): Float64Array {
  return Float64Array.from({ length: PLACES }, (_, i) => low + ((high - low) * i) / (PLACES - 1));
}

/** Places at even distances, and some where the density is high; in order. */
function placesOf(range: Range, samples: Tensor): Float64Array {
  const drawn = evenRows(samples, SAMPLE_PLACES).data.filter((value) => value >= range[0] && value <= range[1]);
  return Float64Array.from([...evenly(range), ...drawn]).sort();
}

function column(values: Float64Array): Tensor {
  return new Tensor(values, [values.length, 1]);
}

function zipped(values: Float64Array, densities: Float64Array): DensityLine {
  return Array.from(values, (value, i) => [value, densities[i]] as const);
}

/** An arrow at the peak that does not fit, and how high it is. */
function cutPeak(curve: DensityLine, peak: number, { box, toX }: Scale): string {
  const x = toX(curve.find(([, density]) => density === peak)?.[0] ?? 0);
  const before = x > box.x + 0.7 * box.width;
  return label(
    `${before ? "" : "↑ "}up to ${peak.toPrecision(3)}${before ? " ↑" : ""}`,
    x + (before ? -6 : 6),
    box.y + 14,
    {
      size: 12,
      fill: FAINT,
      anchor: before ? "end" : "start",
    },
  );
}

/** Lines at z = −2, …, 2 that show what becomes of equal parts of z. */
function deviations({ box, toY }: Scale): string {
  const d = [-3, -2, -1, 0, 1, 2, 3].map((z) => `M${round(box.x)} ${round(toY(z))}h${round(box.width)}`).join("");
  return element("path", { d, stroke: FAINT, "stroke-width": 0.6, "stroke-opacity": "0.5" });
}

/** Points on the map, coloured by their place in x. */
function coloredPoints(x: Tensor, z: Tensor, [low, high]: Range, scale: Scale): string {
  const COLORS = 16;
  const places = Array.from(x.data, (value, i): [number, number] => [value, z.data[i]]);
  return Array.from({ length: COLORS }, (_, k) => {
    const ofColor = places.filter(
      ([value]) => Math.min(COLORS - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * COLORS))) === k,
    );
    return dots(ofColor, scale, toHex(positionColor(k / (COLORS - 1), 0.5)), 2, 0.8);
  }).join("");
}
