export { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
export type { Distribution, SampleWithLogProb } from "./distribution.ts";
export { fitNormal } from "./fitNormal.ts";
export { standardNormal } from "./standardNormal.ts";
