import { noGrad } from "../autograd/rule.ts";
import { layersOf } from "../flows/compose.ts";
import { Flow } from "../flows/flow.ts";
import { checkTensor } from "../tensor/checks.ts";
import type { Definition, Json } from "../tensor/definitions/definition.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkText } from "./checkContent.ts";
import { shortened, textWidth } from "./drawing/lettering.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { axes, linearScale, type Range, type Scale } from "./drawing/scales.ts";
import { BLUE, FAINT, INK, label, ORANGE } from "./drawing/style.ts";
import { element, round } from "./drawing/svg.ts";

// K layers

/** What {@link waterfallPicture} is told. */
export interface WaterfallPictureOptions {
  /** What the picture is of. */
  readonly title: string;
  /** A line or two of facts, below the title. */
  readonly caption?: string;
  /** A flow without a context; that of a `compose` is shown layer by layer. */
  readonly flow: Flow;
  /** One point, [...dataShape]. */
  readonly x: Tensor;
}

/** A bar: from the total of the terms before it to that with its own. */
interface Bar {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

/** From one bar to the next, and how thick a bar is. */
const STEP = 27;
const THICK = 17;
/** The size of names and numbers, and the room that a number needs. */
const SIZE = 13;
const NUMBER_ROOM = 64;
/** From here on, numbers are written with a power of ten. */
const LARGE = 1e4;

/**
 * log p(x) = log p_Z(z) + Σ_k log|det J_k| for one point, as bars that hang one from the other: one self-contained SVG.
 *
 * From the top: log p_Z(z) in grey, from 0; the log-det of each layer, which begins where the bar above ends, orange where the layer
 * makes volume larger and blue where it makes it smaller; and log p(x), from 0 to where the last one ends. In nats, to three digits behind the point, from 10⁴ on as powers of ten. Layers have the
 * names of their definitions, those that were inverted with ⁻¹.
 *
 * The same flow and point give the same text on every host. Cost: one pass of one point. Throws ShapeError unless x is one point of the flow, which takes no
 * context; DomainError for a point without a finite density, and for what is no flow.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) });
 * const svg = waterfallPicture({ title: "log p of one point, layer by layer", flow, x: tensor([1, 0.5]) });
 */
export function waterfallPicture(options: WaterfallPictureOptions): string {
  check(options);
  const { title, caption = "", flow, x } = options;
  const bars = barsOf(flow, x);
  const { shownTitle, lines, top: below } = heading(title, [caption]);
  const top = below - 22;
  const ends = [0, ...bars.map(({ to }) => to)];
  const names = Math.min(300, Math.max(...bars.map(({ name }) => textWidth(name, SIZE))));
  const left = LEFT + names + 14;
  const box = { x: left, y: top, width: LEFT + INNER - left, height: STEP * bars.length + 10 };
  const scale = linearScale(box, withRoom([Math.min(...ends), Math.max(...ends)], box.width), [0, 1]);
  const body = bars.map((bar, k) => drawBar(bar, k === bars.length - 1, scale, top + 5 + STEP * k));
  return page(
    { title, shownTitle, lines, height: top + box.height + 56 },
    axes(scale, { xTicks: 8, yTicks: 0, xLabel: "nats" }),
    element("path", {
      d: `M${round(scale.toX(0))} ${round(top)}v${round(box.height)}`,
      stroke: FAINT,
      "stroke-width": 1,
    }),
    ...body,
  );
}

/** log p_Z(z), the log-det of each layer on what came before, and log p(x). */
function barsOf(flow: Flow, x: Tensor): Bar[] {
  const { points, logDets } = flow.trace(new Tensor(x.data, [1, ...x.shape]));
  const base = noGrad(() => flow.base.logProb(points[points.length - 1])).at(0);
  const layers = layersOf(flow.bijection);
  let total = base;
  const bars: Bar[] = [{ name: "log p(z)", from: 0, to: base, color: FAINT }];
  layers.forEach(({ definition }, k) => {
    const [from, to] = [total, total + logDets[k].at(0)];
    bars.push({ name: `${k + 1}  ${nameOf(definition)}`, from, to, color: to >= from ? ORANGE : BLUE });
    total = to;
  });
  if (!Number.isFinite(total)) throw new DomainError(`waterfallPicture: log p(x) must be finite; got ${total}`);
  return [...bars, { name: "log p(x)", from: 0, to: total, color: INK }];
}

/** `affine coupling`, `actNorm`, `standardization⁻¹` */
function nameOf({ type, element: moved, of }: Definition): string {
  if (type === "invert" && isDefinition(of)) return `${nameOf(of)}⁻¹`;
  return isDefinition(moved) ? `${moved.type} ${type}` : type;
}

function isDefinition(value: Json | undefined): value is Definition {
  return typeof value === "object" && value !== null && "type" in value;
}

/** The range with a margin, and room for the numbers beside the bars. */
function withRoom([low, high]: Range, width: number): Range {
  const unit = (high - low || 1) / (width - 2 * NUMBER_ROOM);
  return [low - NUMBER_ROOM * unit, high + NUMBER_ROOM * unit];
}

/** A bar, its name and its value, and a line from where it ends down to the bar below. */
function drawBar({ name, from, to, color }: Bar, last: boolean, { box, toX }: Scale, y: number): string {
  const [a, b] = [toX(from), toX(to)];
  const text = `${from !== 0 && to > from ? "+" : ""}${numberOf(to - from)}`;
  const middle = y + STEP / 2 + 4;
  const right = to >= from;
  return [
    label(shortened(name, SIZE, box.x - LEFT - 10), box.x - 14, middle, { anchor: "end", weight: last ? 600 : 400 }),
    element("rect", {
      x: Math.min(a, b),
      y: y + (STEP - THICK) / 2,
      width: Math.max(1, Math.abs(b - a)),
      height: THICK,
      fill: color,
    }),
    last
      ? ""
      : element("path", {
          d: `M${round(b)} ${round(y + (STEP - THICK) / 2)}v${STEP + THICK}`,
          stroke: INK,
          "stroke-width": 0.8,
        }),
    label(text, b + (right ? 7 : -7), middle, {
      size: SIZE,
      anchor: right ? "start" : "end",
      weight: last ? 600 : 400,
    }),
  ].join("");
}

/** Three digits behind the point, and of numbers too long for that the power of ten. */
function numberOf(value: number): string {
  return (Math.abs(value) < LARGE ? value.toFixed(3) : value.toExponential(1).replace("+", "")).replace("-", "−");
}

function check(options: WaterfallPictureOptions): void {
  checkOptions("waterfallPicture", options, { title: true, caption: true, flow: true, x: true });
  const { title, caption = "", flow, x } = options;
  checkText("waterfallPicture", "title", title);
  checkText("waterfallPicture", "caption", caption);
  if (!(flow instanceof Flow)) throw new DomainError(`waterfallPicture: draws a Flow; got ${describeValue(flow)}`);
  const { shape } = checkTensor("waterfallPicture", "x", x);
  const { dataShape } = flow.bijection;
  if (flow.context > 0)
    throw new ShapeError(`waterfallPicture: the flow must take no context; got one of ${flow.context}`);
  if (sameShape(shape, dataShape)) return;
  throw new ShapeError(`waterfallPicture: x must be one point, ${formatShape(dataShape)}; got ${formatShape(shape)}`);
}
