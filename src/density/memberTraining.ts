import { neg } from "../autograd/ops/arithmetic.ts";
import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { mean } from "../autograd/ops/reduction.ts";
import { variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import type { ThreadsOptions } from "../plan/threads/team.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { milliseconds } from "../training/clock.ts";
import { fit } from "../training/fit.ts";
import type { History, Step } from "../training/history.ts";
import type { Objective } from "../training/objectives.ts";
import type { Rows } from "../training/rows.ts";
import { train } from "../training/train.ts";
import type { TrainOptions } from "../training/trainOptions.ts";
import type { Coordinates } from "./coordinates.ts";
import { pointScores } from "./pointScores.ts";
import type { Recipe } from "./recipes.ts";

/** Points to learn from and to choose by, in the coordinates of the flow; of cells the middles. */
export interface FitData {
  readonly coordinates: Coordinates;
  readonly train: Rows;
  readonly validation: Rows;
}

/** What is heard of training while it goes on. */
export interface TrainingHooks {
  readonly signal?: AbortSignal;
  readonly threads?: ThreadsOptions;
  /** Before each training of so many steps, be it the first try of a kind or not. */
  readonly onTraining?: (model: string, steps: number, isTry: boolean) => void;
  /** After each step of a training, which `saveCheckpoint` knows by `run`. */
  readonly onStep?: (step: Step, steps: number, run: object | null) => void;
}

/** Rows of a step. */
const BATCH = 256;
/** Bounds the norm of the gradient. */
const CLIP_NORM = 5;
/** The averages of the weights forget within about so many steps. */
const EMA = 0.99;
/** Epochs without a better validation value, after which training ends; in small tables, whose epochs are short, so many steps. */
const [PATIENCE, LEAST_PATIENCE] = [12, 60];

/** Trains a flow for so many steps: Adam with a cosine, clipped gradients, averaged weights beside the raw ones, the best by validation restored. */
export async function trainMember(
  flow: Flow,
  { learningRate }: Recipe,
  data: FitData,
  steps: number,
  random: Random,
  hooks: TrainingHooks & { readonly resume?: Uint8Array } = {},
): Promise<History> {
  const { onStep, signal, threads, resume } = hooks;
  let run: object | null = null; // not known before the first turn of the event loop
  const running = fit(flow, data.train.x, {
    ...settingsFor(data, learningRate),
    ...{ steps, random, patience: patienceFor(data.train.x.shape[0]) },
    ...(signal && { signal }),
    ...(threads && { threads }),
    ...(resume && { resume }),
    ...(onStep && { onStep: (step: Step) => onStep(step, steps, run) }),
  });
  run = running;
  return running;
}

/** How training went; null where it met numbers that are not finite, unless that is to be thrown. */
export async function unlessNotFinite(training: Promise<History>, throws = false): Promise<History | null> {
  try {
    return await training;
  } catch (error) {
    if (throws || !(error instanceof NonFiniteError)) throw error;
    return null;
  }
}

/** Epochs. */
function patienceFor(rows: number): number {
  return Math.max(PATIENCE, Math.ceil(LEAST_PATIENCE / Math.max(1, Math.floor(rows / BATCH))));
}

function settingsFor({ coordinates, train: { context }, validation }: FitData, learningRate: number) {
  return {
    ...{ batchSize: BATCH, learningRate, schedule: "cosine", clipNorm: CLIP_NORM, ema: EMA, validation },
    ...(context && { context }),
    ...(coordinates.hasCells && cellObjectives(coordinates)),
  } satisfies Omit<TrainOptions, "random">;
}

/**
 * What rows that stand for cells are trained and judged by. In training each row is a new random point of its cell: of fixed ones a flow would learn by heart where they are, and be dense there and
 * nowhere else. By Jensen's inequality the mean of log p over them is below the log of the mean density, by which validation rows are judged, at the 16 fixed points, which no training has seen.
 */
function cellObjectives(coordinates: Coordinates): { objective: Objective; judge: Objective } {
  return {
    objective: (flow, y, context) => neg(mean(flow.logProb(coordinates.spread(y, noiseFor(y)), context))),
    judge(flow, y, context) {
      const scores = pointScores(flow, coordinates, y, context);
      return variable(-scores.reduce((sum, score) => sum + score, 0) / scores.length);
    },
  };
}

/** Uniform numbers in the shape of a batch that depend on its rows and their order alone: training that goes on from a checkpoint meets the same. */
function noiseFor(batch: Tensor): Tensor {
  const words = new Uint32Array(batch.data.buffer, batch.data.byteOffset, 2 * batch.size);
  let hash = 0;
  for (const word of words) hash = Math.imul(hash ^ word, 0x85ebca6b) ^ (hash >>> 13);
  return new Random(hash >>> 0).uniform(batch.shape);
}

/** Steps that tell how long one takes: those before have warmed up the engine. */
const [TRIAL_STEPS, WARM_UP] = [14, 6];

/** Milliseconds for a step, by the median of some of a flow that is thrown away. */
export function millisecondsPerStep(flow: Flow, recipe: Recipe, data: FitData, random: RandomState): number {
  const times: number[] = [];
  let last = milliseconds();
  const { validation: _, ...settings } = settingsFor(data, recipe.learningRate);
  for (const _step of train(flow, data.train.x, { ...settings, steps: TRIAL_STEPS, random: Random.from(random) })) {
    times.push(milliseconds() - last);
    last = milliseconds();
  }
  return times.slice(WARM_UP).sort((a, b) => a - b)[(TRIAL_STEPS - WARM_UP) >> 1];
}
