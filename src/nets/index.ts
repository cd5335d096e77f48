export type { Definition, Json } from "../tensor/definitions/definition.ts";
export type { Activation } from "./activations.ts";
export { type Conditioner, type ConditionerSizes, readConditioner } from "./conditioner.ts";
export { type ConvNetOptions, convNet } from "./convNet.ts";
export type { Order } from "./dependencies.ts";
export { type LinearOptions, linear } from "./linear.ts";
export { type MaskedMap, type MaskedMlp, type MaskedMlpOptions, maskedMlp } from "./maskedMlp.ts";
export { type MlpOptions, mlp } from "./mlp.ts";
export { type ResidualMlpOptions, residualMlp } from "./residualMlp.ts";
