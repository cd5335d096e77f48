import { noGrad } from "../autograd/rule.ts";
import { Flow } from "../flows/flow.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { exp } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import { Random } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { linspace, Tensor } from "../tensor/tensor.ts";
import { checkInterval, checkNumberOf, checkText } from "./checkContent.ts";
import { positionColor, toHex } from "./drawing/color.ts";
import { type DensityLine, type Direction, densityCurve, peakOf } from "./drawing/histogram.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { axes, linearScale, type Range, type Scale } from "./drawing/scales.ts";
import { INK, label, PAPER } from "./drawing/style.ts";
import { element, round } from "./drawing/svg.ts";
import { inOrder, massBelow, massesBelow, resolvedCurve, zipped } from "./panels/resolvedCurve.ts";

/** What {@link massPicture} draws. */
export interface MassPictureContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** A line or two of facts. */
  readonly caption?: string;
  /** From [1] to [1], without a context. */
  readonly flow: Flow;
  /** The part of x that is drawn. */
  readonly x: Range;
  /** How many bars there are; 8 by default. */
  readonly bars?: number;
}

/** Where densities and the map are evaluated, evenly, and at more places where mass is. */
const PLACES = 801;
const MOST_BARS = 200;
/** The panel of p(x) is as high as it must be, and no higher than this. */
const HIGHEST = 220;
const SIDE_WIDTH = 260;
const MAP_HEIGHT = 360;
const GAP = 20;
/** Panels are so many times as high as what is in them. */
const ROOM = 1.06;

/** A bar over an interval: `mass` is the integral of the density, so that the bar is mass/(high − low) high. */
interface Bar {
  readonly low: number;
  readonly high: number;
  readonly mass: number;
}

/**
 * The change of variables in one dimension, one self-contained SVG: p(x) above, the map z = f(x) below it, and p(z) to its right. The mass of p(x)
 * within `x` is cut into bars of equal mass. A band of the bar's colour leads from each down to the map and on to the bar of p(z) over
 * [f(x_i), f(x_{i+1})]. Each bar has the area of its mass, integrated on its own axis, and one unit of mass is as many pixels in both: two bars of one colour
 * are equally large, because p(x) = p(z)·|f′(x)|. Densities are evaluated where their mass is, however narrow that is: one more place would change the mass by less than 10⁻⁶.
 *
 * The same content gives the same text, byte for byte, on every host. Throws ShapeError unless the flow goes from [1] to [1] without a
 * context, LimitError for more than 200 bars, DomainError for what cannot be drawn, for a density that 100,000 places are too few for, and where the flow refuses a place of `x` or a sample of its base.
 *
 * @example
 * // z = ln x
 * const logNormal = new Flow(standardNormal([1]), invert(expFlow({ dimensions: 1 })));
 * const svg = massPicture({ title: "mass is kept", flow: logNormal, x: [0.1, 4] });
 */
export function massPicture(content: MassPictureContent): string {
  check(content);
  const { title, caption = "", flow, x, bars = 8 } = content;
  const toLatent = (places: Float64Array): Float64Array => flow.toLatent(column(places)).data;
  const densityOfX = (places: Float64Array): Float64Array => flow.score(column(places)).data.map(exp);
  const densityOfZ = (places: Float64Array): Float64Array =>
    noGrad(() => flow.base.logProb(column(places))).data.map(exp);
  const curveOfX = resolvedCurve(
    "massPicture",
    densityOfX,
    linspace(...x, PLACES).data,
    flow.sample(PLACES, new Random(1)).data,
  );
  const xs = Float64Array.from(curveOfX, ([place]) => place);
  const edges = edgesOfEqualMass(curveOfX, bars);
  const latentEdges = toLatent(edges);
  const z = rangeOf(latentEdges);
  const curveOfZ = resolvedCurve("massPicture", densityOfZ, linspace(...z, PLACES).data, toLatent(xs));
  const ofX = barsOf(edges, inOrder(curveOfX, zipped(edges, densityOfX(edges))));
  const ofZ = barsOf(latentEdges, inOrder(curveOfZ, zipped(latentEdges, densityOfZ(latentEdges))));

  const { shownTitle, lines, top } = heading(title, [caption]);
  const width = INNER - GAP - SIDE_WIDTH;
  const [pixelsPerX, pixelsPerZ] = [width / (x[1] - x[0]), MAP_HEIGHT / (z[1] - z[0])];
  const [peakOfX, peakOfZ] = [peakOf(curveOfX), peakOf(curveOfZ)];
  // square pixels of a mass of 1: as many as both panels have room for
  const unit = Math.min((pixelsPerX * HIGHEST) / peakOfX, (pixelsPerZ * SIDE_WIDTH) / peakOfZ) / ROOM;
  const height = (unit * ROOM * peakOfX) / pixelsPerX;
  const mapTop = top + height + GAP;
  const above = linearScale({ x: LEFT, y: top, width, height }, x, [0, ROOM * peakOfX]);
  const map = linearScale({ x: LEFT, y: mapTop, width, height: MAP_HEIGHT }, x, z);
  const besideBox = { x: LEFT + width + GAP, y: mapTop, width: SIDE_WIDTH, height: MAP_HEIGHT };
  const beside = linearScale(besideBox, [0, (SIDE_WIDTH * pixelsPerZ) / unit], z);
  const mass = ofX.reduce((sum, bar) => sum + bar.mass, 0) / bars;
  return page(
    { title, shownTitle, lines, height: mapTop + MAP_HEIGHT + 56 },
    ...ofX.map((_, k) =>
      band(edges.subarray(k, k + 2), latentEdges.subarray(k, k + 2), colorOf(k, bars), { map, above, beside }),
    ),
    ...ofX.map((bar, k) => barOf(bar, above, colorOf(k, bars), "up")),
    ...ofZ.map((bar, k) => barOf(bar, beside, colorOf(k, bars), "right")),
    densityCurve(curveOfX, above, INK),
    densityCurve(zipped(xs, toLatent(xs)), map, INK),
    densityCurve(curveOfZ, beside, INK, "right"),
    axes(above, { xTicks: 0, yTicks: 3, yLabel: "p(x)" }),
    axes(map, { xTicks: 8, xLabel: "x", yLabel: "z = f(x)" }),
    axes(beside, { yTicks: 0, xTicks: 4, xLabel: "p(z)" }),
    label(`p(x) = p(z)·|f′(x)|, ${bars} bars of mass ${mass.toPrecision(3)} each`, LEFT + width / 2, top - 10, {
      anchor: "middle",
      weight: 600,
    }),
  );
}

