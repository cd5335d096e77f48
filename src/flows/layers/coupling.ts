// z_a = x_a, z_b = element(x_b; net(x_a)): J is block triangular, and log|det J| is the element's.
import { take } from "../../autograd/ops/indexing.ts";
import { concat } from "../../autograd/ops/rearrange.ts";
import { checkParameters } from "../../autograd/parts.ts";
import type { Variable } from "../../autograd/variable.ts";
import { type Conditioner, type ConditionerSizes, checkNet, readConditioner } from "../../nets/conditioner.ts";
import { type ConvNetOptions, convNet } from "../../nets/convNet.ts";
import { mlp } from "../../nets/mlp.ts";
import { checkTensor } from "../../tensor/checks.ts";
import { type Kind, kind, listOf, size } from "../../tensor/definitions/reading.ts";
import { definitionOf } from "../../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { checkOptions, defined, type Known } from "../../tensor/options.ts";
import type { Random } from "../../tensor/random.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type Dimensions, pointShape, readDimensions } from "../dimensions.ts";
import { checkElement, type Element, readElement } from "../elements/element.ts";
import { holding, layer } from "../layer.ts";
import { channelMask, checkerboardMask, halvesMask } from "../masks.ts";
import { maskOfChannels, pixelSplit } from "./imageSplit.ts";
import { inversePermutation } from "./permutation.ts";

// B batch, Da coordinates pass and Db are moved, P raw numbers per moved coordinate

/** What {@link coupling} takes. */
export interface CouplingOptions {
  /** D, at least 2, or the shape [C, H, W] of images. */
  readonly dimensions: Dimensions;
  /**
   * 1: passes unchanged and conditions; 0: is moved; one entry per coordinate, for images in row-major order. By default the
   * first half passes, of images the first half of the channels (of a single channel, every other pixel).
   */
  readonly mask?: ArrayLike<number>;
  /** How x_b is moved. */
  readonly element: Element;
  /** The net that sees what passes, or what makes one of the right sizes; `mlp` by default, `convNet` for images. */
  readonly conditioner?: Conditioner | ((sizes: ConditionerSizes) => Conditioner);
  /** The width of the context; 0 for none. */
  readonly context?: number;
  /** Draws the start of the net. */
  readonly random: Random;
}

/**
 * z_a = x_a,  z_b = element(x_b; net(x_a)): one part of the coordinates passes, and says how the other part is moved.
 *
 * Of images, a mask that is constant over each channel lets whole channels pass, and the net sees those, [B, Ca, H, W] →
 * [B, P·Cb, H, W]. Any other mask divides pixel by pixel, and the net sees the image with zeros where it is moved,
 * [B, C, H, W] → [B, P·C, H, W]; what it says about pixels that pass is not used.
 *
 *     J = [ I            0                      ]     (x_a first)
 *         [ ∂z_b/∂x_a    diagonal: ∂z_b/∂x_b    ]
 *
 * Log-det: that of the element, since J is block triangular, with the identity in the block of x_a.
 * Inverse: x_a = z_a, x_b = element⁻¹(z_b; net(z_a)): one pass of the net, which is never inverted itself.
 * It is the autoregressive layer in which the coordinates of x_a depend on nothing (and stay where they are) and those of x_b on x_a
 * alone: D steps become two.
 * Parameters: the net's; its last layer starts at zero, so that the layer starts at the identity (affine elements).
 * Smoothness: that of element and net. Cost: one pass of the net both ways.
 * Throws DomainError for D < 2 or a mask that moves nothing or lets nothing pass, ShapeError for other sizes.
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516; masks of images: Dinh, Sohl-Dickstein & Bengio
 * (2017), §3.4, https://arxiv.org/abs/1605.08803.
 *
 * @example
 * const conditioner = (sizes: ConditionerSizes) => linear({ ...sizes, start: "random" });
 * const coupled = coupling({ dimensions: 2, element: affineElement(), conditioner, random: new Random(1) });
 * const x = tensor([[1, 2]]);
 * const J = reshape(jacobian((x) => coupled.forward(x).z, x), [2, 2]); // [[1, 0], [-0.453282, 0.360847]]
 * logAbsDet(J); // -1.0193, at the cost of D³
 * coupled.forward(x).logDet; // [-1.0193], at the cost of D
 */
