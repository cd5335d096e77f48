import { contextRows } from "../autograd/context.ts";
import { broadcastTo, reshape } from "../autograd/ops/broadcast.ts";
import { conv2d } from "../autograd/ops/conv2d.ts";
import { concat } from "../autograd/ops/rearrange.ts";
import { summarized } from "../autograd/summary.ts";
import { Parameter } from "../autograd/variable.ts";
import { checkTensor } from "../tensor/checks.ts";
import { fieldsOfBoth, type Kind, kind, listOf, size } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape } from "../tensor/shape.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { type Activation, activationOf } from "./activations.ts";
import { type Conditioner, type ConditionerSizes, checkMaps, checkSizes, claimMaps } from "./conditioner.ts";
import { MLP, mlpFields } from "./mlp.ts";

// B batch, H height, W width

/** What {@link convNet} takes. Inputs, outputs and the hidden widths count channels. */
export interface ConvNetOptions extends ConditionerSizes {
  /** The channels of the hidden layers; [32, 32] by default, [] for a linear net. */
  readonly hidden?: readonly number[];
  /** Between the maps; `"tanh"` by default. */
  readonly activation?: Activation;
  /** The sides of the square kernels, odd, one per layer; 3 for the first and the last and 1 between them by default. */
  readonly kernels?: readonly number[];
}

/**
 * A convolutional net: h₀ = x, h_{i+1} = act(W_i ∗ h_i + b_i), y = W_n ∗ h + b_n, at stride 1.
 *
 * Zeros surround the images, so that height and width stay what they are; any size of image will do. The last layer starts
 * at zero: y = 0 whatever x. The other weights and biases start uniform on ±1/√(inputs·k²). A context is appended to x as
 * channels that are constant over the image.
 *
 * Shape: [B, inputs, H, W] → [B, outputs, H, W]; W_i is [outputs, inputs, k, k]. Cost: 2·B·H·W·Σ k²·inputs·outputs.
 * Throws ShapeError, and DomainError for an unknown activation and for sizes and kernels that are none.
 *
 * @example
 * const net = convNet({ inputs: 1, outputs: 2, hidden: [16], random: new Random(1) });
 * net.apply(zeros([10, 1, 28, 28])).shape; // [10, 2, 28, 28]
 * net.parameters[0].shape; // [16, 1, 3, 3]
 */
export function convNet(options: ConvNetOptions): Conditioner {
  checkOptions("convNet", options, { ...MLP, kernels: true });
  const { inputs, outputs, hidden = [32, 32], activation = "tanh", context = 0, random } = options;
  checkSizes("convNet", options);
  const act = activationOf("convNet", activation).op;
  const widths = [inputs + context, ...hidden, outputs];
  const count = widths.length - 1;
  const kernels = kernelsOf(options.kernels, count);
  checkMaps("convNet", widths, kernels);
  const layers = kernels.map((side, i) => {
    const shape = [widths[i + 1], widths[i], side, side];
    const bound = 1 / Math.sqrt(Math.max(1, widths[i] * side * side));
    const initial = (sizes: readonly number[]): Float64Array =>
      (i === count - 1 ? zeros(sizes) : random.uniform(sizes, -bound, bound)).data;
    return {
      weight: new Parameter(initial(shape), shape, `${i}.weight`),
      bias: new Parameter(initial([widths[i + 1]]), [widths[i + 1]], `${i}.bias`),
      padding: (side - 1) / 2,
    };
  });
  return summarized("convNet", {
    parameters: layers.flatMap(({ weight, bias }) => [weight, bias]),
    context,
    definition: { type: "convNet", inputs, outputs, hidden, activation, kernels, context },
    apply(x, contextValues) {
      checkTensor("convNet", "x", x);
      if (x.rank !== 4 || x.shape[1] !== inputs) {
        throw new ShapeError(`convNet: the images must be [B,${inputs},H,W]; got ${formatShape(x.shape)}`);
      }
      const [first, ...others] = layers;
      let h = conv2d(withContext(x, contextValues, context), first.weight, first.bias, { padding: first.padding });
      for (const { weight, bias, padding } of others) h = conv2d(act(h), weight, bias, { padding });
      return h;
    },
  });
}

/** x with its context as constant channels: [B, inputs, H, W] and [B, C] or [1, C] → [B, inputs + C, H, W]. */
function withContext(x: Tensor, context: Tensor | undefined, width: number): Tensor {
  const rows = contextRows("convNet", x.shape[0], context, width);
  if (rows === undefined) return x;
  const [B, , H, W] = x.shape;
  return concat([x, broadcastTo(reshape(rows, [B, width, 1, 1]), [B, width, H, W])], 1);
}

/** One odd side per layer. */
function kernelsOf(kernels: readonly number[] | undefined, layers: number): readonly number[] {
  if (kernels === undefined) return Array.from({ length: layers }, (_, i) => (i === 0 || i === layers - 1 ? 3 : 1));
  const odd = (side: number): boolean => Number.isInteger(side) && side >= 1 && side % 2 === 1;
  if (!Array.isArray(kernels) || kernels.length !== layers || !Array.from(kernels).every(odd)) {
    throw new DomainError(
      `convNet: kernels are odd integers, one for each of the ${layers} layers; got ${describeValue(kernels)}`,
    );
  }
  return [...kernels];
}

/** Rebuilds convNet from its definition. */
export const convNetEntry: Kind<Conditioner> = /*#__PURE__*/ kind(
  /*#__PURE__*/ fieldsOfBoth(mlpFields, { kernels: /*#__PURE__*/ listOf(size) }),
  (options, at) => {
    claimMaps(at, [options.inputs + options.context, ...options.hidden, options.outputs], options.kernels);
    return convNet({ ...options, random: at.random });
  },
);
