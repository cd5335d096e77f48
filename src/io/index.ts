export { FormatError } from "./formatError.ts";
export type { CellPlace, ColumnReport, SetAsideColumn } from "./tables/columnReport.ts";
export { type CsvOptions, readCsv, writeCsv } from "./tables/csv.ts";
export { CsvError } from "./tables/csvError.ts";
export { type CellValue, fromRows } from "./tables/fromRows.ts";
export type { Table } from "./tables/table.ts";
