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
export { type AffineElementOptions, affineElement } from "./elements/affine.ts";
export type { Element } from "./elements/element.ts";
export { Flow, type Trace } from "./flow.ts";
export { actNorm } from "./layers/actNorm.ts";
export { type AffineCouplingOptions, affineCoupling, type CouplingOptions, coupling } from "./layers/coupling.ts";
export { type InverseAutoregressiveOptions, inverseAutoregressive } from "./layers/inverseAutoregressive.ts";
export { type MaskedAutoregressiveOptions, maskedAutoregressive } from "./layers/maskedAutoregressive.ts";
export { type PermutationOptions, permutation, reverse } from "./layers/permutation.ts";
export { standardization } from "./layers/standardization.ts";
export { alternatingMask, complement, halvesMask } from "./masks.ts";
export { type IafOptions, iaf } from "./models/iaf.ts";
export { type MafOptions, maf } from "./models/maf.ts";
export { type RealNVPOptions, realNVP } from "./models/realNVP.ts";
