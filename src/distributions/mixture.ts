import { contextFor, contextOf, contextRows } from "../autograd/context.ts";
import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { reshape, sum } from "../autograd/ops/broadcast.ts";
import { take } from "../autograd/ops/indexing.ts";
import { concat, stack } from "../autograd/ops/rearrange.ts";
import { logSumExp, softmax } from "../autograd/ops/reduction.ts";
import { parametersOf } from "../autograd/parts.ts";
import { noGrad } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import type { Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw, checkRange } from "../tensor/checks.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import { type Kind, kind, partsCalled } from "../tensor/definitions/reading.ts";
import { definitionOf, writeDefinition } from "../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { exp } from "../tensor/kernels/elementary.ts";
import { checkOptions, defined } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import {
  checkDistribution,
  type Distribution,
  type DistributionFunctions,
  distributionFunctions,
  readDistribution,
} from "./distribution.ts";
import { drawAt, hasWidth } from "./drawAt.ts";
import { logAverage, mixtureQuantile } from "./mixtureFunctions.ts";
import { definitionWith, operand } from "./operands.ts";
import { asParameters, trainable } from "./parameters.ts";

/** What {@link mixture} takes. */
export interface MixtureOptions {
  /** One number per component, [K]: the weights are softmax(logits). */
  readonly logits: Tensor;
  /** K distributions of the same event shape. */
  readonly components: readonly Distribution[];
}

/**
 * One of K distributions, chosen with probabilities w = softmax(logits): log p(x) = ln Σ_k w_k·p_k(x), by logSumExp, nats.
 *
 * E[x] = Σ_k w_k·μ_k, Var[x] = Σ_k w_k·(σ_k² + (μ_k − E[x])²) and F = Σ_k w_k·F_k, coordinate by coordinate, where all components know theirs. F⁻¹ is
 * found by Newton's method within a bracket, from the nearer tail, some ten evaluations of F; its derivatives are right to the third order.
 * Gradients flow into the logits and into the components. There is no `entropy`, which has no closed form, and no
 * `sampleWithLogProb`, since a choice has no derivative. Sampling: `random.uniform([n])` chooses, then each component draws its
 * points, in their order. Shape: events are those of the components. A context goes to the components that take one, all of one width.
 * Throws ShapeError unless there is one logit per component and the components' events have one shape, DomainError unless
 * the logits are finite and there is a component. Cost: the sum of the components'; a sample costs that of one.
 *
 * @example
 * const normalAt = (loc: number) => diagonalNormal({ loc, logScale: 0 });
 * const p = mixture({ logits: zeros([2]), components: [normalAt(-3), normalAt(3)] });
 * p.logProb(tensor([0, 3])); // [-5.41894, -1.61209]
 * p.variance?.(); // 10 = 1 + 3²
 */
export function mixture(options: MixtureOptions): Distribution {
  const { logits, components } = checkMixture(options);
  const K = components.length;
  const { logits: a } = asParameters("mixture", { logits }, ["logits"]);
  if (!sameShape(a.shape, [K])) {
    throw new ShapeError(`mixture: one logit per component, [${K}]; got ${formatShape(a.shape)}`);
  }
  const [{ eventShape }] = components;
  const context = contextOf("mixture", components);
  /** The components, if each of them has those methods. */
  const knowing = <Name extends keyof Distribution>(...names: readonly Name[]) => {
    type Knowing = Distribution & Required<Pick<Distribution, Name>>;
    const all = components.filter((component): component is Knowing =>
      names.every((name) => component[name] !== undefined),
    );
    return all.length === K ? all : undefined;
  };
  const means = knowing("mean");
  const variances = knowing("mean", "variance");
  const functions = knowing("cdf", "logCdf", "survival", "logSurvival", "quantile");
  /** Σ_k w_k·y_k */
  const average = (ys: readonly Variable[]): Variable => sum(mul(stack(ys, -1), softmax(a)), -1);
  const logWeights = (): Variable => sub(a, logSumExp(a)); // ln w, [K]
  const mean = means && (() => average(means.map((component) => component.mean())));
  const variance =
    variances &&
    (() => {
      const own = variances.map((component) => component.mean());
      const middle = average(own);
      return average(variances.map((component, k) => add(component.variance(), square(sub(own[k], middle)))));
    });
  return summarized("mixture", {
    ...defined({ mean, variance }),
    ...(functions && functionsOfMixture(eventShape, functions, average, logWeights)),
    eventShape,
    context,
    /** Read anew each time: data may set those of flows. */
    get buffers() {
      return new Map(
        components.flatMap(({ buffers = [] }, k) =>
          [...buffers].map(([name, value]): [string, Tensor] => [`components.${k}.${name}`, value]),
        ),
      );
    },
    parameters: [...new Set([...trainable([a]), ...parametersOf(components)])],
    parts: { components: { parameters: parametersOf(components), parts: components } },
    get definition() {
      return definitionOfMixture(a, components);
    },
    logProb(x, given) {
      const B = checkBatch("mixture", x, eventShape);
      const rows = contextRows("mixture", B, given, context);
      const logProbs = components.map((component) =>
        reshape(component.logProb(x, contextFor(component, rows)), [B, 1]),
      );
      return logSumExp(add(concat(logProbs, 1), logWeights()), 1);
    },
    sample: (n, random, given) => draw(1, n, random, given),
    ...(components.every(hasWidth) && { sampleAt: draw }),
  });

  /** Points of the components, each T times as wide. */
  function draw(T: number, n: number, random: Random, given?: Tensor): Tensor {
    checkRange("mixture.sampleAt", "temperature", T, 0, Number.POSITIVE_INFINITY);
    checkDraw("mixture.sample", n, random, eventShape);
    const contexts = contextRows("mixture.sample", n, given, context);
    const width = sizeOf(eventShape);
    const points = new Float64Array(n * width);
    choose(a, n, random).forEach((rows, k) => {
      const own =
        contexts &&
        contextFor(
          components[k],
          noGrad(() => take(contexts, rows, 0)),
        );
      const { data } = noGrad(() => drawAt(T, components[k], rows.length, random, own));
      rows.forEach((row, i) => {
        points.set(data.subarray(i * width, (i + 1) * width), row * width);
      });
    });
    return new Tensor(points, [n, ...eventShape]);
  }
}

