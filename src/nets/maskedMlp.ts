import { maskedAffineMap } from "../autograd/ops/affineMap.ts";
import { add } from "../autograd/ops/arithmetic.ts";
import { Masking } from "../autograd/ops/masking.ts";
import { summarized } from "../autograd/summary.ts";
import { Parameter, type Variable } from "../autograd/variable.ts";
import { checkBatch, checkFlag } from "../tensor/checks.ts";
import type { Json } from "../tensor/definitions/definition.ts";
import {
  boolean,
  integer,
  type Kind,
  kind,
  listOf,
  optional,
  type Reader,
  read,
  size,
} from "../tensor/definitions/reading.ts";
import { DomainError } from "../tensor/errors.ts";
import { checkOptions, defined, type Known } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount, checkShape, type Shape } from "../tensor/shape.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { type Activation, type ActivationFunction, activation as activationName, activationOf } from "./activations.ts";
import { type Conditioner, checkMaps, checkNet, claimMaps, joinContext } from "./conditioner.ts";
import { depthsOf, type Order, parentsOfMatrix, parentsOfOrder, ranksOf } from "./dependencies.ts";
import { residualWidths } from "./residualMlp.ts";
import {
  checkMasks,
  distinctSets,
  masksOf,
  type Steps,
  stepsOf,
  type Wiring,
  wiringOf,
  withContext,
} from "./wiring.ts";

// B batch, D coordinates, P outputs per coordinate, C context width

/** What {@link maskedMlp} takes. At most one of `order`, `dependencies` and `masks` says who may depend on whom. */
export interface MaskedMlpOptions {
  /** D, at least 1. */
  readonly dimensions: number;
  /** P: how many raw numbers each coordinate needs. */
  readonly outputsPerDimension: number;
  /** The widths of the hidden layers; for a residual net one width per block, all equal. Two of max(64, D) by default. */
  readonly hidden?: readonly number[];
  /** Whether hidden layers come in residual blocks, as in `residualMlp`. */
  readonly residual?: boolean;
  /** Between the maps; `"tanh"` by default. */
  readonly activation?: Activation;
  /** i depends on j iff order[j] < order[i]; `"natural"`, each coordinate on those before it, by default. */
  readonly order?: Order;
  /** dependencies[i][j] = 1: i may depend on j. Any directed graph without circles. */
  readonly dependencies?: readonly ArrayLike<number>[];
  /** Masks of our own, one per affine map, row-major, 1 where a weight acts: [h₁, D], [h₂, h₁], …, [P·D, h_L]. */
  readonly masks?: readonly ArrayLike<number>[];
  /** The width C of the context, which every unit sees; 0 for none. */
  readonly context?: number;
  /** Draws the start, and a random order. */
  readonly random: Random;
}

/** The names of these options. */
const MASKED: Known<MaskedMlpOptions> = {
  dimensions: true,
  outputsPerDimension: true,
  hidden: true,
  residual: true,
  activation: true,
  order: true,
  dependencies: true,
  masks: true,
  context: true,
  random: true,
};

/** An affine map with a constant mask over its weight. */
export interface MaskedMap extends Wiring {
  /** [rows, columns + C for the first map] */
  readonly weight: Parameter;
  /** [rows] */
  readonly bias: Parameter;
  /** In the shape of the weight: 1 where it acts. */
  readonly mask: Uint8Array;
  /** The same, as ops take it. */
  readonly masking: Masking;
}

/** A net whose outputs for coordinate i depend only on the coordinates that i may depend on. */
export interface MaskedMlp extends Conditioner {
  /** D */
  readonly dimensions: number;
  /** P */
  readonly outputsPerDimension: number;
  /** C, 0 for none. */
  readonly context: number;
  /** The affine maps, in order of application. */
  readonly maps: readonly MaskedMap[];
  /** What stands between the maps. */
  readonly activation: ActivationFunction;
  /** In which steps a sequential pass goes through the net. */
  readonly steps: Steps;
}

