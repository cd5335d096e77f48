import { noGrad } from "../autograd/rule.ts";
import type { Distribution } from "../distributions/distribution.ts";
import type { Flow } from "../flows/flow.ts";
import { ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { FlowPictureContent } from "./flowPicture.ts";
import type { DensityGrid } from "./panels.ts";

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
 * Throws ShapeError unless data and flow are two-dimensional.
 */
export function pictureOf(flow: Flow, options: PictureOptions): FlowPictureContent {
  const { title, caption, data, exact, random, axes, curve } = options;
  if (data.rank !== 2 || data.shape[1] !== 2)
    throw new ShapeError(`pictureOf: data must be [N,2]; got ${formatShape(data.shape)}`);
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

function firstRows(x: Tensor, count: number): Tensor {
  const rows = Math.min(count, x.shape[0]);
  return new Tensor(x.data.slice(0, 2 * rows), [rows, 2]);
}

/** The range of a column, and a margin. */
function extent(x: Tensor, column: number): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = column; i < x.size; i += 2) {
    low = Math.min(low, x.data[i]);
    high = Math.max(high, x.data[i]);
  }
  const margin = MARGIN * (high - low);
  return [low - margin, high + margin];
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
  const logDensity = noGrad(() => model.logProb(new Tensor(centres, [rows * columns, 2]))).data;
  return { logDensity, columns, rows, x, y };
}
