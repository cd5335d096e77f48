export { type CsvOptions, readCsv, writeCsv } from "./csv.ts";
export { type CellValue, CsvError, fromRows, type Table } from "./table.ts";
