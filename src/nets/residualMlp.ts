import { add } from "../autograd/ops/arithmetic.ts";
import { parametersOf } from "../autograd/parts.ts";
import { summarized } from "../autograd/summary.ts";
import { checkBatch } from "../tensor/checks.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { activationOf } from "./activations.ts";
import { type Conditioner, checkSizes, claimMaps, joinContext } from "./conditioner.ts";
import { linearMaps } from "./linear.ts";
import { MLP, type MlpOptions, mlpFields } from "./mlp.ts";

/** What {@link residualMlp} takes: the options of `mlp`, with `hidden` read as one width per block. */
export type ResidualMlpOptions = MlpOptions;

/**
 * A residual net: h = W₀x + b₀; per block h += B₂(act(B₁(act(h)))); y = W h + b, where B₁ and B₂ are affine maps.
 *
 * `hidden` has one width per block, all equal: [64, 64], the default, is two blocks of width 64. Parameters are
 * numbered in the order in which they act: 0 is W₀, 1 and 2 the first block's, and so on. The last map starts at zero:
 * y = 0 whatever x. A context is appended to x.
 *
 * Shape: [B, inputs] → [B, outputs]. Cost: 2·B operations per weight. Throws ShapeError; DomainError for no block, unequal widths, or an unknown
 * activation.
 * Reference: He, Zhang, Ren & Sun (2016), https://arxiv.org/abs/1603.05027, without their normalisation.
 *
 * @example
 * const net = residualMlp({ inputs: 3, outputs: 2, hidden: [16], random: new Random(1) });
 * net.apply(ones([1, 3])); // [[0, 0]] at the start
 * net.parameters.length; // 8: W and b of four affine maps
 */
export function residualMlp(options: ResidualMlpOptions): Conditioner {
  checkOptions("residualMlp", options, MLP);
  const { inputs, outputs, hidden = [64, 64], activation = "tanh", context = 0, random } = options;
  checkSizes("residualMlp", options);
  const act = activationOf("residualMlp", activation).op;
  residualWidth("residualMlp", hidden);
  const maps = linearMaps("residualMlp", residualWidths(inputs + context, hidden, outputs), random);
  return summarized("residualMlp", {
    parts: maps,
    parameters: parametersOf(maps),
    context,
    definition: { type: "residualMlp", inputs, outputs, hidden, activation, context },
    apply(x, contextValues) {
      checkBatch("residualMlp", x, [inputs]);
      let h = maps[0].apply(joinContext("residualMlp", x, contextValues, context));
      for (let i = 1; i + 1 < maps.length; i += 2) h = add(h, maps[i + 1].apply(act(maps[i].apply(act(h)))));
      return maps[maps.length - 1].apply(h);
    },
  });
}

/** The width that all blocks of a residual net share. Throws DomainError, in the name of the operation. */
export function residualWidth(operation: string, hidden: readonly number[]): number {
  if (!Array.isArray(hidden) || hidden.length === 0 || hidden.some((width) => width !== hidden[0])) {
    throw new DomainError(
      `${operation}: hidden of a residual net is one width per block, all equal; got ${describeValue(hidden)}`,
    );
  }
  return hidden[0];
}

/** The widths between the affine maps of a residual net. */
export function residualWidths(inputs: number, hidden: readonly number[], outputs: number): number[] {
  return [inputs, ...new Array<number>(1 + 2 * hidden.length).fill(hidden[0] ?? 0), outputs];
}

/** Rebuilds residualMlp from its definition. */
export const residualMlpEntry: Kind<Conditioner> = /*#__PURE__*/ kind(mlpFields, (options, at) => {
  claimMaps(at, residualWidths(options.inputs + options.context, options.hidden, options.outputs));
  return residualMlp({ ...options, random: at.random });
});
