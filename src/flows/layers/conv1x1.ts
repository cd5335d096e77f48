// z[:, i, j] = W·x[:, i, j] at every pixel: log|det J| = H·W·ln|det W|.
import { mul, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/broadcast.ts";
import { permute } from "../../autograd/ops/rearrange.ts";
import type { Variable } from "../../autograd/variable.ts";
import { fieldsOfBoth, type Kind, kind, oneOf, optional, size } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import type { Random } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { imageFields, imageShape } from "../dimensions.ts";
import { layer } from "../layer.ts";
import { constantLogDet } from "../logDet.ts";
import { fullMap } from "./fullLinear.ts";
import { checkReflections } from "./householder.ts";
import { type BiasOption, type LinearLayer, type LinearMap, matricesOf, readBias, withBias } from "./linearMap.ts";
import { luMap, luStartAt } from "./luLinear.ts";
import { type QRLinearOptions, qrMap } from "./qrLinear.ts";
import { checkSameShape, checkWeight } from "./weights.ts";

// B images of C channels, H rows and W columns

const MAPS: Readonly<Record<Parametrization, (operation: string, options: QRLinearOptions) => LinearMap>> = {
  lu: luMap,
  qr: qrMap,
  full: fullMap,
};

type Parametrization = "lu" | "qr" | "full";

/** What {@link conv1x1} takes: the size of the images, how W is made, and how it starts, as in the linear layers. */
export type Conv1x1Options = {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** As luLinear, qrLinear or fullLinear; `"lu"` by default. */
  readonly parametrization?: Parametrization;
} & BiasOption &
  (
    | { readonly random: Random; readonly reflections?: number; readonly weight?: undefined }
    | { readonly weight: Tensor; readonly random?: undefined; readonly reflections?: undefined }
  );

/**
 * z[:, i, j] = W·x[:, i, j]: the same invertible matrix [C, C] at every pixel, a permutation of channels that is learned.
 *
 * Log-det: H·W·ln|det W|, the same at every image. Inverse: W⁻¹ at every pixel, as the linear layer of that parametrization.
 * Parameters: those of luLinear, qrLinear or fullLinear in C dimensions. Starts at a random rotation, or at the weight given.
 * Smoothness: C∞ (linear). Cost: O(H·W·C²) both ways; the log-det O(C), for `"full"` O(C³) whatever the size of the image.
 * Throws DomainError, ShapeError, and SingularMatrixError as the linear layers.
 * Reference: Kingma & Dhariwal (2018), §3.2, https://arxiv.org/abs/1807.03039; for QR Hoogeboom, van den Berg & Welling (2019),
 * §3.2, https://arxiv.org/abs/1901.11137.
 *
 * @example
 * const mix = conv1x1({ channels: 2, height: 1, width: 2, weight: tensor([[0, 2], [1, 0]]) });
 * mix.forward(tensor([[[[1, 2]], [[3, 4]]]])); // { z: [[[[6, 8]], [[1, 2]]]], logDet: [1.38629] }, 2 ln 2
 */
export function conv1x1(options: Conv1x1Options): LinearLayer {
  checkOptions("conv1x1", options, {
    channels: true,
    height: true,
    width: true,
    parametrization: true,
    random: true,
    reflections: true,
    weight: true,
    bias: true,
  });
  const { parametrization = "lu" } = options;
  const [C, H, W] = imageShape("conv1x1", options);
  if (typeof parametrization !== "string" || !Object.hasOwn(MAPS, parametrization)) {
    const names = Object.keys(MAPS).join(", ");
    throw new DomainError(`conv1x1: the parametrization is one of ${names}; got ${describeValue(parametrization)}`);
  }
  const map = MAPS[parametrization]("conv1x1", startOf(options));
  const { bias } = options;
  const { parameters, buffers = new Map(), apply, solve, bias: b } = withBias("conv1x1", map, bias);
  /** What a map does to rows, done to pixels: channels last, and one row per pixel. */
  const pixels = (x: Tensor, rows: (X: Tensor) => Variable): Variable => {
    const B = x.shape[0];
    const X = reshape(permute(x, [0, 2, 3, 1]), [B * H * W, C]);
    return permute(reshape(rows(X), [B, H, W, C]), [0, 3, 1, 2]);
  };
  const definition = { type: "conv1x1", channels: C, height: H, width: W, parametrization, ...(bias ? { bias } : {}) };
  const convolution = layer({
    shape: [C, H, W],
    parameters,
    buffers,
    definition: parametrization === "qr" ? { ...definition, reflections: parameters[0].shape[0] } : definition,
    forward(x) {
      const logDet = constantLogDet(mul(H * W, map.logAbsDet()), x);
      return { z: pixels(x, apply), logDet };
    },
    inverse(z) {
      const logDet = constantLogDet(mul(H * W, sub(0, map.logAbsDet())), z);
      return { x: pixels(z, solve), logDet };
    },
  });
  return Object.assign(convolution, matricesOf(map), { bias: b });
}

function startOf({ channels, weight, random, reflections }: Conv1x1Options): QRLinearOptions {
  if (weight === undefined)
    return { dimensions: channels, random, ...(reflections === undefined ? {} : { reflections }) };
  checkSameShape("conv1x1", checkWeight("conv1x1", weight), [channels, channels]);
  return { weight };
}

/** Rebuilds conv1x1 from its definition. */
export const conv1x1Entry: Kind<Bijection> = /*#__PURE__*/ kind(
  /*#__PURE__*/ fieldsOfBoth(imageFields, {
    parametrization: /*#__PURE__*/ oneOf("lu", "qr", "full"),
    reflections: /*#__PURE__*/ optional(size),
    bias: readBias,
  }),
  ({ parametrization, reflections, bias: given, ...sizes }, at) => {
    const bias = defined({ bias: given });
    const C = sizes.channels;
    checkReflections(at, reflections, parametrization === "qr");
    if (parametrization === "lu") return conv1x1({ ...sizes, parametrization, weight: luStartAt(at, C), ...bias });
    at.claim((C + (reflections ?? 0) + 2) * C);
    return conv1x1({ ...sizes, parametrization, random: at.random, ...bias, ...defined({ reflections }) });
  },
);
