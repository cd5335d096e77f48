export { ThreadError, type ThreadsOptions, type ThreadWorker } from "../plan/threads/team.ts";
export { type AdamOptions, adam } from "./adam.ts";
export { adamW } from "./adamW.ts";
export { saveCheckpoint } from "./checkpoint.ts";
export { clipGradNorm, gradNorm } from "./clipGradNorm.ts";
export { fit } from "./fit.ts";
export type { Draw } from "./freshBatches.ts";
export type { NumberOf } from "./groups.ts";
export type { Epoch, History, Step } from "./history.ts";
export { type EvidenceOptions, type LogEvidence, logEvidence } from "./logEvidence.ts";
export { forwardKL, type Objective, reverseKL, reverseKLByScore, type Target } from "./objectives.ts";
export type { Optimizer, OptimizerOptions, OptimizerState } from "./optimizer.ts";
export { type RmspropOptions, rmsprop } from "./rmsprop.ts";
export type { Rows } from "./rows.ts";
export {
  type CosineScheduleOptions,
  cosineSchedule,
  type ExponentialScheduleOptions,
  exponentialSchedule,
  type MultiStepScheduleOptions,
  multiStepSchedule,
  type Schedule,
  type StepScheduleOptions,
  stepSchedule,
  type WarmupCosineScheduleOptions,
  type WarmupScheduleOptions,
  warmupCosineSchedule,
  warmupSchedule,
} from "./schedules.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
export { StateMismatchError } from "./stateMismatchError.ts";
export { train } from "./train.ts";
export type { TrainOptions } from "./trainOptions.ts";
export { type TrainTestSplit, type TrainTestSplitOptions, trainTestSplit } from "./trainTestSplit.ts";
