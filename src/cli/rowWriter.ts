/** What the column of log-likelihoods is called. */
export const SCORE_COLUMN = "logLikelihood";

/** Cells as a line of a table, in quotes where they would be read differently without. */
export function lineOfCells(cells: readonly string[], separator: string): string {
  const line = cells
    .map((cell) => (needsQuotes(cell, separator) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(separator);
  return `${line === "" ? '""' : line}\n`;
}

function needsQuotes(cell: string, separator: string): boolean {
  return cell.includes(separator) || /["\r\n\uFEFF]/.test(cell);
}
