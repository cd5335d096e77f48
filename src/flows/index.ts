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
export type { RebuildOptions } from "./definitions/reading.ts";
export type { Dimensions, ImageSizes } from "./dimensions.ts";
export { additiveElement } from "./elements/additive.ts";
export { type AffineElementOptions, affineElement } from "./elements/affine.ts";
export type { Element } from "./elements/element.ts";
export type { SplineKnots } from "./elements/rationalQuadratic.ts";
export { type SplineElementOptions, splineElement } from "./elements/spline.ts";
export { Flow, type FlowDefinition, type Trace } from "./flow.ts";
export { type ActNormOptions, actNorm } from "./layers/actNorm.ts";
export { type AdditiveCouplingOptions, additiveCoupling } from "./layers/additiveCoupling.ts";
export { type Conv1x1Options, conv1x1 } from "./layers/conv1x1.ts";
export {
  type AffineCouplingOptions,
  affineCoupling,
  type CouplingOptions,
  coupling,
  type NetCouplingOptions,
} from "./layers/coupling.ts";
export { type DiagonalLinearOptions, diagonalLinear } from "./layers/diagonalLinear.ts";
export { type ElementwiseAffineOptions, elementwiseAffine } from "./layers/elementwiseAffine.ts";
export { type ElementwiseSplineOptions, elementwiseSpline } from "./layers/elementwiseSpline.ts";
export { expFlow } from "./layers/expFlow.ts";
export { fullLinear } from "./layers/fullLinear.ts";
export { type InverseAutoregressiveOptions, inverseAutoregressive } from "./layers/inverseAutoregressive.ts";
export { type LeakyReluFlowOptions, leakyReluFlow } from "./layers/leakyReluFlow.ts";
export { type LogitFlowOptions, logitFlow } from "./layers/logitFlow.ts";
export { luLinear } from "./layers/luLinear.ts";
export { type MaskedAutoregressiveOptions, maskedAutoregressive } from "./layers/maskedAutoregressive.ts";
export { type MultiScaleOptions, multiScale } from "./layers/multiScale.ts";
export {
  type OrthogonalLinearOptions,
  type OrthogonalParametrization,
  orthogonalLinear,
} from "./layers/orthogonalLinear.ts";
export { type PermutationOptions, permutation, reverse } from "./layers/permutation.ts";
export type { PointwiseOptions } from "./layers/pointwise.ts";
export { type QRLinearOptions, qrLinear } from "./layers/qrLinear.ts";
export { sigmoidFlow } from "./layers/sigmoidFlow.ts";
export { softplusFlow } from "./layers/softplusFlow.ts";
export { type SplineCouplingOptions, splineCoupling } from "./layers/splineCoupling.ts";
export { type SqueezeImageOptions, squeezeImage } from "./layers/squeezeImage.ts";
export { standardization } from "./layers/standardization.ts";
export { tanhFlow } from "./layers/tanhFlow.ts";
export { type TriangularLinearOptions, triangularLinear } from "./layers/triangularLinear.ts";
export type { LinearStart } from "./layers/weights.ts";
export { alternatingMask, channelMask, checkerboardMask, complement, halvesMask } from "./masks.ts";
export { type GlowOptions, glow } from "./models/glow.ts";
export { type IafOptions, iaf } from "./models/iaf.ts";
export { type MafOptions, maf } from "./models/maf.ts";
export { type NiceOptions, nice } from "./models/nice.ts";
export { type RealNVPOptions, realNVP } from "./models/realNVP.ts";
export { type SplineFlowOptions, splineFlow } from "./models/splineFlow.ts";
export { bijectionFrom, flowFrom } from "./registry.ts";