export function coupling(options: CouplingOptions): Bijection {
  checkOptions("coupling", options, {
    dimensions: true,
    mask: true,
    element: true,
    conditioner: true,
    context: true,
    random: true,
  });
  return couplingOf("coupling", options);
}

/** The coupling, refused in the name of the function that was called. */
function couplingOf(operation: string, options: CouplingOptions): Bijection {
  const { dimensions, conditioner, context = 0, random } = options;
  const shape = pointShape(operation, dimensions);
  const mask = checkMask(operation, options.mask ?? defaultMask(shape), shape);
  const element = checkElement(operation, options.element);
  if (typeof conditioner !== "object") checkNet(operation, { context, random });
  const channels = maskOfChannels(mask, shape); // of a vector the mask itself
  const split = channels === null ? pixelSplit(mask, shape, splitBy(mask)) : splitBy(channels);
  const sizes = { inputs: split.inputs, outputs: element.rawPerDimension * split.outputs, context, random };
  const make = conditioner ?? (shape.length === 1 ? mlp : convNet);
  const net = checkConditioner(operation, typeof make === "function" ? make(sizes) : make);
  if (options.context !== undefined && (net.context ?? context) !== context) {
    throw new ShapeError(`${operation}: the conditioner takes a context of width ${net.context}; got ${context}`);
  }

  /** The raw numbers of x_b, from the net's view of x_a. [B, P·Db] */
  const rawFrom = (seen: Variable, given: Tensor | undefined): Variable => {
    const output = net.apply(seen, given);
    checkTensor(operation, "what the conditioner gives", output);
    const expected = [seen.shape[0], sizes.outputs, ...shape.slice(1)];
    if (sameShape(output.shape, expected)) return split.rawOfMoved(output);
    throw new ShapeError(
      `${operation}: the conditioner must give ${formatShape(expected)}; got ${formatShape(output.shape)}`,
    );
  };
  const made = layer({
    shape,
    parts: { conditioner: net },
    ...defined({ context: net.context ?? options.context }),
    definition: {
      type: "coupling",
      dimensions,
      mask,
      context: net.context ?? context,
      element: element.definition,
      conditioner: definitionOf(net),
    },
    forward(x, given) {
      const { xa, xb, seen } = split.divide(x);
      const { z: zb, logDet } = element.forward(xb, rawFrom(seen, given)) ?? {};
      return { z: split.join(xa, zb), logDet };
    },
    inverse(z, given) {
      const { xa: za, xb: zb, seen } = split.divide(z);
      const { x: xb, logDet } = element.inverse(zb, rawFrom(seen, given)) ?? {};
      return { x: split.join(za, xb), logDet };
    },
  });
  return holding(made, element);
}

/** How a coupling splits its points x = (x_a, x_b) into what passes and what is moved. */
export interface Split {
  /** What the net sees: coordinates of vectors, channels of images. */
  readonly inputs: number;
  /** For how many coordinates, or channels, the net speaks: it gives P numbers for each. */
  readonly outputs: number;
  /** x_a, x_b, and the net's view of x_a. */
  divide(x: Tensor): { readonly xa: Variable; readonly xb: Variable; readonly seen: Variable };
  /** The raw numbers of x_b, out of all that the net gives. */
  rawOfMoved(output: Variable): Variable;
  /** The point again. */
  join(xa: Variable, xb: Variable): Variable;
}

/** Along axis 1, x_a are the coordinates (or channels) where the mask is 1, x_b those where it is 0. */
function splitBy(mask: readonly number[]): Split {
  const [a, b] = [1, 0].map((role) => mask.flatMap((entry, i) => (entry === role ? [i] : []))); // where the mask is 1, and 0
  const together = inversePermutation([...a, ...b]);
  return {
    inputs: a.length,
    outputs: b.length,
    divide(x) {
      const xa = take(x, a, 1); // [B, Da]
      return { xa, xb: take(x, b, 1), seen: xa };
    },
    rawOfMoved: (output) => output,
    join: (xa, xb) => take(concat([xa, xb], 1), together, 1),
  };
}

