// How wide text will be is not known where a picture is made: fonts differ. These are the widths of a wide one, DejaVu Sans, in shares of its size.

const NARROW = /[iljftrI.,:;'|!()[\]{} /·]/u;
const WIDE = /[mwMW@%—…]|[\u1100-\u11ff\u2e80-\uffee]|[\u{10000}-\u{10ffff}]/u;
const CAPITAL = /[\p{Lu}0-9_#&$<>=+−]/u;

function letterWidth(letter: string): number {
  if (NARROW.test(letter)) return 0.4;
  if (WIDE.test(letter)) return 1;
  return CAPITAL.test(letter) ? 0.68 : 0.61;
}

/** About how wide a line of text is, in pixels. */
export function textWidth(text: string, size: number): number {
  return size * [...text].reduce((sum, letter) => sum + letterWidth(letter), 0);
}

/** The text, or as much of its beginning as fits, and an ellipsis. */
export function shortened(text: string, size: number, pixels: number): string {
  if (textWidth(text, size) <= pixels) return text;
  const letters = [...text];
  let width = size; // the ellipsis
  let kept = 0;
  while (kept < letters.length && width + size * letterWidth(letters[kept]) <= pixels) {
    width += size * letterWidth(letters[kept++]);
  }
  return `${letters.slice(0, kept).join("").trimEnd()}…`;
}

/** The text in at most so many lines, broken at blanks; the last is shortened to what fits. */
export function wrapped(text: string, size: number, pixels: number, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && (lines.length === most || textWidth(longer, size) <= pixels))
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => shortened(line, size, pixels));
}
