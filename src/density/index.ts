export type { Candidate, Choice } from "./choice.ts";
export type { ColumnType, ColumnTypeOption } from "./columnType.ts";
export type { ConstantColumn, GivenColumn, ModelledColumn } from "./coordinates.ts";
export type { Evaluation } from "./densityEvaluation.ts";
export type { DensityFacts } from "./densityFile.ts";
export {
  DensityModel,
  type DensityPlotOptions,
  type DensitySample,
  type DensitySampleOptions,
  type Difference,
} from "./densityModel.ts";
export type { DensityOptions } from "./densityOptions.ts";
export type { DensityRows } from "./densityRows.ts";
export { estimateDensity } from "./estimateDensity.ts";
export type { ColumnExplanation } from "./explanation.ts";
export type { TypesOption } from "./inferTypes.ts";
export type { ModelKind } from "./recipes.ts";