/** x, if it is a net. Throws DomainError. */
function checkConditioner(operation: string, x: unknown): Conditioner {
  if (typeof (x as Partial<Conditioner> | undefined)?.apply !== "function") {
    const rule = "a conditioner is a net, or a function that makes one";
    throw new DomainError(`${operation}: ${rule}; got ${describeValue(x)}`);
  }
  checkParameters(operation, "the conditioner", x);
  return x as Conditioner;
}

/** The first half passes; of the pixels of a single channel, every other one. */
function defaultMask(shape: Shape): Uint8Array {
  const [C, H, W] = shape;
  if (shape.length === 1) return halvesMask(C);
  return C > 1 ? channelMask(C, H, W) : checkerboardMask(C, H, W);
}

/** The mask as a list. Throws unless it has zeros and ones, some of each, one for each coordinate. */
function checkMask(operation: string, mask: ArrayLike<number>, shape: Shape): number[] {
  const D = sizeOf(shape);
  if (D < 2) throw new DomainError(`${operation}: D must be at least 2; got ${D}`);
  if (mask?.length !== D) {
    const came = mask?.length ?? describeValue(mask);
    throw new ShapeError(`${operation}: the mask needs one entry per coordinate; got ${came} for D = ${D}`);
  }
  const entries = Array.from(mask);
  if (entries.every((entry) => entry === 0 || entry === 1) && entries.includes(0) && entries.includes(1))
    return entries;
  throw new DomainError(`${operation}: a mask has zeros and ones, and some of each; got ${describeValue(entries)}`);
}

/** What couplings of a certain element take: a coupling's options but the element, and those of the net they make. */
export interface NetCouplingOptions
  extends Omit<CouplingOptions, "element">,
    Pick<ConvNetOptions, "hidden" | "activation" | "kernels"> {}

/** The names of these options, besides those of the points and of images. */
export const COUPLED: Known<Omit<NetCouplingOptions, "dimensions" | "mask" | "kernels">> = {
  conditioner: true,
  context: true,
  random: true,
  hidden: true,
  activation: true,
};

/**
 * A coupling with that element, and with a net of those options if there is no other conditioner; kernels are for images. Throws in the
 * name of the operation.
 */
export function couplingWith(operation: string, element: Element, options: NetCouplingOptions): Bijection {
  const { dimensions, mask, context, random, conditioner, hidden, activation, kernels } = options;
  const D = sizeOf(pointShape(operation, dimensions));
  const idle = Object.keys(defined({ hidden, activation, kernels }));
  if (conditioner !== undefined && idle.length > 0) {
    throw new DomainError(`${operation}: a conditioner comes with its own options; got ${idle.join(", ")}`);
  }
  if (conditioner === undefined) checkNet(operation, options);
  if (typeof dimensions === "number" && kernels !== undefined) {
    throw new DomainError(`${operation}: kernels are for images; got ${describeValue(kernels)} for D = ${D}`);
  }
  const make = (sizes: ConditionerSizes): Conditioner =>
    typeof dimensions === "number"
      ? mlp({ ...sizes, ...defined({ hidden, activation }) })
      : convNet({ ...sizes, ...defined({ hidden, activation, kernels }) });
  return couplingOf(operation, {
    dimensions,
    random,
    element,
    conditioner: conditioner ?? make,
    ...defined({ mask, context }),
  });
}

/** Rebuilds coupling from its definition. */
export const couplingEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  {
    dimensions: readDimensions,
    mask: /*#__PURE__*/ listOf(size),
    context: size,
    element: readElement,
    conditioner: readConditioner,
  },
  (options, at) =>
    coupling({
      ...options,
      conditioner(needed) {
        const { inputs, outputs } = options.conditioner.definition;
        if (inputs === needed.inputs && outputs === needed.outputs) return options.conditioner;
        throw at.refusal(
          `needs a conditioner of ${needed.inputs} inputs and ${needed.outputs} outputs; got ${inputs} and ${outputs}`,
        );
      },
      random: at.random,
    }),
);
