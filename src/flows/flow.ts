// log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|, and x = f⁻¹(z) with z ∼ p_Z.

import { contextFor, contextOf, contextRows } from "../autograd/context.ts";
import { add, sub } from "../autograd/ops/arithmetic.ts";
import { reshape } from "../autograd/ops/broadcast.ts";
import { take } from "../autograd/ops/indexing.ts";
import { namedParameters, type Parts, parametersOf } from "../autograd/parts.ts";
import { noGrad } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, type Parameter, type Variable } from "../autograd/variable.ts";
import { checkDistribution, type Distribution, type SampleWithLogProb } from "../distributions/distribution.ts";
import { drawAt } from "../distributions/drawAt.ts";
import { checkBatch, checkDraw, checkTensor } from "../tensor/checks.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import { definitionOf, writeDefinition } from "../tensor/definitions/writing.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asBijection } from "./asBijection.ts";
import type { Bijection, BijectionDefinition, ForwardResult } from "./bijection.ts";
import { layersOf } from "./compose.ts";
import { inPieces } from "./inPieces.ts";
import { asLayer } from "./layer.ts";
import { type SampleOptions, temperatureOf } from "./temperature.ts";

/**
 * A normalizing flow: a bijection f from data x to latent z, and a base distribution p_Z of z.
 *
 *     change of variables   log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|
 *     sampling              z ∼ p_Z,  x = f⁻¹(z)
 *
 * It *normalizes*: f carries data to the base, most often N(0, I). It *flows*: back from the base to data, layer after layer. Only for
 * continuous x: integers have no density, and data/dequantize.ts spreads them first.
 *
 * Cost: log p is one pass forward, a sample one pass back; which of them is one coordinate after another is in `bijection.cost`.
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762.
 *
 * @example
 * // x = 2z, so that x ∼ N(0, 4)
 * const flow = new Flow(standardNormal([1]), diagonalLinear({ weight: tensor([0.5]) }));
 * flow.toLatent(tensor([[2]])); // [[1]]
 * flow.logProb(tensor([[2]])); // [-2.11209] = −½ − ½ ln 2π + ln ½, nats
 * flow.sample(3, new Random(1)).shape; // [3, 1]
 */
export class Flow {
  /** p_Z, the distribution of latent points. */
  readonly base: Distribution;
  /** f, from data to latent. */
  readonly bijection: Bijection;
  /** Everything that training changes: the bijection's parameters, then the base's. */
  readonly parameters: readonly Parameter[];
  /** The bijection, whose parameters are named as if they were the flow's own, and the base. */
  readonly parts: Parts;
  /** C, the width of the context that points come with, [C] each; 0 for none. */
  readonly context: number;
  /** The bijection, with the checks that all layers share. */
  readonly #layer: Bijection;

  /** Throws ShapeError unless the base lives where the bijection ends, and both take one context or none. */
  constructor(base: Distribution, bijection: Bijection) {
    checkDistribution("Flow", "base, which comes first,", base);
    asBijection("Flow", "bijection, which comes second,", bijection);
    if (!sameShape(base.eventShape, bijection.latentShape)) {
      const [have, want] = [formatShape(base.eventShape), formatShape(bijection.latentShape)];
      throw new ShapeError(`Flow: the base must be over latent points; its events are ${have}, latent points ${want}`);
    }
    this.base = base;
    this.bijection = bijection;
    this.parts = { "": bijection, base };
    this.parameters = parametersOf(this.parts);
    this.context = contextOf("Flow", [bijection, base]);
    this.#layer = asLayer(bijection);
    summarized("Flow", this);
  }

  /** What the flow can be rebuilt from. Throws DomainError if that of the base is not known. */
  get definition(): FlowDefinition {
    const { base, bijection } = this;
    if (base.definition === undefined) throw new DomainError("Flow: the base must have a definition; got one without");
    return writeDefinition({ type: "flow", base: definitionOf(base), bijection: definitionOf(bijection) });
  }

  /** What is saved but not trained, by name: that of the bijection, and, behind `base.`, that of a base of flows. */
  get buffers(): ReadonlyMap<string, Tensor> {
    const { bijection, base } = this;
    const ofBase = [...(base.buffers ?? [])].map(([name, value]): [string, Tensor] => [`base.${name}`, value]);
    return new Map([...bijection.buffers, ...ofBase]);
  }

