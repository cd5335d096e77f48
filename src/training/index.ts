export { type AdamOptions, adam } from "./adam.ts";
export { clipGradNorm, gradNorm } from "./clipGradNorm.ts";
export { fit } from "./fit.ts";
export { forwardKL, type Objective } from "./objectives.ts";
export type { Optimizer, OptimizerOptions, OptimizerState } from "./optimizer.ts";
export { type CosineScheduleOptions, cosineSchedule, type Schedule } from "./schedules.ts";
export { type Epoch, type History, type Step, type TrainOptions, train } from "./train.ts";
