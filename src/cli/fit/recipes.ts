import { fitNormal, standardNormal } from "../../distributions/index.ts";
import {
  compose,
  Flow,
  luLinear,
  maf,
  nice,
  permutation,
  realNVP,
  splineFlow,
  standardization,
} from "../../flows/index.ts";
import type { Random, Tensor } from "../../tensor/index.ts";
import { CommandError } from "../commandError.ts";
import type { ModelKind } from "../commandOptions.ts";

/** How a kind of model is made and trained. */
interface Recipe {
  /** What the report calls it. */
  readonly title: string;
  /** How many columns it takes at least. */
  readonly leastColumns: number;
  /** Whether it can be conditioned on columns. */
  readonly conditional: boolean;
  /** Steps of training unless the user says how many; 0 for none at all. */
  readonly steps: number;
  readonly learningRate: number;
  /** The flow for the rows [N, D] to learn from, with a context of that width. */
  make(rows: Tensor, context: number, random: Random): Flow;
}

/** Small nets with gentle scales: tables are small, and such flows err less on rows that were held out. */
export const RECIPES: Readonly<Record<ModelKind, Recipe>> = {
  gaussian: {
    title: "a full-covariance Gaussian",
    ...{ leastColumns: 1, conditional: false, steps: 0, learningRate: 0 },
    make: (rows) =>
      new Flow(fitNormal(rows), permutation({ permutation: Array.from({ length: rows.shape[1] }, (_, i) => i) })),
  },
  linear: {
    title: "a linear flow, P·L·U",
    ...{ leastColumns: 1, conditional: false, steps: 500, learningRate: 1e-2 },
    make: ({ shape: [, dimensions] }, _context, random) =>
      new Flow(
        standardNormal([dimensions]),
        compose(standardization({ dimensions }), luLinear({ dimensions, bias: true, random })),
      ),
  },
  nice: {
    title: "NICE with 4 additive couplings",
    ...{ leastColumns: 2, conditional: true, steps: 1000, learningRate: 2e-3 },
    make: ({ shape: [, dimensions] }, context, random) => nice({ dimensions, context, hidden: [32], random }),
  },
  realnvp: {
    title: "a RealNVP with 6 couplings",
    ...{ leastColumns: 2, conditional: true, steps: 1000, learningRate: 2e-3 },
    make: ({ shape: [, dimensions] }, context, random) =>
      realNVP({ dimensions, context, layers: 6, hidden: [32], maximumLogScale: 1, random }),
  },
  maf: {
    title: "a masked autoregressive flow with 5 layers",
    ...{ leastColumns: 1, conditional: true, steps: 1000, learningRate: 2e-3 },
    make: ({ shape: [, dimensions] }, context, random) => maf({ dimensions, context, layers: 5, hidden: [32], random }),
  },
  nsf: {
    title: "autoregressive splines, 3 layers",
    ...{ leastColumns: 1, conditional: true, steps: 1000, learningRate: 5e-3 },
    make: ({ shape: [, dimensions] }, context, random) =>
      splineFlow({
        dimensions,
        context,
        layers: 3,
        hidden: [64, 64],
        bins: 6,
        tails: "linear",
        bound: 5,
        autoregressive: true,
        random,
      }),
  },
};

/** The recipe of that name. Throws CommandError if it cannot do what is asked of it. */
export function recipeFor(kind: ModelKind, columns: readonly string[], conditions: readonly string[]): Recipe {
  const recipe = RECIPES[kind];
  if (columns.length < recipe.leastColumns) {
    throw new CommandError(
      `--model ${kind} needs at least ${recipe.leastColumns} columns; got ${columns.join(", ") || "none"} (maf and nsf take one)`,
      2,
    );
  }
  if (conditions.length > 0 && !recipe.conditional) {
    throw new CommandError(
      `--model ${kind} cannot be conditioned on ${conditions.join(", ")}; choose nice, realnvp, maf or nsf`,
      2,
    );
  }
  return recipe;
}
