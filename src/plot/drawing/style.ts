import { type Attribute, type Box, element, escapeText, round } from "./svg.ts";

// The one palette: ink on paper, and two colours that differ in lightness, too, so that anyone can tell them apart.

/** The background. */
export const PAPER = "#fdfcf9";
/** Titles and what matters. */
export const INK = "#22223a";
/** Numbers at ticks, captions, legends. */
export const FAINT = "#6b6b7e";
/** Frames and grid lines. */
export const RULE = "#d9d7d0";
/** What the flow makes: samples, the loss on batches. */
export const BLUE = "#2f5f9e";
/** What comes from outside: data, the loss on validation rows. */
export const ORANGE = "#d9622b";

/** The names of fonts, for what is not a {@link label}. */
export const FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";

/** A line of text. */
export function label(
  text: string,
  x: number,
  y: number,
  options: Readonly<{
    size?: number;
    fill?: string;
    anchor?: "start" | "middle" | "end";
    weight?: number;
    turn?: number;
  }> = {},
): string {
  const attributes: Record<string, Attribute> = {
    x,
    y,
    "font-size": options.size ?? 13,
    fill: options.fill ?? INK,
    "text-anchor": options.anchor ?? "start",
    "font-family": FONT,
  };
  if (options.weight !== undefined) attributes["font-weight"] = options.weight;
  if (options.turn !== undefined) attributes.transform = `rotate(${options.turn} ${x} ${y})`;
  return element("text", attributes, escapeText(text));
}

/** What a colour means: a line, a dot or an area of it, and its name, on the line of text at y. */
export function legend(
  text: string,
  color: string,
  x: number,
  y: number,
  mark: "line" | "dashes" | "dot" | "area" = "line",
): string {
  const look = { stroke: color, "stroke-width": 2 };
  const marks = {
    line: (): string => element("path", { d: `M${round(x)} ${round(y - 4)}h18`, ...look }),
    dashes: (): string => element("path", { d: `M${round(x)} ${round(y - 4)}h18`, ...look, "stroke-dasharray": "4 3" }),
    dot: (): string => element("circle", { cx: x + 9, cy: y - 4, r: 3.5, fill: color }),
    area: (): string => element("rect", { x, y: y - 9, width: 18, height: 10, fill: color, "fill-opacity": "0.32" }),
  };
  return marks[mark]() + label(text, x + 24, y, { size: 12, fill: FAINT });
}

/** The outline of a panel. */
export function frame({ x, y, width, height }: Box): string {
  return element("rect", { x, y, width, height, fill: "none", stroke: RULE, "stroke-width": 1 });
}
