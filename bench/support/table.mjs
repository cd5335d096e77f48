// Tables of results, for a terminal and for Markdown.

/** Three significant digits, none of them an exponent. */
export function number(value) {
  if (!Number.isFinite(value)) return String(value);
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

/** The median ± half the distance of the quartiles, and in brackets its time in units of the first contestant's. */
function cellText(entry, isFirst) {
  if (entry.missing !== undefined) return entry.missing;
  if ("quotient" in entry) return Number.isFinite(entry.quotient) ? number(entry.quotient) : "";
  const spread = Math.round((50 * (entry.upper - entry.lower)) / entry.median);
  const once = entry.rounds === 1 ? " once" : ` ±${Math.abs(spread)}%`;
  return `${number(entry.median)}${once}${isFirst ? "" : ` (${number(entry.ratio)}×)`}`;
}

const differenceText = (difference) => (difference === 0 ? "0" : difference.toExponential(0).replace("e+0", ""));

/** Rows of cells: the head, and a row for each competitor. */
function rowsOf({ columns }) {
  const names = columns[0].entries.map(({ name }) => name);
  const head = ["", ...columns.map(({ name }) => name), "largest difference"];
  const body = names.map((name, k) => {
    const entries = columns.map((column) => column.entries[k]);
    const differences = entries.flatMap(({ difference }) => (difference === undefined ? [] : [difference]));
    const largest = k === 0 || differences.length === 0 ? "" : differenceText(Math.max(...differences));
    return [name, ...entries.map((entry) => cellText(entry, k === 0)), largest];
  });
  return [head, ...body];
}

export function terminalTable(table) {
  const rows = rowsOf(table);
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  const lines = rows.map((row) => row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))));
  return [`${table.title}; ${table.unit}`, ...lines.map((line) => `  ${line.join("  ")}`)].join("\n");
}

export function markdownTable(table) {
  const [head, ...body] = rowsOf(table);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    `**${table.title}**; ${table.unit}\n`,
    line(head),
    `|---|${"---:|".repeat(head.length - 1)}`,
    ...body.map(line),
  ].join("\n");
}
