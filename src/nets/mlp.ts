import { parametersOf } from "../autograd/parts.ts";
import { summarized } from "../autograd/summary.ts";
import { checkBatch } from "../tensor/checks.ts";
import { fieldsOfBoth, type Kind, kind, listOf, type Reader, size } from "../tensor/definitions/reading.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Activation, activation as activationName, activationOf } from "./activations.ts";
import { type Conditioner, type ConditionerSizes, checkSizes, claimMaps, joinContext, sizes } from "./conditioner.ts";
import { linearMaps } from "./linear.ts";

/** What {@link mlp} takes. */
export interface MlpOptions extends ConditionerSizes {
  /** The widths of the hidden layers; [64, 64] by default, [] for a linear net. */
  readonly hidden?: readonly number[];
  /** Between the maps; `"tanh"` by default. */
  readonly activation?: Activation;
}

/** The names of these options. */
export const MLP: Known<MlpOptions> = {
  inputs: true,
  outputs: true,
  context: true,
  random: true,
  hidden: true,
  activation: true,
};

/**
 * A multilayer perceptron: h₀ = x, h_{i+1} = act(h_i W_iᵀ + b_i), y = h W_nᵀ + b_n.
 *
 * The last layer starts at zero: y = 0 whatever x. A context is appended to x.
 *
 * Shape: [B, inputs] → [B, outputs]. Cost: 2·B operations per weight. Throws ShapeError, and DomainError for an unknown activation
 * and for sizes that are none.
 *
 * @example
 * const net = mlp({ inputs: 3, outputs: 2, hidden: [16], random: new Random(1) });
 * net.apply(ones([1, 3])); // [[0, 0]] at the start
 * net.parameters.map(({ shape }) => shape); // [[16, 3], [16], [2, 16], [2]]
 */
export function mlp(options: MlpOptions): Conditioner {
  checkOptions("mlp", options, MLP);
  const { inputs, outputs, hidden = [64, 64], activation = "tanh", context = 0, random } = options;
  checkSizes("mlp", options);
  const { ofMap } = activationOf("mlp", activation);
  const maps = linearMaps("mlp", [inputs + context, ...hidden, outputs], random);
  return summarized("mlp", {
    parts: maps,
    parameters: parametersOf(maps),
    context,
    definition: { type: "mlp", inputs, outputs, hidden, activation, context },
    apply(x, contextValues) {
      checkBatch("mlp", x, [inputs]);
      let h: Tensor = joinContext("mlp", x, contextValues, context);
      for (const { parameters } of maps.slice(0, -1)) h = ofMap(h, parameters[0], parameters[1]);
      return maps[maps.length - 1].apply(h);
    },
  });
}

/** The options of an {@link mlp}, in definitions. */
export const mlpFields: typeof sizes & { readonly hidden: Reader<number[]>; readonly activation: Reader<Activation> } =
  /*#__PURE__*/ fieldsOfBoth(sizes, { hidden: /*#__PURE__*/ listOf(size), activation: activationName });

/** Rebuilds mlp from its definition. */
export const mlpEntry: Kind<Conditioner> = /*#__PURE__*/ kind(mlpFields, (options, at) => {
  claimMaps(at, [options.inputs + options.context, ...options.hidden, options.outputs]);
  return mlp({ ...options, random: at.random });
});