  /**
   * Every parameter by the way to it in this flow: `"3.conditioner.0.weight"`, `"base.loc"`. Unique, in the order of `parameters`: the names
   * to save values under. What stands in several places is named after the first.
   *
   * @example
   * const flow = nice({ dimensions: 2, layers: 1, hidden: [], random: new Random(1) });
   * [...flow.named().keys()]; // ["1.conditioner.0.weight", "1.conditioner.0.bias", "2.shift", "2.logScale"]
   */
  named(): ReadonlyMap<string, Parameter> {
    return namedParameters(this);
  }

  /**
   * log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|, [B, ...dataShape] → [B], nats; of one point, [...dataShape] → [].
   *
   * For training: what is computed is recorded, all of it, for gradients, some kilobytes per row. {@link score} gives the same numbers and
   * records nothing. Throws ShapeError.
   */
  logProb(x: Tensor, context?: Tensor): Variable {
    return this.#ofPoints("logProb", x, this.bijection.dataShape, context, (points, rows) => {
      const { z, logDet } = this.#layer.forward(points, contextFor(this.#layer, rows));
      return add(this.#baseLogProb(z, contextFor(this.base, rows)), logDet);
    });
  }

  /**
   * log p(x), [B, ...dataShape] → [B], nats: {@link logProb}, bit for bit, without gradients. Nothing is recorded, and the rows go through in
   * pieces, so that a million of them take little memory. Throws ShapeError.
   */
  score(x: Tensor, context?: Tensor): Tensor {
    return noGrad(() => detach(this.logProb(x, context)));
  }

  /**
   * n points x = f⁻¹(z), z ∼ p_Z, [n, ...dataShape], with one context for all or one for each. Without gradients: nothing is recorded.
   * With a temperature T the base is T times as wide. Throws ShapeError, DomainError, also for a temperature where the base has no one scale.
   */
  sample(n: number, random: Random, context?: Tensor, options?: SampleOptions): Tensor {
    checkDraw("sample", n, random, this.base.eventShape);
    const T = temperatureOf("sample", this.base, options);
    return noGrad(() => {
      const rows = this.#contextRows("sample", n, context);
      const given = contextFor(this.base, rows);
      return this.toData(drawAt(T, this.base, n, random, given), rows);
    });
  }

  /**
   * n points for each of m contexts [m, C], or for one, [C]: [m, n, ...dataShape]. Without gradients; `options` as in {@link sample}.
   * Throws ShapeError, DomainError.
   *
   * @example
   * const flow = maf({ dimensions: 2, context: 1, random: new Random(1) });
   * flow.sampleEach(10, new Random(1), tensor([[0], [1], [2]])).shape; // [3, 10, 2]
   */
  sampleEach(n: number, random: Random, contexts: Tensor, options?: SampleOptions): Tensor {
    checkTensor("sampleEach", "contexts", contexts);
    const C = this.context;
    if (sameShape(contexts.shape, [C])) return this.sampleEach(n, random, new Tensor(contexts.data, [1, C]), options);
    const m = checkBatch("sampleEach", contexts, [C]);
    checkDraw("sampleEach", n, random, [m, ...this.base.eventShape]);
    temperatureOf("sampleEach", this.base, options);
    const each = Array.from({ length: m * n }, (_, i) => Math.floor(i / n));
    const rows = noGrad(() => take(contexts, each, 0));
    const x = this.sample(m * n, random, contextFor(this, rows), options);
    return new Tensor(x.data, [m, n, ...this.bijection.dataShape]);
  }

  /**
   * n points, [n, ...dataShape], and log p(x) = log p_Z(z) − log|det ∂f⁻¹/∂z| where they fell, [n], nats; gradients flow into both. Throws
   * ShapeError, DomainError.
   */
  sampleWithLogProb(n: number, random: Random, context?: Tensor): SampleWithLogProb {
    checkDraw("sampleWithLogProb", n, random, this.base.eventShape);
    const rows = this.#contextRows("sampleWithLogProb", n, context);
    const given = contextFor(this.base, rows);
    const drawn = this.base.sampleWithLogProb?.(n, random, given);
    const z = drawn?.x ?? this.base.sample(n, random, given);
    const { x, logDet } = this.#layer.inverse(z, contextFor(this.#layer, rows));
    return { x, logProb: sub(drawn?.logProb ?? this.#baseLogProb(z, given), logDet) };
  }

  /** z = f(x), [B, ...dataShape] → [B, ...latentShape]; or of one point. Without gradients. Throws ShapeError. */
  toLatent(x: Tensor, context?: Tensor): Tensor {
    const forward: PointMap = (points, rows) => this.#layer.forward(points, contextFor(this.#layer, rows)).z;
    return noGrad(() => detach(this.#ofPoints("toLatent", x, this.bijection.dataShape, context, forward)));
  }

  /** x = f⁻¹(z), [B, ...latentShape] → [B, ...dataShape]; or of one point. Without gradients. Throws ShapeError. */
  toData(z: Tensor, context?: Tensor): Tensor {
    const inverse: PointMap = (points, rows) => this.#layer.inverse(points, contextFor(this.#layer, rows)).x;
    return noGrad(() => detach(this.#ofPoints("toData", z, this.bijection.latentShape, context, inverse)));
  }

  /**
   * The points after each layer, and each layer's log-det, of a batch [B, ...dataShape]. Without gradients. Throws ShapeError.
   *
   * @example
   * const halving = diagonalLinear({ weight: tensor([0.5]) });
   * const { points, logDets } = new Flow(standardNormal([1]), compose(halving, halving)).trace(tensor([[4]]));
   * points; // [[[4]], [[2]], [[1]]]
   * logDets; // [[-0.693147], [-0.693147]]
   */
  trace(x: Tensor, context?: Tensor): Trace {
    checkBatch("trace", x, this.bijection.dataShape);
    const rows = this.#contextRows("trace", x.shape[0], context);
    const layers = layersOf(this.bijection).map(asLayer);
    const results = noGrad(() =>
      inPieces(x, rows, (points, given) => {
        const steps: ForwardResult[] = [];
        for (const layer of layers) steps.push(layer.forward(steps.at(-1)?.z ?? points, contextFor(layer, given)));
        return [...steps.map(({ z }) => z), ...steps.map(({ logDet }) => logDet)];
      }),
    );
    const detached = results.map(detach);
    return { points: [detach(x), ...detached.slice(0, layers.length)], logDets: detached.slice(layers.length) };
  }

  /** What f makes of points in a batch, in pieces where nothing is recorded, or of one point alone. */
  #ofPoints(operation: string, x: Tensor, shape: Shape, context: Tensor | undefined, f: PointMap): Variable {
    checkTensor(operation, "x", x);
    if (sameShape(x.shape, shape)) {
      const one = this.#ofPoints(operation, reshape(x, [1, ...shape]), shape, context, f);
      return reshape(one, one.shape.slice(1));
    }
    const rows = this.#contextRows(operation, checkBatch(operation, x, shape), context);
    return inPieces(x, rows, (points, given) => [f(points, given)], { flow: this, method: operation })[0];
  }

  /** log p_Z(z), one number for each point: a distribution of one's own might give one for all. */
  #baseLogProb(z: Tensor, context: Tensor | undefined): Variable {
    const logProb = this.base.logProb(z, context);
    checkTensor("Flow", "what logProb of the base gives", logProb);
    if (sameShape(logProb.shape, z.shape.slice(0, 1))) return logProb;
    throw new ShapeError(`Flow: logProb of the base must give [${z.shape[0]}]; got ${formatShape(logProb.shape)}`);
  }

  /** One row of context for each of B points. Throws ShapeError if one is missing, unexpected, or of another size. */
  #contextRows(operation: string, B: number, context: Tensor | undefined): Tensor | undefined {
    return contextRows(operation, B, context, this.context);
  }
}

type PointMap = (points: Tensor, context: Tensor | undefined) => Variable;

/** The way of a batch of points through a flow, from data to latent. */
export interface Trace {
  /** K + 1 batches: x, and the points after each layer; the last is z. */
  readonly points: Tensor[];
  /** The log-det of each of the K layers, [B] each, nats. */
  readonly logDets: Tensor[];
}

/** What a flow can be rebuilt from, as plain JSON; its parameters and buffers are saved beside it. */
export interface FlowDefinition extends Definition {
  /** What it is. */
  readonly type: "flow";
  /** What its base can be rebuilt from. */
  readonly base: Definition;
  /** What its bijection can be rebuilt from. */
  readonly bijection: BijectionDefinition;
}
