import { shortened, wrapped } from "../drawing/lettering.ts";
import { INNER, LEFT } from "../drawing/page.ts";
import { FAINT, label } from "../drawing/style.ts";
import type { Box } from "../drawing/svg.ts";

// Panels side by side, in rows, each with a title above and a note below.

/** No panel is wider, however few there are. */
const WIDEST = 420;
const MOST_COLUMNS = 4;
/** From the lower edge of a panel to its note, over the numbers of the axis; and from there to the title of the next row. */
const TO_NOTE = 37;
const NOTE_SIZE = 12.5;
const NOTE_LINE = 16;
const TO_TITLE = 42;

/** What is written around a panel. */
export interface PanelTexts {
  /** Above the panel. */
  readonly title: string;
  /** A line or two below the panel. */
  readonly note?: string;
}

/** Where panels stand, what is written around them, and where the last note ends. */
export interface Gallery {
  readonly boxes: readonly Box[];
  readonly texts: string;
  readonly bottom: number;
}

/** Rows of panels below `top`: the first beginning at `left`, `gap` between two, as high as `heightOf` says for their width. */
export function galleryOf(
  panels: readonly PanelTexts[],
  { top, left = LEFT, gap, heightOf }: { top: number; left?: number; gap: number; heightOf: (width: number) => number },
): Gallery {
  const columns = columnsFor(panels.length);
  const width = Math.min(WIDEST, (LEFT + INNER - left - gap * (columns - 1)) / columns);
  const height = heightOf(width);
  const notes = panels.map(({ note = "" }) => (note === "" ? [] : wrapped(note, NOTE_SIZE, width + gap - 8, 2)));
  const noteLines = Math.max(...notes.map(({ length }) => length));
  const below = TO_NOTE + NOTE_LINE * Math.max(0, noteLines - 1);
  const boxes = panels.map((_, k): Box => {
    const [row, column] = [Math.floor(k / columns), k % columns];
    return { x: left + column * (width + gap), y: top + row * (height + below + TO_TITLE), width, height };
  });
  const texts = boxes.map((box, k) => {
    const middle = box.x + width / 2;
    const title = label(shortened(panels[k].title, 14, width + gap - 8), middle, box.y - 10, {
      anchor: "middle",
      weight: 600,
    });
    const look = { anchor: "middle", size: NOTE_SIZE, fill: FAINT } as const;
    return (
      title + notes[k].map((line, i) => label(line, middle, box.y + height + TO_NOTE + NOTE_LINE * i, look)).join("")
    );
  });
  return { boxes, texts: texts.join(""), bottom: boxes[boxes.length - 1].y + height + below };
}

/** Rows of about the same length, of at most four panels. */
function columnsFor(count: number): number {
  return Math.ceil(count / Math.ceil(count / MOST_COLUMNS));
}
