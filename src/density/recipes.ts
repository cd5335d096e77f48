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

/** Whether it is the name of a model. */
export function isModelKind(kind: string): kind is ModelKind {
  return kind === "gaussian" || kind === "mixture" || Object.hasOwn(RECIPES, kind);
}

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
  /** What a report calls it. */
  readonly title: string;
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
    title: "a linear flow, P·L·U",
    ...{ leastColumns: 1, conditional: false, learningRate: 1e-2 },
    make: ({ dimensions }, random) =>
      new Flow(standardNormal([dimensions]), compose(luLinear({ dimensions, bias: true, random }))),
  },
  nice: {
    title: "NICE, 4 additive couplings",
    ...{ leastColumns: 2, conditional: true, learningRate: 2e-3 },
    make: ({ dimensions, context }, random) => nice({ dimensions, context, layers: 4, hidden: [64, 64], random }),
  },
  realnvp: {
    title: "RealNVP, 8 affine couplings",
    ...{ leastColumns: 2, conditional: true, learningRate: 3e-3 },
    make: ({ dimensions, context }, random) => realNVP({ dimensions, context, layers: 8, hidden: [64, 64], random }),
  },
  maf: {
    title: "a masked autoregressive flow, 5 layers",
    ...{ leastColumns: 1, conditional: true, learningRate: 3e-3 },
    make: ({ dimensions, context }, random) => maf({ dimensions, context, layers: 5, hidden: [64, 64], random }),
  },
  nsf: {
    title: "autoregressive rational-quadratic splines",
    ...{ leastColumns: 1, conditional: true, learningRate: 1e-2 },
    make: ({ dimensions, context, rows }, random) =>
      splineFlow({
        ...{ dimensions, context, layers: rows < MANY_ROWS ? 3 : 5, hidden: [64, 64], random },
        ...{ bins: 6, tails: "linear", bound: 5, autoregressive: true },
      }),
  },
  "nsf-coupling": {
    title: "rational-quadratic spline couplings",
    ...{ leastColumns: 2, conditional: true, learningRate: 5e-3 },
    make: ({ dimensions, context }, random) =>
      splineFlow({
        ...{ dimensions, context, layers: 6, hidden: [64, 64], random },
        ...{ bins: 8, tails: "linear", bound: 5 },
      }),
  },
};

/** What a kind of model can be of: how many columns it takes at least, and whether it can be conditioned on others. */
export function limitsOf(kind: ModelKind): Pick<Recipe, "leastColumns" | "conditional"> {
  return kind === "gaussian" || kind === "mixture" ? { leastColumns: 1, conditional: false } : RECIPES[kind];
}

/** The flow behind a layer that is the identity within ±3 deviations, and logarithmic outside. */
export function behindTails(flow: Flow): Flow {
  const [dimensions] = flow.bijection.dataShape;
  return new Flow(flow.base, compose(logTails({ dimensions, threshold: 3 }), flow.bijection));
}
