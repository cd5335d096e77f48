import { checkDistribution, type Distribution } from "../distributions/distribution.ts";
import { Flow } from "../flows/flow.ts";
import { checkRandom } from "../tensor/checks.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkPoints, checkWords } from "./checkContent.ts";
import { widened } from "./drawing/scales.ts";
import type { FlowPictureContent } from "./flowPicture.ts";
import { densityGrid, numbersOf } from "./panels/densityGrid.ts";
import { stepsOf } from "./panels/tracePanels.ts";

/** Points that are followed through the layers, and as many samples. */
const POINTS = 1200;
/** Data points drawn on the density. */
const DATA_POINTS = 500;
/** The grid reaches beyond the data by this share of its range on each side. */
const MARGIN = 0.12;

/** What {@link pictureOf} is told. */
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
 *
 * @example
 * const random = new Random(1);
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random });
 * const curve = { train: [{ step: 1, value: 3.9 }], validation: [], unit: "nats per point" };
 * const texts = { title: "two moons", caption: "before training", axes: ["x₁", "x₂"] as const, curve };
 * const { steps, learned } = pictureOf(flow, { ...texts, data: twoMoons().sample(100, random), random });
 * steps.length; // 5: x, three batches on the way, and z
 * learned.logDensity.length; // 8960, log p on a grid of 128 · 70
 */
export function pictureOf(flow: Flow, options: PictureOptions): FlowPictureContent {
  check(flow, options);
  const { title, caption, data, exact, random, axes, curve } = options;
  const [x, y] = [extent(data, 0), extent(data, 1)];
  const content: FlowPictureContent = {
    title,
    caption,
    axes,
    curve,
    steps: stepsOf(flow.trace(firstRows(data, POINTS)).points, 5),
    learned: densityGrid(
      numbersOf("pictureOf", (points) => flow.logProb(points)),
      x,
      y,
    ),
    learnedLabel: "learned density, and data",
    data: firstRows(data, DATA_POINTS),
    samples: flow.sample(POINTS, random),
  };
  if (exact === undefined) return content;
  return {
    ...content,
    exact: densityGrid(
      numbersOf("pictureOf", (points) => exact.logProb(points)),
      x,
      y,
    ),
  };
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
