// What the text of a cell says when it is no finite number.

/** Without the spaces and tabs at either end. (The pattern `[ \t]+$` takes quadratic time on a long run of spaces.) */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

/** A cell or a name as an error message shows it: quoted, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** inf, Infinity, ∞, C's 1.#INF, with or without a sign. */
export function isInfinite(text: string): boolean {
  return text.length < 20 && /^[+\-−]?(?:inf(?:inity)?|∞|1\.#inf0*)$/i.test(trimBlanks(text));
}

/** Kinds of text that people take for numbers, the most special first. */
const KINDS: readonly (readonly [reason: string, pattern: RegExp])[] = [
  ["dates", /^\d{4}-\d\d?-\d\d?(?:[T ].*)?$|^\d\d?([./-])\d\d?\1\d{2,4}(?: .*)?$|^\d{4}\/\d\d?\/\d\d?(?: .*)?$/],
  ["times", /^\d\d?:\d\d(?::\d\d(?:\.\d+)?)?$/],
  ["thousands separators", /^[+-]?\d{1,3}(?:[,.'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?$/],
  ["decimal commas", /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/],
  ["decimal points", /^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/],
  ["percent signs", /^[+-]?[\d.,]+\s?%$/],
  ["currency signs", /^[+-]?\s?[$€£¥₹]\s?[+-]?[\d.,']+$|^[+-]?[\d.,']+\s?(?:[$€£¥₹]|EUR|USD|GBP|CHF|JPY)$/],
  ["true/false", /^(?:true|false|t|f|yes|no)$/i],
  ["lists or objects", /^[[{]/],
];

/** Why a cell is no number: the kind of its text, in plural, `"text"` if it has no other name. */
export function reasonOf(text: string): string {
  const trimmed = trimBlanks(text.slice(0, 100));
  return KINDS.find(([, pattern]) => pattern.test(trimmed))?.[0] ?? "text";
}

/** What to do about text of that kind; `""` if nothing is known. */
export function remedyFor(reason: string): string {
  if (reason === "decimal commas") return '; read it with decimal: "," (--decimal ",")';
  if (reason === "decimal points") return '; read it with decimal: "." (--decimal ".")';
  if (/thousands|percent|currency/.test(reason)) return `; write plain numbers, without ${reason}`;
  return "";
}

/** What cells without a value hold: texts, and the numbers among them. */
export interface BlankCells {
  readonly texts: ReadonlySet<string>;
  /** The values of those texts that are numbers, as -999: a cell of such a value is blank however it is spelled, as -999.0. */
  readonly values: ReadonlySet<number>;
}

/** The blanks that a list of texts declares. */
export function blankCells(texts: readonly string[]): BlankCells {
  const trimmed = texts.map(trimBlanks);
  const values = trimmed.filter((text) => text !== "").map((text) => Number(text.replace(",", ".")));
  return { texts: new Set(trimmed), values: new Set(values.filter((value) => Number.isFinite(value))) };
}