function column(places: Float64Array): Tensor {
  return new Tensor(places, [places.length, 1]);
}

function rangeOf(values: Float64Array): Range {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** count + 1 places, between two of which there is the same mass, by the trapezoidal rule. Throws DomainError where there is none. */
function edgesOfEqualMass(curve: DensityLine, count: number): Float64Array {
  const sums = massesBelow(curve);
  const total = sums[sums.length - 1];
  if (!(total > 0 && Number.isFinite(total))) {
    throw new DomainError(`massPicture: the flow must have a finite mass above 0 within x; got ${total}`);
  }
  let i = 1;
  return Float64Array.from({ length: count + 1 }, (_, k) => {
    const mass = (total * k) / count;
    while (i < sums.length - 1 && sums[i] < mass) i++;
    const share = (mass - sums[i - 1]) / (sums[i] - sums[i - 1] || 1);
    return curve[i - 1][0] + Math.min(1, share) * (curve[i][0] - curve[i - 1][0]);
  });
}

/** The bars from one edge to the next, whichever is larger, below a curve that has a point at each. */
function barsOf(edges: Float64Array, curve: DensityLine): Bar[] {
  return Array.from({ length: edges.length - 1 }, (_, k) => {
    const [low, high] = rangeOf(edges.subarray(k, k + 2));
    return { low, high, mass: massBelow(curve.filter(([place]) => place >= low && place <= high)) };
  });
}

/** From the left to the right in x: the colours of where points started. */
function colorOf(k: number, count: number): string {
  return toHex(positionColor((k + 0.5) / count, 0.5));
}

function barOf({ low, high, mass }: Bar, scale: Scale, fill: string, direction: Direction): string {
  const density = mass / (high - low);
  const [x, y] = direction === "up" ? [[low, high], [0, density]] : [[0, density], [low, high]]; // biome-ignore format: two ways
  const [left, right] = x.map(scale.toX);
  const [bottom, top] = y.map(scale.toY);
  const look = { fill, "fill-opacity": "0.75", stroke: PAPER, "stroke-width": 0.8 };
  return element("rect", { x: left, y: top, width: right - left, height: bottom - top, ...look });
}

/** From a bar of p(x) down to the map, and on to the bar of p(z). */
function band(
  [x1, x2]: Float64Array,
  [z1, z2]: Float64Array,
  fill: string,
  { map, above, beside }: Readonly<Record<"map" | "above" | "beside", Scale>>,
): string {
  const [left, right, first, second] = [map.toX(x1), map.toX(x2), map.toY(z1), map.toY(z2)].map(round);
  const [top, end] = [round(above.box.y + above.box.height), round(beside.box.x)];
  const d = `M${left} ${top}H${right}V${second}H${end}V${first}H${left}Z`;
  return element("path", { d, fill, "fill-opacity": "0.2" });
}

function check(content: MassPictureContent): void {
  checkOptions("massPicture", content, { title: true, caption: true, flow: true, x: true, bars: true });
  const { title, caption = "", flow, x, bars = 8 } = content;
  checkText("massPicture", "title", title);
  checkText("massPicture", "caption", caption);
  if (!(flow instanceof Flow)) throw new DomainError(`massPicture: draws a Flow; got ${describeValue(flow)}`);
  const { dataShape, latentShape } = flow.bijection;
  if (!sameShape(dataShape, [1]) || !sameShape(latentShape, [1]) || flow.context > 0) {
    const came = `${formatShape(dataShape)} → ${formatShape(latentShape)}, a context of width ${flow.context}`;
    throw new ShapeError(`massPicture: the flow must go from [1] to [1], without a context; got ${came}`);
  }
  checkInterval("massPicture", "x", x);
  checkNumberOf("massPicture", "bars", bars, MOST_BARS);
}
