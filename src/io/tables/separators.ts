import { DomainError, describeValue } from "../../tensor/errors.ts";
import { encodeUtf8 } from "../utf8.ts";
import type { RowRules } from "./rowScanner.ts";

/**
 * The rules for a separator. `strict` are those of RFC 4180. Else blanks may stand around quotes; where a comma separates, quotes mean the
 * same, and anywhere else a quote within a cell is a character, as PostgreSQL and spreadsheets write them.
 */
export function rulesFor(separator: string, strict: boolean): RowRules {
  const runs = separator === " " && !strict;
  return {
    separator: encodeUtf8(separator),
    runs,
    bareQuotes: !strict && separator !== ",",
    loose: !strict,
  };
}

/** Throws DomainError unless it is one character that can stand between cells. */
export function checkSeparator(operation: string, separator: unknown): void {
  if (typeof separator === "string" && separator.length === 1 && !['"', "\r", "\n"].includes(separator)) return;
  throw new DomainError(`${operation}: the separator must be one character, no quote; got ${describeValue(separator)}`);
}

/** Throws DomainError unless it is a decimal sign. */
export function checkDecimal(operation: string, decimal: unknown): void {
  if (decimal === "." || decimal === ",") return;
  throw new DomainError(`${operation}: decimal must be "." or ","; got ${describeValue(decimal)}`);
}

/** The name of a separator in a sentence. */
export function separatorName(separator: string): string {
  if (separator === "\t") return "tabs";
  return separator === " " ? "blanks" : separator === "," ? "commas" : JSON.stringify(separator);
}
