export type { Conditioner, ConditionerSizes, Definition, Json } from "./conditioner.ts";
export { type LinearOptions, linear } from "./linear.ts";
export { type Activation, type MlpOptions, mlp } from "./mlp.ts";
