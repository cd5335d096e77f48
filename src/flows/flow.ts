// log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|, and x = f⁻¹(z) with z ∼ p_Z.
import { add, sub } from "../autograd/ops/arithmetic.ts";
import { namedParameters, type Parts, parametersOf } from "../autograd/parts.ts";
import { noGrad } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, type Parameter, type Variable } from "../autograd/variable.ts";
import type { Distribution, SampleWithLogProb } from "../distributions/distribution.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import { definitionOf, writeDefinition } from "../tensor/definitions/writing.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { checkBatch, formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Bijection, BijectionDefinition } from "./bijection.ts";
import { layersOf } from "./compose.ts";

/**
 * A normalizing flow: a bijection f from data x to latent z, and a base distribution p_Z of z.
 *
 *     change of variables   log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|
 *     sampling              z ∼ p_Z,  x = f⁻¹(z)
 *
 * It *normalizes*: f carries data to the base, most often N(0, I). It *flows*: back from the base to data, layer after layer. Only for
 * continuous x: integers have no density, and data/dequantize.ts spreads them first.
 *
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762.
 */
export class Flow {
  readonly base: Distribution;
  readonly bijection: Bijection;
  /** Everything that training changes: the bijection's parameters, then the base's. */
  readonly parameters: readonly Parameter[];
  /** The bijection, whose parameters are named as if they were the flow's own, and the base. */
  readonly parts: Parts;

  /** Throws ShapeError unless the base lives where the bijection ends. */
  constructor(base: Distribution, bijection: Bijection) {
    if (!sameShape(base.eventShape, bijection.latentShape)) {
      const [have, want] = [formatShape(base.eventShape), formatShape(bijection.latentShape)];
      throw new ShapeError(`Flow: the base must be over latent points; its events are ${have}, latent points ${want}`);
    }
    this.base = base;
    this.bijection = bijection;
    this.parts = { "": bijection, base };
    this.parameters = parametersOf(this.parts);
    summarized("Flow", this);
  }

  /** What the flow can be rebuilt from. Throws DomainError if that of the base is not known. */
  get definition(): FlowDefinition {
    const { base, bijection } = this;
    if (base.definition === undefined) throw new DomainError("Flow: the base must have a definition; got one without");
    return writeDefinition({ type: "flow", base: definitionOf(base), bijection: definitionOf(bijection) });
  }

  /**
   * Every parameter by the way to it in this flow: `"3.conditioner.0.weight"`, `"base.loc"`. Unique, in the order of `parameters`: the names
   * to save values under. What stands in several places is named after the first.
   */
  named(): ReadonlyMap<string, Parameter> {
    return namedParameters(this);
  }

  /** log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|, [B, ...dataShape] → [B], nats. Throws ShapeError. */
  logProb(x: Tensor, context?: Tensor): Variable {
    checkBatch("logProb", x.shape, this.bijection.dataShape);
    const { z, logDet } = this.bijection.forward(x, context);
    return add(this.base.logProb(z, context), logDet);
  }

  /** n points x = f⁻¹(z), z ∼ p_Z, [n, ...dataShape]. Without gradients: nothing is recorded. */
  sample(n: number, random: Random, context?: Tensor): Tensor {
    return noGrad(() => detach(this.bijection.inverse(this.base.sample(n, random, context), context).x));
  }

  /** n points and log p(x) = log p_Z(z) − log|det ∂f⁻¹/∂z| where they fell; gradients flow into both. */
  sampleWithLogProb(n: number, random: Random, context?: Tensor): SampleWithLogProb {
    const drawn = this.base.sampleWithLogProb?.(n, random, context);
    const z = drawn?.x ?? this.base.sample(n, random, context);
    const { x, logDet } = this.bijection.inverse(z, context);
    return { x, logProb: sub(drawn?.logProb ?? this.base.logProb(z, context), logDet) };
  }

  /** z = f(x). Without gradients. */
  toLatent(x: Tensor, context?: Tensor): Tensor {
    checkBatch("toLatent", x.shape, this.bijection.dataShape);
    return noGrad(() => detach(this.bijection.forward(x, context).z));
  }

  /** x = f⁻¹(z). Without gradients. */
  toData(z: Tensor, context?: Tensor): Tensor {
    checkBatch("toData", z.shape, this.bijection.latentShape);
    return noGrad(() => detach(this.bijection.inverse(z, context).x));
  }

  /** The points after each layer, and each layer's log-det. Without gradients. */
  trace(x: Tensor, context?: Tensor): Trace {
    checkBatch("trace", x.shape, this.bijection.dataShape);
    return noGrad(() => {
      const points: Tensor[] = [detach(x)];
      const logDets: Tensor[] = [];
      for (const layer of layersOf(this.bijection)) {
        const { z, logDet } = layer.forward(points[points.length - 1], context);
        points.push(detach(z));
        logDets.push(detach(logDet));
      }
      return { points, logDets };
    });
  }
}

/** The way of a batch of points through a flow, from data to latent. */
export interface Trace {
  /** K + 1 batches: x, and the points after each layer; the last is z. */
  readonly points: Tensor[];
  /** The log-det of each of the K layers, [B] each, nats. */
  readonly logDets: Tensor[];
}

/** What a flow can be rebuilt from, as plain JSON; its parameters and buffers are saved beside it. */
export interface FlowDefinition extends Definition {
  readonly type: "flow";
  readonly base: Definition;
  readonly bijection: BijectionDefinition;
}
