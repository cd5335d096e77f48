import { grad } from "../../autograd/grad.ts";
import { memo } from "../../autograd/memo.ts";
import { times } from "../../autograd/ops/aligned.ts";
import { neg } from "../../autograd/ops/arithmetic.ts";
import { reshape, sum } from "../../autograd/ops/broadcast.ts";
import { maskWeight } from "../../autograd/ops/masking.ts";
import { chainMatmul } from "../../autograd/ops/matmul.ts";
import { concat, split } from "../../autograd/ops/rearrange.ts";
import { apply, applyMany, isRecording, type ManyRule, type Rule, withRecording } from "../../autograd/rule.ts";
import { Variable } from "../../autograd/variable.ts";
import { type MaskedMlp, runMasked } from "../../nets/maskedMlp.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { InverseResult } from "../bijection.ts";
import type { Element } from "../elements/element.ts";
import { cotangentsOf, tile, weightCotangent } from "./chains.ts";
import { type Linearization, type Solver, solveAdjoint } from "./linearization.ts";
import { adjointSchedule, forwardSchedule, PackedWeights } from "./schedule.ts";
import { inverseValues } from "./values.ts";

// B batch, D coordinates, P raw numbers per coordinate, C context width

/** The inverse of an autoregressive layer z_i = element(x_i; net_i(x)), in one pass. */
type OnePassInverse = (z: Tensor, context: Tensor | undefined) => InverseResult;

/** A solver that solves with one net and one element. */
interface SolverWithElement extends Solver {
  readonly element: Element;
}

/**
 * x with z_i = element(x_i; net_i(x)): coordinate after coordinate, but every hidden unit of the net once and no more.
 *
 * Log-det: Σ ln|∂x_i/∂z_i|; where gradients are recorded, minus the forward's log-det at x, which has the gradients.
 * Gradient: implicit, by the adjoint pass (docs/derivations/one-pass-sampling.md), of any order.
 * Cost: about half the multiply-adds of one dense pass of the net; as many dependent steps as the dependencies are
 * deep.
 */
export function onePassInverse(net: MaskedMlp, element: Element): OnePassInverse {
  const [forward, adjoint] = [forwardSchedule(net), adjointSchedule(net)];
  const solver: SolverWithElement = {
    net,
    element,
    forward: { schedule: forward, packed: new PackedWeights(net, forward) },
    adjoint: { schedule: adjoint, packed: new PackedWeights(net, adjoint) },
  };
  const weights = net.maps.map(({ weight }) => weight);
  const biases = net.maps.map(({ bias }) => bias);
  return (z, context) => {
    const inputs = [z, ...(context === undefined ? [] : [context]), ...weights, ...biases] as const;
    if (!isRecording()) {
      const [x, logDet] = applyMany(valuesRule, inputs, solver);
      return { x, logDet };
    }
    const x = apply(solveRule, inputs, solver);
    return { x, logDet: neg(element.forward(x, net.apply(x, context)).logDet) };
  };
}

type SolveInputs = readonly [z: Tensor, ...contextWeightsAndBiases: Tensor[]];

/** The inputs of the rule by name. */
function parts([z, ...rest]: SolveInputs, { net }: Solver) {
  const context = net.context === 0 ? undefined : rest[0];
  const parameters = net.context === 0 ? rest : rest.slice(1);
  return {
    z,
    context,
    weights: parameters.slice(0, net.maps.length),
    biases: parameters.slice(net.maps.length),
  };
}

/** x and its log-det, where nobody asks for gradients: never recorded. */
const valuesRule: ManyRule<SolveInputs, [solver: SolverWithElement]> = {
  name: "onePassValues",
  shapes: ([z]) => [z.shape, [z.shape[0]]],
  forward(inputs, [x, logDet], solver) {
    const { z, context, weights, biases } = parts(inputs, solver);
    const values = inverseValues({ ...solver, ...solver.forward }, z, context, weights, biases);
    x.data.set(values.x);
    logDet.data.set(values.logDet);
  },
  vjp: () => [],
};

/**
 * F(x; θ) = z defines x; differentiating gives J·dx + (∂F/∂θ)·dθ = dz. Hence, for a cotangent g of x, with u = J⁻ᵀg:
 * z̄ = u and θ̄ = −(∂F/∂θ)ᵀu, which is what an ordinary backward pass through F at x gives for the cotangent −u.
 */
const solveRule: Rule<SolveInputs, [solver: SolverWithElement]> = {
  name: "onePassInverse",
  shape: ([z]) => z.shape,
  forward(inputs, x, solver) {
    const { z, context, weights, biases } = parts(inputs, solver);
    x.data.set(inverseValues({ ...solver, ...solver.forward }, z, context, weights, biases).x);
  },
  vjp(inputs, x, g, solver) {
    const { context, weights, biases } = parts(inputs, solver);
    const { net, element } = solver;
    const D = net.dimensions;
    const masked = memo(() => net.maps.map(({ masking }, l) => maskWeight(weights[l], masking)));
    const at = memo(() => linearize(net, element, x, context, weights, biases));
    const u = memo(() => solveAdjoint(g, at().J, solver));
    const k = memo(() => {
      const raw = neg(times(tile(u(), net.outputsPerDimension), at().J.r));
      return cotangentsOf(net, raw, at().J.slopes, masked()).h;
    });
    return [
      u,
      ...(context === undefined
        ? []
        : [() => split(chainMatmul(k()[0], masked()[0], "NN", "AB"), [D, net.context], 1)[1]]),
      ...net.maps.map((map, l) => () => weightCotangent(map, k()[l], at().sources[l])),
      ...biases.map((_, l) => () => sum(k()[l], 0)),
    ];
  },
};

/** The layer at x, linearized, with what each map of its net multiplies there. */
function linearize(
  net: MaskedMlp,
  element: Element,
  x: Variable,
  context: Tensor | undefined,
  weights: readonly Tensor[],
  biases: readonly Tensor[],
): { J: Linearization; sources: readonly Tensor[] } {
  const input = context === undefined ? x : concat([x, context], 1);
  const { sources, h } = runMasked(net, input, weights, biases);
  const slopes = net.maps
    .slice(1)
    .map(({ activated }, l) => (activated ? derivatives((value) => net.activation.op(value), [h[l]])[0] : null));
  const [d, r] = derivatives((point, raw) => element.forward(point, raw).z, [x, h[h.length - 1]]);
  return { J: { d, r, slopes, weights }, sources };
}

/** ∂Σf/∂x for each x: of a function that takes every number on its own, its derivatives. Recorded if anything is. */
function derivatives(f: (...xs: Variable[]) => Variable, xs: readonly Variable[]): Variable[] {
  const createGraph = isRecording();
  return withRecording(true, () => {
    // cut off from their histories, which are none of f's business; but in the graph if there is one
    const cut = xs.map((x) => (createGraph ? reshape(x, x.shape) : new Variable(x.data, x.shape)));
    return grad(sum(f(...cut)), cut, { createGraph });
  });
}
