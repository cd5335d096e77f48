import { noGrad } from "../autograd/rule.ts";
import { checkDistribution, type Distribution } from "../distributions/distribution.ts";
import { Flow } from "../flows/flow.ts";
import { checkBatch, checkRandom } from "../tensor/checks.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkPoints, checkWords } from "./checkContent.ts";
import type { FlowPictureContent } from "./flowPicture.ts";
import type { DensityGrid } from "./panels.ts";
import { widened } from "./scales.ts";

/** Points that are followed through the layers, and as many samples. */
const POINTS = 1200;
/** Data points drawn on the density. */
const DATA_POINTS = 500;
/** The longer side of the density grids, in cells. */
const GRID = 128;
/** The grid reaches beyond the data by this share of its range on each side. */
const MARGIN = 0.12;

export interface PictureOptions extends Pick<FlowPictureContent, "title" | "caption" | "axes" | "curve"> {
  /** The data that the flow was trained on, [N, 2]. */
  readonly data: Tensor;
  /** The density that the data came from, if it is known. */
  readonly exact?: Distribution;
  /** Draws the samples. */
  readonly random: Random;
}

/**
 * Everything that the picture of a two-dimensional flow shows: points on their way from x to z, the learned density
 * beside the exact one, samples, and the training curve.
 *
 * Throws ShapeError unless data and flow are two-dimensional, DomainError for what cannot be drawn.
 */
export function pictureOf(flow: Flow, options: PictureOptions): FlowPictureContent {
  check(flow, options);
  const { title, caption, data, exact, random, axes, curve } = options;
  const { points } = flow.trace(firstRows(data, POINTS));
  const K = points.length - 1;
  const [x, y] = [extent(data, 0), extent(data, 1)];
  const content: FlowPictureContent = {
    title,
    caption,
    axes,
    curve,
    steps: [0, 1, 2, 3, 4].map((quarter) => {
      const layer = Math.round((K * quarter) / 4);
      const label = quarter === 0 ? "x" : quarter === 4 ? "z" : `after ${layer} of ${K} layers`;
      return { label, points: points[layer] };
    }),
    learned: densityGrid(flow, x, y),
    learnedLabel: "learned density, and data",
    data: firstRows(data, DATA_POINTS),
    samples: flow.sample(POINTS, random),
  };
  return exact === undefined ? content : { ...content, exact: densityGrid(exact, x, y) };
}

function check(flow: Flow, options: PictureOptions): void {
  if (!(flow instanceof Flow)) throw new DomainError(`pictureOf: draws a Flow; got ${describeValue(flow)}`);
  checkOptions("pictureOf", options, {
    title: true,
    caption: true,
    data: true,
    exact: true,
    random: true,
    axes: true,
    curve: true,
  });
  const { data, exact, random } = options;
  checkWords("pictureOf", options);
  checkPoints("pictureOf", "data", data);
  if (exact !== undefined) checkDistribution("pictureOf", "exact", exact);
  checkRandom("pictureOf", random);
  const { dataShape, latentShape, context } = flow.bijection;
  if (!sameShape(dataShape, [2]) || !sameShape(latentShape, [2]) || context) {
    const came = `${formatShape(dataShape)} → ${formatShape(latentShape)}, a context of width ${context ?? 0}`;
    throw new ShapeError(`pictureOf: the flow must go from [2] to [2], without a context; got ${came}`);
  }
}

function firstRows(x: Tensor, count: number): Tensor {
  const rows = Math.min(count, x.shape[0]);
  return new Tensor(x.data.slice(0, 2 * rows), [rows, 2]);
}

/** The range of the finite numbers in a column, and a margin. */
function extent(x: Tensor, column: number): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = column; i < x.size; i += 2) {
    if (!Number.isFinite(x.data[i])) continue;
    low = Math.min(low, x.data[i]);
    high = Math.max(high, x.data[i]);
  }
  const margin = MARGIN * (high - low);
  return widened([low - margin, high + margin]);
}

/** log p at the centres of the cells of a grid, with about square cells when both axes have the same unit. */
function densityGrid(
  model: Pick<Distribution, "logProb">,
  x: readonly [number, number],
  y: readonly [number, number],
): DensityGrid {
  const [width, height] = [x[1] - x[0], y[1] - y[0]];
  const ratio = Math.min(4, Math.max(0.25, height / width));
  const columns = ratio <= 1 ? GRID : Math.round(GRID / ratio);
  const rows = ratio <= 1 ? Math.round(GRID * ratio) : GRID;
  const centres = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      centres[2 * (i * columns + j)] = x[0] + ((j + 0.5) / columns) * width;
      centres[2 * (i * columns + j) + 1] = y[0] + ((i + 0.5) / rows) * height;
    }
  }
  const logProb = noGrad(() => model.logProb(new Tensor(centres, [rows * columns, 2])));
  checkBatch("pictureOf", logProb, []);
  const logDensity = logProb.data;
  return { logDensity, columns, rows, x, y };
}
