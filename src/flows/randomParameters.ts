import type { Parameter } from "../autograd/variable.ts";
import type { Random } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * Moves every parameter away from its start, where a layer is the identity and even a wrong log-det looks right:
 * weights to N(0, 1.4²/inputs), all else to N(0, 0.5²).
 */
export function randomizeParameters(layer: { readonly parameters: readonly Parameter[] }, random: Random): void {
  for (const parameter of layer.parameters) {
    const scale = parameter.rank >= 2 ? 1.4 / Math.sqrt(parameter.size / parameter.shape[0]) : 0.5;
    const noise = random.normal(parameter.shape).data;
    parameter.assign(
      new Tensor(
        noise.map((value) => value * scale),
        parameter.shape,
      ),
    );
  }
}

/** Moves every parameter a little: matrices by noise of norm ½ or so, all else by N(0, 0.25²). */
export function perturbParameters(layer: { readonly parameters: readonly Parameter[] }, random: Random): void {
  for (const parameter of layer.parameters) {
    const scale = parameter.rank >= 2 ? 0.25 / Math.sqrt(parameter.size / parameter.shape[0]) : 0.25;
    const noise = random.normal(parameter.shape).data;
    parameter.assign(
      new Tensor(
        parameter.data.map((value, i) => value + scale * noise[i]),
        parameter.shape,
      ),
    );
  }
}
