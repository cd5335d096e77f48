import { standardNormal } from "../distributions/standardNormal.ts";
import { compose } from "../flows/compose.ts";
import { Flow } from "../flows/flow.ts";
import { logTails } from "../flows/layers/logTails.ts";
import { luLinear } from "../flows/layers/luLinear.ts";
import { maf } from "../flows/models/maf.ts";
import { nice } from "../flows/models/nice.ts";
import { realNVP } from "../flows/models/realNVP.ts";
import { splineFlow } from "../flows/models/splineFlow.ts";
import type { Random } from "../tensor/random.ts";

/** The models that are trained step by step. */
export type TrainedKind = "linear" | "nice" | "realnvp" | "maf" | "nsf" | "nsf-coupling";
/** All models. */
export type ModelKind = "gaussian" | "mixture" | TrainedKind;

/** What a flow is made for. */
export interface Subject {
  /** D */
  readonly dimensions: number;
  /** C, 0 for none. */
  readonly context: number;
  /** N, the training rows. */
  readonly rows: number;
}

/** How a kind of flow is made and trained. */
export interface Recipe {
  /** How many columns it takes at least. */
  readonly leastColumns: number;
  /** Whether it can be conditioned on columns. */
  readonly conditional: boolean;
  /** The first learning rate; it falls to 0 by a cosine. */
  readonly learningRate: number;
  /** The flow for standardised rows. */
  make(subject: Subject, random: Random): Flow;
}

/** From so many rows on there is something to learn for five layers of splines. */
const MANY_ROWS = 8000;

/** Settings that were found on the tables of docs/results.md, and on no others. */
export const RECIPES: Readonly<Record<TrainedKind, Recipe>> = {
  linear: {
    ...{ leastColumns: 1, conditional: false, learningRate: 1e-2 },
    make: ({ dimensions }, random) =>
      new Flow(standardNormal([dimensions]), compose(luLinear({ dimensions, bias: true, random }))),
  },
  nice: {
    ...{ leastColumns: 2, conditional: true, learningRate: 2e-3 },
    make: ({ dimensions, context }, random) => nice({ dimensions, context, layers: 4, hidden: [64, 64], random }),
  },
  realnvp: {
    ...{ leastColumns: 2, conditional: true, learningRate: 3e-3 },
    make: ({ dimensions, context }, random) => realNVP({ dimensions, context, layers: 8, hidden: [64, 64], random }),
  },
  maf: {
    ...{ leastColumns: 1, conditional: true, learningRate: 3e-3 },
    make: ({ dimensions, context }, random) => maf({ dimensions, context, layers: 5, hidden: [64, 64], random }),
  },
  nsf: {
    ...{ leastColumns: 1, conditional: true, learningRate: 1e-2 },
    make: ({ dimensions, context, rows }, random) =>
      splineFlow({
        ...{ dimensions, context, layers: rows < MANY_ROWS ? 3 : 5, hidden: [64, 64], random },
        ...{ bins: 6, tails: "linear", bound: 5, autoregressive: true },
      }),
  },
  "nsf-coupling": {
    ...{ leastColumns: 2, conditional: true, learningRate: 5e-3 },
    make: ({ dimensions, context }, random) =>
      splineFlow({
        ...{ dimensions, context, layers: 6, hidden: [64, 64], random },
        ...{ bins: 8, tails: "linear", bound: 5 },
      }),
  },
};

/** All names of models, and the one that stands for the best of them. */
export const MODEL_NAMES: readonly (ModelKind | "auto")[] = [
  "auto",
  "gaussian",
  "mixture",
  ...(Object.keys(RECIPES) as TrainedKind[]),
];

/** Why that kind of model cannot be of these columns, given those; null if it can. No columns stand for some that are not known yet. */
export function whyNot(
  kind: ModelKind | "auto",
  columns: readonly string[],
  conditions: readonly string[],
): string | null {
  if (kind === "auto") return null;
  const closed = kind === "gaussian" || kind === "mixture";
  const { leastColumns, conditional } = closed ? { leastColumns: 1, conditional: false } : RECIPES[kind];
  if (conditions.length > 0 && !conditional) {
    return `${kind} cannot be conditioned on ${conditions.join(", ")}; choose nice, realnvp, maf, nsf or nsf-coupling`;
  }
  if (columns.length === 0 || columns.length >= leastColumns) return null;
  return `${kind} needs at least ${leastColumns} columns; got ${columns.join(", ")} (maf and nsf take one)`;
}

/** The flow behind a layer that is the identity within ±3 deviations, and logarithmic outside. */
export function behindTails(flow: Flow): Flow {
  const [dimensions] = flow.bijection.dataShape;
  return new Flow(flow.base, compose(logTails({ dimensions, threshold: 3 }), flow.bijection));
}
