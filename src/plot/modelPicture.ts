import { Flow } from "../flows/flow.ts";
import { checkRandom, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkList, checkText } from "./checkContent.ts";
import { evenRows, viewRange } from "./drawing/columns.ts";
import { shortened } from "./drawing/lettering.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { yLabelOffsetFor } from "./drawing/scales.ts";
import { deflate } from "./image/deflate.ts";
import { corner, dotsOf } from "./panels/corner.ts";
import { densityGrid } from "./panels/densityGrid.ts";
import { densityPanels } from "./panels/densityPanels.ts";
import { bulkPeak } from "./panels/marks.ts";
import { oneDimension } from "./panels/oneDimension.ts";
import { logDensityOf, type Subject, subjectOf, traceOf } from "./panels/subject.ts";
import { traceInCorner } from "./panels/traceInCorner.ts";
import { stepsOf, tracePanels } from "./panels/tracePanels.ts";

// D coordinates, N rows of data, a context of width C

/** Points that are followed through the layers of a flow of two dimensions, and as many samples. */
const POINTS = 1200;
/** Data points drawn on the density. */
const DATA_POINTS = 800;
/** Between two panels of the trace: room for numbers of five digits. */
const GAP = 44;

/** What {@link modelPicture} is told about a model. */
export interface ModelPictureOptions {
  /** What the picture is of: one line, shortened if it is long. */
  readonly title: string;
  /** A line or two of facts, below the title. */
  readonly caption?: string;
  /** The names of the D columns. */
  readonly names: readonly string[];
  /** Rows to compare the model with, [N, D]. */
  readonly data?: Tensor;
  /** Draws the samples. */
  readonly random: Random;
  /** What is given, [1, C], to a flow that has a context. */
  readonly context?: Tensor;
  /** The context in words: `year = 1999`. */
  readonly contextLabel?: string;
}

/**
 * The picture of a fitted model of D columns, one self-contained SVG; what the model says is blue, data are orange.
 *
 * - D = 1: the learned density over a histogram of the data, the map z = f(x) below it, and beside that the density of z.
 * - D = 2: points on their way from x to z, layer by layer, coloured by where they started; the learned density with data on it; samples.
 * - D > 2: each column by itself and each pair of columns, data and samples, of the first eight columns at most; and the first two on
 *   their way from x to z.
 *
 * Axes show 99 % of the data, nothing wild, and nine in ten samples; a line below the caption says how many rows and samples are not shown.
 * The same arguments give the same text, byte for byte, on every host. Throws ShapeError unless the flow goes from [D] to [D], for data that are not
 * [N, D] and a context that is missing, unexpected or not [1, C]; DomainError for what cannot be drawn.
 *
 * @example
 * const random = new Random(1);
 * const flow = new Flow(standardNormal([1]), elementwiseAffine({ dimensions: 1 }));
 * const svg = await modelPicture(flow, { title: "N(0, 1)", names: ["x"], data: random.normal([50, 1]), random });
 */
export async function modelPicture(flow: Flow, options: ModelPictureOptions): Promise<string> {
  check(flow, options);
  const { title, caption, names, contextLabel } = options;
  const { subject, facts } = subjectOf(flow, options);
  const D = names.length;
  if (contextLabel !== undefined) facts.unshift(`given ${contextLabel}`);
  const N = subject.data.shape[0];
  const dots = D === 1 ? N : evenRows(subject.data, D === 2 ? DATA_POINTS : dotsOf(subject.names.length)).shape[0];
  if (dots < N) facts.push(`${dots} of ${N} rows as dots`);
  const { shownTitle, lines, top } = heading(title, [caption ?? "", facts.join(" · ")]);
  const { markup, bottom } = await panelsOf(subject, D, top);
  return page(
    {
      title,
      shownTitle,
      description: description(subject, D),
      lines,
      height: bottom + 52,
    },
    markup,
  );
}

/** The panels for D columns. */
async function panelsOf(subject: Subject, D: number, top: number): Promise<{ markup: string; bottom: number }> {
  if (D === 1) return oneDimension(subject, top);
  if (D === 2) return twoDimensions(subject, top);
  return corner(subject, top, {
    samplesName: "samples of the model",
    samplesRoom: 160,
    inCorner: traceInCorner(subject),
  });
}

