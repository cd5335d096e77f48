// Tables and what stands in them.

/** Three significant digits, none of them an exponent. */
export function number(value) {
  if (!Number.isFinite(value)) return String(value);
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

/** Three digits and a unit. @param {number} milliseconds */
export function inWords(milliseconds) {
  if (milliseconds < 1) return `${(1000 * milliseconds).toPrecision(3).replace(/\.0+$/, "")} µs`;
  return milliseconds < 1000 ? `${milliseconds.toPrecision(3)} ms` : `${(milliseconds / 1000).toPrecision(3)} s`;
}

/** A table in Markdown. @param {readonly string[]} head @param {readonly (readonly (string | number)[])[]} rows */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [head, head.map((_, k) => (k === 0 ? "---" : "---:")), ...rows].map(line).join("\n");
}

/** The same text for a terminal: the cells below each other. */
export function aligned(text) {
  return text.replace(/^\|.*(?:\n\|.*)*/gm, (table) => {
    const [head, , ...body] = table.split("\n").map((line) => line.slice(2, -2).split(" | "));
    const widths = head.map((_, k) => Math.max(...[head, ...body].map((cells) => cells[k].length)));
    const pad = (cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]));
    return [head, ...body].map((cells) => `  ${cells.map(pad).join("  ")}`).join("\n");
  });
}