/**
 * MADE: a net from x [B, D] to raw [B, P·D] in which raw_{p·D+i} depends only on the x_j that i may depend on.
 *
 * It is a multilayer perceptron with some of its weights masked, which is to say 0: those along which a coordinate would reach an output
 * that must not depend on it. To each hidden unit belongs a set of coordinates that it may see, x_1 … x_m for some m if the order is
 * the natural one; it reads units whose sets are part of its own, and nothing else (`masksOf` in wiring.ts).
 *
 * Weights are stored densely and pass through constant masks: a masked weight acts nowhere, not even if it is NaN, and
 * its gradient is exactly 0. A hidden layer should be at least as wide as there are sets, D − 1 for an order and D with a context, as it
 * is by default; in a narrower one some allowed dependencies are missing. The last map starts at zero;
 * rows of the others are uniform on ±1/√(weights that act). Every unit sees the whole context, and so does every coordinate, the first
 * one and D = 1 included; its columns stand after those of x.
 *
 * Shape: [B, D] (and [B, C] or [1, C]) → [B, P·D], parameter after parameter. Cost: 2·B per weight, less where masks make it zero for
 * strips of eight units: nearly half of it in wide hidden layers (`maskedAffineMap`).
 * Throws DomainError for dependencies in a circle and for other options that make no sense, ShapeError for other sizes.
 * Reference: Germain, Gregor, Murray & Larochelle (2015), https://arxiv.org/abs/1502.03509.
 *
 * @example
 * const net = maskedMlp({ dimensions: 3, outputsPerDimension: 2, hidden: [2], random: new Random(1) });
 * net.apply(zeros([10, 3])).shape; // [10, 6]
 * net.maps[0].mask; // [1, 0, 0, 1, 1, 0]: one unit sees x₁, the other x₁ and x₂
 */
export function maskedMlp(options: MaskedMlpOptions): MaskedMlp {
  checkOptions("maskedMlp", options, MASKED);
  checkNet("maskedMlp", options);
  const { dimensions, outputsPerDimension, residual = false, context = 0, random } = options;
  checkCount("maskedMlp", "dimensions", dimensions, 1);
  const width = Math.max(64, dimensions);
  const { hidden = [width, width], activation = "tanh" } = options;
  checkCount("maskedMlp", "outputsPerDimension", outputsPerDimension, 1);
  checkFlag("maskedMlp", "residual", residual);
  checkShape("maskedMlp", [dimensions, Math.ceil(dimensions / 32)]); // sets of coordinates, in words of 32 bits
  const activationFunction = activationOf("maskedMlp", activation);
  const wiring = wiringOf("maskedMlp", dimensions, outputsPerDimension * dimensions, hidden, residual);
  checkMaps("maskedMlp", [dimensions + context, ...wiring.map(({ rows }) => rows)]);
  const { masks, option } = masksAndOption(options, wiring);
  const steps = stepsOf("maskedMlp", wiring, masks, dimensions);
  const maps = wiring.map((place, l): MaskedMap => {
    const mask = l === 0 ? withContext(masks[0], place, context) : masks[l];
    const shape = [place.rows, mask.length / place.rows];
    const last = l === wiring.length - 1;
    const start = last
      ? { weight: zeros(shape).data, bias: zeros([place.rows]).data }
      : randomStart(shape, mask, random);
    const weight = new Parameter(start.weight, shape, `${l}.weight`);
    const bias = new Parameter(start.bias, [place.rows], `${l}.bias`);
    return { ...place, weight, bias, mask, masking: new Masking(mask, shape[0], shape[1]) };
  });
  const parameters = maps.flatMap(({ weight, bias }) => [weight, bias]);
  return summarized("maskedMlp", {
    dimensions,
    outputsPerDimension,
    context,
    maps,
    activation: activationFunction,
    steps,
    parameters,
    definition: {
      type: "maskedMlp",
      ...{ dimensions, outputsPerDimension, hidden: [...hidden], residual, activation, context },
      ...option,
    },
    apply(x, contextValues) {
      checkBatch("maskedMlp", x, [dimensions]);
      const joined = joinContext("maskedMlp", x, contextValues, context);
      const { h } = runMasked(
        { maps, activation: activationFunction },
        joined,
        maps.map(({ weight }) => weight),
        maps.map(({ bias }) => bias),
      );
      return h[h.length - 1];
    },
  });
}

