import { affineMap } from "../autograd/ops/affineMap.ts";
import { summarized } from "../autograd/summary.ts";
import { Parameter } from "../autograd/variable.ts";
import { checkBatch } from "../tensor/checks.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import {
  type Conditioner,
  type ConditionerSizes,
  checkMaps,
  checkSizes,
  claimMaps,
  joinContext,
  sizes,
} from "./conditioner.ts";

/** What {@link linear} takes. */
export interface LinearOptions extends ConditionerSizes {
  /** `"zero"` (the default) for the last layer of a conditioner, `"random"` for hidden ones. */
  readonly start?: "zero" | "random";
}

/**
 * y = x Wᵀ + b, with W [outputs, inputs] and b [outputs].
 *
 * Starts at zero, so that a layer of a flow conditioned by it starts at the identity; or, with `start: "random"`, with
 * W and b uniform on ±1/√inputs. A context is appended to x.
 *
 * Shape: [B, inputs] → [B, outputs]. Cost: 2·B·inputs·outputs. Throws ShapeError, and DomainError for
 * another start and for sizes that are none.
 *
 * @example
 * const net = linear({ inputs: 3, outputs: 2, random: new Random(1) });
 * net.apply(ones([1, 3])); // [[0, 0]] at the start
 * net.parameters[0].shape; // [2, 3]
 */
export function linear(options: LinearOptions): Conditioner {
  checkOptions("linear", options, { inputs: true, outputs: true, context: true, random: true, start: true });
  const { inputs, outputs, context = 0, random, start = "zero" } = options;
  checkSizes("linear", options);
  if (start !== "zero" && start !== "random") {
    throw new DomainError(`linear: start is "zero" or "random"; got ${describeValue(start)}`);
  }
  const width = inputs + context;
  checkMaps("linear", [width, outputs]);
  const bound = 1 / Math.sqrt(Math.max(1, width));
  const initial = (shape: number[]): Tensor => (start === "zero" ? zeros(shape) : random.uniform(shape, -bound, bound));
  const weight = new Parameter(initial([outputs, width]).data, [outputs, width], "weight");
  const bias = new Parameter(initial([outputs]).data, [outputs], "bias");
  return summarized("linear", {
    parameters: [weight, bias],
    context,
    definition: { type: "linear", inputs, outputs, context },
    apply(x, contextValues) {
      checkBatch("linear", x, [inputs]);
      return affineMap(joinContext("linear", x, contextValues, context), weight, bias);
    },
  });
}

/** Affine maps between layers of those widths; the last starts at zero, the others at random. Throws LimitError. */
export function linearMaps(operation: string, widths: readonly number[], random: Random): Conditioner[] {
  checkMaps(operation, widths);
  return widths.slice(1).map((outputs, i) => {
    const last = i === widths.length - 2;
    return linear({ inputs: widths[i], outputs, random, start: last ? "zero" : "random" });
  });
}

/** Rebuilds linear from its definition. */
export const linearEntry: Kind<Conditioner> = /*#__PURE__*/ kind(sizes, (options, at) => {
  claimMaps(at, [options.inputs + options.context, options.outputs]);
  return linear({ ...options, random: at.random });
});
