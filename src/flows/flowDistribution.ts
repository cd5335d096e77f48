import { summarized } from "../autograd/summary.ts";
import { type Distribution, readDistribution } from "../distributions/distribution.ts";
import { hasWidth } from "../distributions/drawAt.ts";
import { called, type Kind, kind } from "../tensor/definitions/reading.ts";
import type { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readLayer } from "./compose.ts";
import { Flow } from "./flow.ts";

/**
 * The density of a flow as a distribution, for a mixture of several or as the base of another: log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|.
 *
 * Shape: events are the flow's points; its context, parameters and buffers are the flow's. Cost: the flow's.
 */
export function flowDistribution(flow: Flow): Distribution {
  return summarized("flow", {
    eventShape: flow.bijection.dataShape,
    context: flow.context,
    parameters: flow.parameters,
    parts: flow.parts,
    get buffers() {
      return flow.buffers;
    },
    get definition() {
      return flow.base.definition && flow.definition;
    },
    logProb: (x, context) => flow.logProb(x, context),
    sample: (n, random, context) => flow.sample(n, random, context),
    ...(hasWidth(flow.base) && {
      sampleAt: (temperature: number, n: number, random: Random, context?: Tensor) =>
        flow.sample(n, random, context, { temperature }),
    }),
    sampleWithLogProb: (n, random, context) => flow.sampleWithLogProb(n, random, context),
  });
}

const PARTS = { base: /*#__PURE__*/ called("base", readDistribution), bijection: readLayer };

/** Rebuilds a flow from its definition. */
export const flowEntry: Kind<Flow> = /*#__PURE__*/ kind(PARTS, ({ base, bijection }) => new Flow(base, bijection));

/** Rebuilds flowDistribution from the definition of its flow. */
export const flowDistributionEntry: Kind<Distribution> = /*#__PURE__*/ kind(PARTS, ({ base, bijection }) =>
  flowDistribution(new Flow(base, bijection)),
);