/** What every map of a net is given, and what it gives. */
interface MaskedRun {
  /** What map l multiplies: the input, h_{l−1} or act(h_{l−1}). */
  readonly sources: readonly Tensor[];
  /** h_l = [h_{l−2} +] W_l·source_l + b_l */
  readonly h: readonly Variable[];
}

/** A masked net, map after map, in ops. */
export function runMasked(
  { maps, activation }: Pick<MaskedMlp, "maps" | "activation">,
  input: Tensor,
  weights: readonly Tensor[],
  biases: readonly Tensor[],
): MaskedRun {
  const sources: Tensor[] = [];
  const h: Variable[] = [];
  maps.forEach(({ activated, skip, masking }, l) => {
    const before = l === 0 ? input : h[l - 1];
    sources.push(activated ? activation.op(before) : before);
    const mapped = maskedAffineMap(sources[l], weights[l], biases[l], masking);
    h.push(skip ? add(h[l - 2], mapped) : mapped);
  });
  return { sources, h };
}

/** The masks that the options ask for, and the option that asked, as JSON. */
function masksAndOption(
  options: MaskedMlpOptions,
  wiring: readonly Wiring[],
): { masks: Uint8Array[]; option: Record<string, Json> } {
  const { dimensions, order, dependencies, masks, context = 0, random } = options;
  const given = Object.entries({ order, dependencies, masks }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    throw new DomainError(
      `maskedMlp: takes one of order, dependencies and masks; got ${given.map(([name]) => name).join(" and ")}`,
    );
  }
  if (masks !== undefined) {
    const checked = checkMasks("maskedMlp", masks, wiring);
    return { masks: checked, option: { masks: checked.map((mask) => Array.from(mask)) } };
  }
  const ranks = ranksOf("maskedMlp", order ?? "natural", dimensions, random);
  const parents =
    dependencies === undefined ? parentsOfOrder(ranks) : parentsOfMatrix("maskedMlp", dependencies, dimensions);
  const sets = distinctSets(parents, depthsOf("maskedMlp", parents), context > 0);
  return {
    masks: masksOf(wiring, parents, sets),
    option:
      dependencies === undefined ? { order: ranks } : { dependencies: dependencies.map((row) => Array.from(row)) },
  };
}

/** Weight and bias uniform on ±1/√(the number of weights in the row that act). */
function randomStart(
  [rows, columns]: Shape,
  mask: Uint8Array,
  random: Random,
): { weight: Float64Array; bias: Float64Array } {
  const weight = random.uniform([rows, columns], -1, 1).data.slice();
  const bias = random.uniform([rows], -1, 1).data.slice();
  for (let row = 0; row < rows; row++) {
    let acting = 0;
    for (let k = 0; k < columns; k++) acting += mask[row * columns + k];
    const bound = 1 / Math.sqrt(Math.max(1, acting));
    for (let k = 0; k < columns; k++) weight[row * columns + k] *= bound;
    bias[row] *= bound;
  }
  return { weight, bias };
}

/** The field of a definition that says which masked net it is. */
export const readMaskedNet: Reader<MaskedMlp> = (value, at) => read("a masked net", value, at);

const zerosAndOnes = /*#__PURE__*/ optional(/*#__PURE__*/ listOf(/*#__PURE__*/ listOf(size)));

/** Rebuilds maskedMlp from its definition. */
export const maskedMlpEntry: Kind<MaskedMlp> = /*#__PURE__*/ kind(
  {
    dimensions: size,
    outputsPerDimension: size,
    hidden: /*#__PURE__*/ listOf(size),
    residual: boolean,
    context: size,
    activation: activationName,
    order: /*#__PURE__*/ optional(/*#__PURE__*/ listOf(integer)),
    dependencies: zerosAndOnes,
    masks: zerosAndOnes,
  },
  ({ order, dependencies, masks, ...options }, at) => {
    const { dimensions: D, outputsPerDimension: P, hidden, residual, context } = options;
    claimMaps(at, residual ? residualWidths(D + context, hidden, P * D) : [D + context, ...hidden, P * D]);
    return maskedMlp({ ...options, ...defined({ order, dependencies, masks }), random: at.random });
  },
);
