import { mean } from "../autograd/ops/reduction.ts";
import { neg } from "../autograd/ops/arithmetic.ts";
import { variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import { milliseconds } from "../training/clock.ts";
import { fit } from "../training/fit.ts";
import type { History, Step } from "../training/history.ts";
import type { Objective } from "../training/objectives.ts";
import type { Rows } from "../training/rows.ts";
import { train } from "../training/train.ts";
import type { TrainOptions } from "../training/trainOptions.ts";
import type { Coordinates } from "./coordinates.ts";
import { pointScores } from "./densityModel.ts";
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
  /** After each step of a training, which `saveCheckpoint` knows by `run`. */
  readonly onStep?: (step: Step, steps: number, run: object) => void;
}

/** Rows of a step. */
const BATCH = 256;
/** Bounds the norm of the gradient. */
const CLIP_NORM = 5;
/** The averages of the weights forget within about so many steps. */
const EMA = 0.99;
/** Epochs without a better validation value, after which training ends. */
const PATIENCE = 12;

/** Trains a flow for so many steps: Adam with a cosine, clipped gradients, averaged weights beside the raw ones, the best by validation restored. */
export async function trainMember(
  flow: Flow,
  { learningRate }: Recipe,
  data: FitData,
  steps: number,
  random: Random,
  hooks: TrainingHooks & { readonly resume?: Uint8Array } = {},
): Promise<History> {
  const { onStep, signal, resume } = hooks;
  let run: object = {};
  const running = fit(flow, data.train.x, {
    ...settingsFor(data, learningRate),
    ...{ steps, random, patience: PATIENCE },
    ...(signal && { signal }),
    ...(resume && { resume }),
    ...(onStep && { onStep: (step: Step) => onStep(step, steps, run) }),
  });
  run = running;
  return running;
}

function settingsFor({ coordinates, train: { context }, validation }: FitData, learningRate: number) {
  return {
    ...{ batchSize: BATCH, learningRate, schedule: "cosine", clipNorm: CLIP_NORM, ema: EMA, validation },
    ...(context && { context }),
    ...(coordinates.hasCells && cellObjectives(coordinates)),
  } satisfies Omit<TrainOptions, "random">;
}

/**
 * What rows that stand for cells are trained and judged by. In training the i-th row of a batch is one of the 16 points of its cell, the one whose number is i modulo 16: rows are shuffled, so that
 * each point has its turn. By Jensen's inequality the mean of log p over them is below the log of the mean density, by which validation rows are judged.
 */
function cellObjectives(coordinates: Coordinates): { objective: Objective; judge: Objective } {
  return {
    objective: (flow, y, context) => neg(mean(flow.logProb(coordinates.inCells(y, (i) => i), context))),
    judge(flow, y, context) {
      const scores = pointScores(flow, coordinates, y, context);
      return variable(-scores.reduce((sum, score) => sum + score, 0) / scores.length);
    },
  };
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
