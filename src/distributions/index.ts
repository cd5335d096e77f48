export { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
export { type DiagonalNormal, type DiagonalNormalOptions, diagonalNormal } from "./diagonalNormal.ts";
export {
  type Distribution,
  type DistributionWithMoments,
  type FactorizedDistribution,
  type ReparametrizedDistribution,
  readDistribution,
  type SampleWithLogProb,
} from "./distribution.ts";
export { effectiveSampleSize } from "./effectiveSampleSize.ts";
export { type FitMixtureOptions, type FittedMixture, fitMixture } from "./fitMixture.ts";
export { fitNormal } from "./fitNormal.ts";
export { klDivergence } from "./klDivergence.ts";
export { laplace } from "./laplace.ts";
export type { LocationScaleOptions } from "./locationScale.ts";
export { logistic } from "./logistic.ts";
export { type MixtureOptions, mixture } from "./mixture.ts";
export { type MultivariateNormal, type MultivariateNormalOptions, multivariateNormal } from "./multivariateNormal.ts";
export { standardNormal } from "./standardNormal.ts";
export { type StudentTOptions, studentT } from "./studentT.ts";
export { type UniformOptions, uniform } from "./uniform.ts";
