import { divergingColor, toHex } from "../drawing/color.ts";
import { textWidth } from "../drawing/lettering.ts";
import type { Range } from "../drawing/scales.ts";
import { formatTick } from "../drawing/scales.ts";
import { FAINT, frame, label } from "../drawing/style.ts";
import { element } from "../drawing/svg.ts";

const WIDTH = 164;
const HEIGHT = 10;
const STEPS = 41;
const SIZE = 12;

/** So many of the numbers have a colour of their own; one in fifty may have that of the ends. */
const COLORED = 0.98;

/** The size of a number that has the darkest colour, 0 of none, and whether some are clearly larger. */
export function colorLimit(values: readonly number[]): { limit: number; beyond: boolean } {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  if (sizes.length === 0) return { limit: 0, beyond: false };
  const limit = sizes[Math.ceil(COLORED * sizes.length) - 1];
  return { limit, beyond: sizes[sizes.length - 1] > 1.01 * limit };
}

/** The share of a number in what the colours reach, [low, high] about 0: from −1 to 1. */
export function shareOf(value: number, [low, high]: Range): number {
  const limit = value < 0 ? -low : high;
  return limit > 0 ? value / limit : 0;
}

/**
 * Which number has which colour, on the line of text at y, ending at `right`: its name, the ends of the range, and the colours between them, white
 * at 0. `beyond` says that numbers outside of the range have the colour of its ends.
 */
export function divergingBar(name: string, range: Range, right: number, y: number, beyond = false): string {
  const [low, high] = range;
  const ends = range.map((value) => formatTick(Number(value.toPrecision(2))));
  const [left, after] = beyond ? [low < 0 ? `≤ ${ends[0]}` : ends[0], high > 0 ? `≥ ${ends[1]}` : ends[1]] : ends;
  const x = right - textWidth(after, SIZE) - 6 - WIDTH;
  const colors = Array.from({ length: STEPS }, (_, k) => {
    const share = k / (STEPS - 1);
    const value = (1 - share) * low + share * high; // high − low may not be finite
    const look = { x: x + (WIDTH * k) / STEPS, y: y - 9, width: WIDTH / STEPS + 0.2, height: HEIGHT };
    return element("rect", { ...look, fill: toHex(divergingColor(shareOf(value, range))) });
  });
  const look = { size: SIZE, fill: FAINT };
  return [
    label(`${name}   ${left}`, x - 6, y, { ...look, anchor: "end" }),
    ...colors,
    frame({ x, y: y - 9, width: WIDTH, height: HEIGHT }),
    label(after, x + WIDTH + 6, y, look),
  ].join("");
}
