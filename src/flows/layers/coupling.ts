import type { Variable } from "../../autograd/variable.ts";
import type { Conditioner, ConditionerSizes } from "../../nets/conditioner.ts";
import { type ConvNetOptions, convNet } from "../../nets/convNet.ts";
import { mlp } from "../../nets/mlp.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { checkBatch, formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type Dimensions, pointShape } from "../dimensions.ts";
import { type AffineElementOptions, affineElement } from "../elements/affine.ts";
import type { Element } from "../elements/element.ts";
import { channelMask, checkerboardMask, halvesMask } from "../masks.ts";
import { defined } from "../options.ts";
import { partitionOf } from "./partition.ts";

// B batch, P raw numbers per moved coordinate; x_a passes, x_b is moved

/** What {@link coupling} takes. */
export interface CouplingOptions {
  /** D, at least 2, or the shape [C, H, W] of images. */
  readonly dimensions: Dimensions;
  /**
   * 1: passes unchanged and conditions; 0: is moved; one entry per coordinate, for images in row-major order. By default the
   * first half passes, of images the first half of the channels (of a single channel, every other pixel).
   */
  readonly mask?: ArrayLike<number>;
  readonly element: Element;
  /** The net that sees what passes, or what makes one of the right sizes; `mlp` by default, `convNet` for images. */
  readonly conditioner?: Conditioner | ((sizes: ConditionerSizes) => Conditioner);
  /** The width of the context; 0 for none. */
  readonly context?: number;
  readonly random: Random;
}

/**
 * z_a = x_a,  z_b = element(x_b; net(x_a)): one part of the coordinates passes, and says how the other part is moved.
 *
 * Of images, a mask that is constant over each channel lets whole channels pass, and the net sees those, [B, Ca, H, W] →
 * [B, P·Cb, H, W]. Any other mask divides pixel by pixel, and the net sees the image with zeros where it is moved,
 * [B, C, H, W] → [B, P·C, H, W]; what it says about pixels that pass is not used.
 *
 * Log-det: that of the element; J is block triangular, with the identity in the block of x_a.
 * Inverse: x_a = z_a, x_b = element⁻¹(z_b; net(z_a)): the net is never inverted.
 * Parameters: the net's; its last layer starts at zero, so that the layer starts at the identity (affine elements).
 * Smoothness: that of element and net. Cost: one pass of the net both ways.
 * Throws DomainError for D < 2 or a mask that moves nothing or lets nothing pass, ShapeError for other sizes.
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516; masks of images: Dinh, Sohl-Dickstein & Bengio
 * (2017), §3.4, https://arxiv.org/abs/1605.08803.
 */
export function coupling(options: CouplingOptions): Bijection {
  const { dimensions, element, conditioner, context = 0, random } = options;
  const shape = pointShape("coupling", dimensions);
  const mask = options.mask ?? defaultMask(shape);
  const parts = partitionOf("coupling", shape, mask);
  const sizes = { inputs: parts.inputs, outputs: element.rawPerDimension * parts.outputs, context, random };
  const make = conditioner ?? (shape.length === 1 ? mlp : convNet);
  const net = typeof make === "function" ? make(sizes) : make;
  for (const parameter of net.parameters) parameter.rename(`conditioner.${parameter.name}`);

  /** The raw numbers of what is moved, from the net's view of what passes. */
  const rawFrom = (seen: Variable, contextValues: Tensor | undefined): Variable => {
    const output = net.apply(seen, contextValues);
    const expected = [seen.shape[0], sizes.outputs, ...shape.slice(1)];
    if (!sameShape(output.shape, expected)) {
      throw new ShapeError(
        `coupling: the conditioner must give ${formatShape(expected)}; got ${formatShape(output.shape)}`,
      );
    }
    return parts.rawOfMoved(output);
  };
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: net.parameters,
    buffers: new Map(),
    definition: {
      type: "coupling",
      dimensions,
      mask: Array.from(mask),
      context,
      element: element.definition,
      conditioner: net.definition,
    },
    cost: { forward: "parallel", inverse: "parallel" },
    forward(x, contextValues) {
      checkBatch("coupling", x.shape, shape);
      const { passing: xa, moved: xb, seen } = parts.divide(x);
      const { z: zb, logDet } = element.forward(xb, rawFrom(seen, contextValues));
      return { z: parts.join(xa, zb), logDet };
    },
    inverse(z, contextValues) {
      checkBatch("coupling", z.shape, shape);
      const { passing: za, moved: zb, seen } = parts.divide(z);
      const { x: xb, logDet } = element.inverse(zb, rawFrom(seen, contextValues));
      return { x: parts.join(za, xb), logDet };
    },
  };
}

/** What couplings of a certain element take: a coupling's options but the element, and those of the net they make. */
export interface NetCouplingOptions
  extends Omit<CouplingOptions, "element">,
    Pick<ConvNetOptions, "hidden" | "activation" | "kernels"> {}

/** A coupling with that element, and with a net of those options if there is no other conditioner; kernels are for images. */
export function couplingWith(operation: string, element: Element, options: NetCouplingOptions): Bijection {
  const { dimensions, mask, context, random, conditioner, hidden, activation, kernels } = options;
  const D = sizeOf(pointShape(operation, dimensions));
  if (D < 2) throw new DomainError(`${operation}: D must be at least 2; got ${D}`);
  if (typeof dimensions === "number" && kernels !== undefined) {
    throw new DomainError(`${operation}: kernels are for images; got ${describeValue(kernels)} for D = ${D}`);
  }
  const make = (sizes: ConditionerSizes): Conditioner =>
    typeof dimensions === "number"
      ? mlp({ ...sizes, ...defined({ hidden, activation }) })
      : convNet({ ...sizes, ...defined({ hidden, activation, kernels }) });
  return coupling({ dimensions, random, element, conditioner: conditioner ?? make, ...defined({ mask, context }) });
}

/** What {@link affineCoupling} takes: the options of a coupling and its net, and those of its element. */
export interface AffineCouplingOptions extends NetCouplingOptions, AffineElementOptions {}

/**
 * RealNVP's layer: z_a = x_a,  z_b = (x_b − μ(x_a))·exp(−log σ(x_a)). A coupling with an affine element.
 *
 * Log-det: −Σ log σ. Inverse: x_b = z_b·σ(z_a) + μ(z_a). Parameters: the net's, log σ bounded. Smoothness: C∞.
 * Cost: one pass of the net both ways. Throws as {@link coupling}.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803.
 */
export function affineCoupling(options: AffineCouplingOptions): Bijection {
  return couplingWith("affineCoupling", affineElement(options), options);
}

/** The first half passes; of the pixels of a single channel, every other one. */
function defaultMask(shape: Shape): Uint8Array {
  const [C, H, W] = shape;
  if (shape.length === 1) return halvesMask(C);
  return C > 1 ? channelMask(C, H, W) : checkerboardMask(C, H, W);
}
