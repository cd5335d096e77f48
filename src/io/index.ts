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
export type { ArrowModule } from "./tables/arrow.ts";
export type { TableSource } from "./tables/byteSource.ts";
export type { CellPlace, ColumnReport, SetAsideColumn } from "./tables/columnReport.ts";
export { type CsvOptions, readCsv, writeCsv } from "./tables/csv.ts";
export { CsvError } from "./tables/csvError.ts";
export { type CellValue, fromRows } from "./tables/fromRows.ts";
export type { ParquetModule } from "./tables/parquet.ts";
export { readTable, streamTable, type TableStream } from "./tables/readTable.ts";
export type { Table } from "./tables/table.ts";
export type { TableOptions, TableReaders } from "./tables/tableOptions.ts";
