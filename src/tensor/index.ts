export { DiffeoError, DomainError, LimitError, ShapeError } from "./errors.ts";
export { Random, type RandomState } from "./random.ts";
export type { Shape } from "./shape.ts";
export { type Kernels, useKernels } from "./simd/webAssembly.ts";
export {
  arange,
  eye,
  full,
  linspace,
  type NestedArray,
  ones,
  Tensor,
  tensor,
  zeros,
} from "./tensor.ts";
export type { TensorJson } from "./tensorJson.ts";