/** F = Σ_k w_k·F_k and what goes with it, from those of the components. */
function functionsOfMixture(
  eventShape: Shape,
  components: readonly Omit<DistributionFunctions, "icdf">[],
  average: (ys: readonly Variable[]) => Variable,
  logWeights: () => Variable,
): DistributionFunctions {
  const logCdf = (x: Tensor, upper: boolean): Variable => {
    const [below, above] = [components.map((each) => each.logCdf(x)), components.map((each) => each.logSurvival(x))];
    return upper ? logAverage(logWeights(), above, below) : logAverage(logWeights(), below, above);
  };
  return distributionFunctions("mixture", eventShape, {
    cdf: (x, upper) => average(components.map((each) => (upper ? each.survival(x) : each.cdf(x)))),
    logCdf,
    icdf(u) {
      const quantiles = noGrad(() => components.map((each) => each.quantile(u)));
      return mixtureQuantile(u, quantiles, { logCdf: (x) => logCdf(x, false), logSurvival: (x) => logCdf(x, true) });
    },
  });
}

function definitionOfMixture(logits: Tensor, components: readonly Distribution[]): Definition | undefined {
  const own = definitionWith("mixture", { logits });
  if (own === undefined || components.some(({ definition }) => definition === undefined)) return undefined;
  return writeDefinition({ ...own, components: components.map((part) => definitionOf(part)) });
}

/** The numbers 0 … n − 1, each given to one component, with probabilities softmax(logits). */
function choose(logits: Tensor, n: number, random: Random): number[][] {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits.data) largest = Math.max(largest, logit);
  let total = 0;
  const upTo = logits.data.map((logit) => {
    total += exp(logit - largest);
    return total;
  });
  const rows: number[][] = Array.from(upTo, () => []);
  random.uniform([n]).data.forEach((u, i) => {
    const k = upTo.findIndex((sum) => u * total < sum);
    rows[k < 0 ? rows.length - 1 : k].push(i); // rounding may make u·total the total itself
  });
  return rows;
}

function checkMixture(options: MixtureOptions): MixtureOptions {
  checkOptions("mixture", options, { logits: true, components: true });
  const components: unknown = options?.components;
  if (!Array.isArray(components) || components.length === 0) {
    throw new DomainError(
      `mixture: components must be a list of distributions, at least one; got ${describeValue(components)}`,
    );
  }
  const [first] = Array.from(components, (each, k) => checkDistribution("mixture", `component ${k}`, each));
  for (const { eventShape } of components) {
    if (sameShape(eventShape, first.eventShape)) continue;
    const shapes = `${formatShape(first.eventShape)} and ${formatShape(eventShape)}`;
    throw new ShapeError(`mixture: the components' events must have one shape; got ${shapes}`);
  }
  return options;
}

/** Rebuilds mixture from its definition. */
export const mixtureEntry: Kind<Distribution> = /*#__PURE__*/ kind(
  { logits: /*#__PURE__*/ operand(0), components: /*#__PURE__*/ partsCalled("components", readDistribution) },
  ({ logits, ...options }) => mixture({ logits: logits as Tensor, ...options }),
);
