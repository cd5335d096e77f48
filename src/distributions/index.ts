export type { Distribution, SampleWithLogProb } from "./distribution.ts";
export { fitNormal, NotPositiveDefiniteError } from "./fitNormal.ts";
export { standardNormal } from "./standardNormal.ts";
