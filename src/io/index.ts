export { FormatError } from "./formatError.ts";
export { type CsvOptions, readCsv, writeCsv } from "./tables/csv.ts";
export { type CellValue, CsvError, fromRows, type Table } from "./tables/table.ts";
