import { contextOf } from "../autograd/context.ts";
import { mixture } from "../distributions/mixture.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkFlow } from "./checkFlow.ts";
import { Flow } from "./flow.ts";
import { flowDistribution } from "./flowDistribution.ts";
import { permutation } from "./layers/permutation.ts";

/** What {@link ensemble} takes besides the flows. */
export interface EnsembleOptions {
  /** w_k, positive, with a sum of 1; equal by default. */
  readonly weights?: readonly number[];
}

/** How far from 1 the sum of weights may be that were written down with some ten digits. */
const ROUNDING = 1e-9;

/**
 * Several flows as one, by the mean of their densities: log p(x) = ln Σ_k w_k·p_k(x), by logSumExp, nats.
 *
 * By Jensen's inequality its log-likelihood is at least the mean of theirs, and most often more than the best one's: flows that were trained from other seeds
 * err in other places. A sample comes from one of the flows, chosen by weight; so it has no `sampleWithLogProb` with gradients. Its base is a `mixture` of the
 * flows, its bijection the identity: `toLatent` changes nothing.
 *
 * Shape: points are the flows', [D] or [C, H, W]. A context goes to the flows that take one. The flows are kept, not copied: training the ensemble trains them,
 * by the likelihood of the whole; what they know of their data must be there before. It is saved with all of them by `saveFlow`.
 * Cost: the sum of the flows'; a sample that of one. Throws DomainError unless there is a flow, and a positive weight for each, with a sum of 1; ShapeError unless
 * they have points of one shape, and contexts of one width.
 * Reference: Lakshminarayanan, Pritzel & Blundell (2017), https://arxiv.org/abs/1612.01474.
 *
 * @example
 * const narrow = new Flow(standardNormal([1]), diagonalLinear({ dimensions: 1 }));
 * const wide = new Flow(standardNormal([1]), diagonalLinear({ weight: tensor([0.5]) }));
 * exp(narrow.logProb(tensor([[0]]))); // [0.398942]
 * exp(wide.logProb(tensor([[0]]))); // [0.199471]
 * exp(ensemble([narrow, wide]).logProb(tensor([[0]]))); // [0.299207], their mean
 */
export function ensemble(flows: readonly Flow[], options: EnsembleOptions = {}): Flow {
  if (!Array.isArray(flows) || flows.length === 0)
    throw new DomainError(`ensemble: flows must be a list of flows, at least one; got ${describeValue(flows)}`);
  const members = Array.from(flows, (flow) => checkFlow("ensemble", flow));
  checkOptions("ensemble", options, { weights: true });
  const [{ dataShape }] = members.map(({ bijection }) => bijection);
  for (const { bijection } of members) {
    if (sameShape(bijection.dataShape, dataShape)) continue;
    const shapes = `${formatShape(dataShape)} and ${formatShape(bijection.dataShape)}`;
    throw new ShapeError(`ensemble: the flows' points must have one shape; got ${shapes}`);
  }
  if (dataShape.length !== 1 && dataShape.length !== 3)
    throw new ShapeError(`ensemble: points must be [D] or [C,H,W]; got ${formatShape(dataShape)}`);
  contextOf("ensemble", members);
  const logits = logitsOf(members.length, options.weights);
  const [size, height, width] = dataShape;
  const order = Array.from({ length: size }, (_, i) => i);
  const identity = permutation(dataShape.length === 1 ? { permutation: order } : { permutation: order, height, width });
  return new Flow(mixture({ logits, components: members.map(flowDistribution) }), identity);
}

/** ln w_k, or zeros for equal ones: a mixture takes them as they are, but for a sum of 1. */
function logitsOf(K: number, weights: readonly number[] | undefined): Tensor {
  if (weights === undefined) return new Tensor(new Float64Array(K), [K]);
  const known = Array.isArray(weights) && weights.length === K;
  const all: unknown[] = known ? Array.from(weights) : [];
  const wrong = all.find((weight) => !(typeof weight === "number" && weight > 0));
  const total = all.reduce<number>((sum, weight) => sum + Number(weight), 0);
  if (known && wrong === undefined && Math.abs(total - 1) <= ROUNDING)
    return new Tensor(Float64Array.from(weights, log), [K]);
  const came = !known ? describeValue(weights) : wrong !== undefined ? describeValue(wrong) : `a sum of ${total}`;
  throw new DomainError(`ensemble: weights must be ${K} positive numbers with a sum of 1; got ${came}`);
}
