import { shortened, wrapped } from "./lettering.ts";
import { FAINT, label, PAPER } from "./style.ts";
import { element, escapeText, round } from "./svg.ts";

/** The width of every picture, and the margins left and right of what is drawn. */
export const WIDTH = 1000;
/** Room for the numbers and the name of an axis. */
export const LEFT = 62;
const RIGHT = 24;
/** The width of what is drawn. */
export const INNER: number = WIDTH - LEFT - RIGHT;
/** Where what is drawn begins, below the title and one line. */
export const TOP = 118;
/** From one line of small print to the next. */
const LINE = 18;
/** The size of the title, and a tenth for bold letters. */
const TITLE_SIZE = 25.3;

/** What stands above the panels: the title in its own line, shortened if it is long, and below it texts in as many lines as they need. */
export function heading(title: string, texts: readonly string[]): { shownTitle: string; lines: string[]; top: number } {
  const lines = texts.filter((text) => text !== "").flatMap((text) => wrapped(text, 13.5, INNER, 3));
  return { shownTitle: shortened(title, TITLE_SIZE, INNER), lines, top: TOP + LINE * Math.max(0, lines.length - 1) };
}

/** Where panels begin whose y axis has a name so far to their left. */
export function leftMargin(yLabelOffset: number): number {
  return Math.max(LEFT, yLabelOffset + 18);
}

/** One self-contained SVG: the title, lines of small print below it, and what is drawn. */
export function page(
  {
    title,
    shownTitle = title,
    description,
    lines,
    height,
  }: Readonly<{ title: string; shownTitle?: string; description?: string; lines: readonly string[]; height: number }>,
  ...body: string[]
): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${round(height)}`,
      width: WIDTH,
      height,
      role: "img",
    },
    element("title", {}, escapeText(title)),
    description === undefined ? "" : element("desc", {}, escapeText(description)),
    element("rect", { width: WIDTH, height, fill: PAPER }),
    label(shownTitle, LEFT, 44, { size: 23, weight: 600 }),
    ...lines.map((line, k) => label(line, LEFT, 70 + LINE * k, { size: 13.5, fill: FAINT })),
    ...body,
  );
}
