export {
  describeModel,
  type LoadedModel,
  type LoadOptions,
  loadFlow,
  loadModel,
  type ModelDescription,
  type ModelExtra,
  saveFlow,
} from "./files/flowFile.ts";
export { FormatError } from "./formatError.ts";
export { type CsvOptions, readCsv, writeCsv } from "./tables/csv.ts";
export { type CellValue, CsvError, fromRows, type Table } from "./tables/table.ts";