/** The trace, and below it the density and samples. */
async function twoDimensions(subject: Subject, top: number): Promise<{ markup: string; bottom: number }> {
  const { names, data, samples, ranges, flow } = subject;
  const [N] = data.shape;
  const points = traceOf(subject, evenRows(N > 0 ? data : samples, POINTS));
  // of few layers some stages are the same
  const steps = stepsOf(points, 5).filter(
    ({ points: at }, k, all) =>
      k === 0 || k === 4 || ![all[0], all[4], all[k - 1]].some((other) => other.points === at),
  );
  const size = (INNER - GAP * 4) / 5;
  const x = LEFT + (INNER - steps.length * size - GAP * (steps.length - 1)) / 2;
  const normal = flow.base.definition?.type === "standardNormal";
  const trace = tracePanels(steps, { x, y: top, size, gap: GAP, rangeOf: viewRange, normal });
  const densityTop = top + size + 70;
  const { markup, height } = await densityPanels(
    {
      learned: densityGrid(logDensityOf(subject), ranges[0], ranges[1]),
      learnedLabel: N > 0 ? "learned density, and data" : "learned density",
      data: evenRows(data, DATA_POINTS),
      samples: evenRows(samples, POINTS),
      axes: [shortened(names[0], 13, 330), shortened(names[1], 13, 230)],
    },
    densityTop,
    deflate,
    { peakOf: bulkPeak, yLabelOffset: yLabelOffsetFor([ranges[1]], 4) },
  );
  return { markup: trace + markup, bottom: densityTop + height };
}

/** The picture in words. */
function description({ names, data }: Subject, D: number): string {
  const [N] = data.shape;
  const compared = N > 0 ? `, beside ${N} rows of data` : "";
  const columns = `${names.join(", ")}${names.length < D ? ` (the first ${names.length} of ${D})` : ""}`;
  if (D === 1)
    return `The density of ${columns} that a flow has learned${compared}; the map z = f(x); the density of z.`;
  if (D === 2)
    return `Points on their way from x to z, layer by layer; the density of ${columns} that a flow has learned${compared}; samples.`;
  return `Histograms of ${columns} and scatter plots of each pair, of samples of a flow${compared}.`;
}

function check(flow: Flow, options: ModelPictureOptions): void {
  if (!(flow instanceof Flow)) throw new DomainError(`modelPicture: draws a Flow; got ${describeValue(flow)}`);
  checkOptions("modelPicture", options, {
    title: true,
    caption: true,
    names: true,
    data: true,
    random: true,
    context: true,
    contextLabel: true,
  });
  const { title, caption = "", names, data, random, context, contextLabel = "" } = options;
  checkText("modelPicture", "title", title);
  checkText("modelPicture", "caption", caption);
  checkText("modelPicture", "contextLabel", contextLabel);
  for (const name of checkList("modelPicture", "names", names)) checkText("modelPicture", "the name of a column", name);
  checkRandom("modelPicture", random);
  const { dataShape, latentShape } = flow.bijection;
  if (dataShape.length !== 1 || !sameShape(dataShape, latentShape)) {
    const came = `${formatShape(dataShape)} → ${formatShape(latentShape)}`;
    throw new ShapeError(`modelPicture: the flow must go from [D] to [D]; got ${came}`);
  }
  const [D] = dataShape;
  if (names.length !== D)
    throw new DomainError(`modelPicture: names are those of the ${D} columns; got ${names.length}`);
  if (data !== undefined) {
    const { shape } = checkTensor("modelPicture", "data", data);
    if (shape.length !== 2 || shape[1] !== D) {
      throw new ShapeError(`modelPicture: data must be [N,${D}]; got ${formatShape(shape)}`);
    }
  }
  checkContext(flow.context, context);
}

function checkContext(C: number, context: Tensor | undefined): void {
  if (context === undefined) {
    if (C > 0) throw new ShapeError(`modelPicture: the flow needs a context [1,${C}]; got none`);
    return;
  }
  const { shape } = checkTensor("modelPicture", "context", context);
  if (C === 0) throw new ShapeError(`modelPicture: the flow takes no context; got ${formatShape(shape)}`);
  if (sameShape(shape, [1, C])) return;
  throw new ShapeError(`modelPicture: context must be [1,${C}]; got ${formatShape(shape)}`);
}
