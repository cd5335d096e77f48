import { checkBatch } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Activation, activationOf } from "./activations.ts";
import { type Conditioner, type ConditionerSizes, joinContext } from "./conditioner.ts";
import { linear } from "./linear.ts";

/** What {@link mlp} takes. */
export interface MlpOptions extends ConditionerSizes {
  /** The widths of the hidden layers; [64, 64] by default, [] for a linear net. */
  readonly hidden?: readonly number[];
  readonly activation?: Activation;
}

/**
 * A multilayer perceptron: h₀ = x, h_{i+1} = act(h_i W_iᵀ + b_i), y = h W_nᵀ + b_n.
 *
 * The last layer starts at zero: y = 0 whatever x. A context is appended to x.
 *
 * Shape: [B, inputs] → [B, outputs]. Throws ShapeError, and DomainError for an unknown activation.
 */
export function mlp(options: MlpOptions): Conditioner {
  const { inputs, outputs, hidden = [64, 64], activation = "tanh", context = 0, random } = options;
  const { ofMap } = activationOf("mlp", activation);
  const widths = [inputs + context, ...hidden, outputs];
  const layers = widths.slice(1).map((width, i) => {
    const last = i === widths.length - 2;
    const layer = linear({ inputs: widths[i], outputs: width, random, start: last ? "zero" : "random" });
    for (const parameter of layer.parameters) parameter.rename(`${i}.${parameter.name}`);
    return layer;
  });
  return {
    parameters: layers.flatMap((layer) => layer.parameters),
    definition: { type: "mlp", inputs, outputs, hidden, activation, context },
    apply(x, contextValues) {
      checkBatch("mlp", x.shape, [inputs]);
      let h: Tensor = joinContext("mlp", x, contextValues, context);
      for (const { parameters } of layers.slice(0, -1)) h = ofMap(h, parameters[0], parameters[1]);
      return layers[layers.length - 1].apply(h);
    },
  };
}
