export {
  type Bijection,
  type BijectionDefinition,
  type Composition,
  type Cost,
  compose,
  type ForwardResult,
  type InverseResult,
  invert,
} from "./bijection.ts";
export type { Dimensions, ImageSizes } from "./dimensions.ts";
export { type AffineElementOptions, affineElement } from "./elements/affine.ts";
export type { Element } from "./elements/element.ts";
export { Flow, type Trace } from "./flow.ts";
export { type ActNormOptions, actNorm } from "./layers/actNorm.ts";
export { type Conv1x1Options, conv1x1 } from "./layers/conv1x1.ts";
export {
  type AffineCouplingOptions,
  affineCoupling,
  type CouplingOptions,
  coupling,
  type NetCouplingOptions,
} from "./layers/coupling.ts";
export { type DiagonalLinearOptions, diagonalLinear } from "./layers/diagonalLinear.ts";
export { fullLinear } from "./layers/fullLinear.ts";
export { type InverseAutoregressiveOptions, inverseAutoregressive } from "./layers/inverseAutoregressive.ts";
export { luLinear } from "./layers/luLinear.ts";
export { type MaskedAutoregressiveOptions, maskedAutoregressive } from "./layers/maskedAutoregressive.ts";
export { type MultiScaleOptions, multiScale } from "./layers/multiScale.ts";
export {
  type OrthogonalLinearOptions,
  type OrthogonalParametrization,
  orthogonalLinear,
} from "./layers/orthogonalLinear.ts";
export { type PermutationOptions, permutation, reverse } from "./layers/permutation.ts";
export { type QRLinearOptions, qrLinear } from "./layers/qrLinear.ts";
export { type SqueezeImageOptions, squeezeImage } from "./layers/squeezeImage.ts";
export { standardization } from "./layers/standardization.ts";
export { type TriangularLinearOptions, triangularLinear } from "./layers/triangularLinear.ts";
export type { LinearStart } from "./layers/weights.ts";
export { alternatingMask, channelMask, checkerboardMask, complement, halvesMask } from "./masks.ts";
export { type GlowOptions, glow } from "./models/glow.ts";
export { type IafOptions, iaf } from "./models/iaf.ts";
export { type MafOptions, maf } from "./models/maf.ts";
export { type RealNVPOptions, realNVP } from "./models/realNVP.ts";
