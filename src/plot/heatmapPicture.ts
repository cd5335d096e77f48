import { checkFlag, checkTensor } from "../tensor/checks.ts";
import { DomainError, LimitError, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkList, checkText } from "./checkContent.ts";
import { divergingColor, toHex } from "./drawing/color.ts";
import { shortened, textWidth } from "./drawing/lettering.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { formatTick, type Range } from "./drawing/scales.ts";
import { FAINT, FONT, frame, INK, label, PAPER, RULE } from "./drawing/style.ts";
import { type Box, element, round } from "./drawing/svg.ts";
import { colorLimit, divergingBar, shareOf } from "./panels/divergingBar.ts";
import { galleryOf, type PanelTexts } from "./panels/gallery.ts";

/** What {@link heatmapPicture} draws. */
export interface HeatmapPictureContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** A line or two of facts. */
  readonly caption?: string;
  /** From left to right. */
  readonly panels: readonly HeatmapPanel[];
  /** Whether colours reach as far below 0 as above it (true, the default), or on each side only as far as the numbers do. */
  readonly symmetric?: boolean;
}

/** One matrix. */
export interface HeatmapPanel extends PanelTexts {
  /** [M, N] */
  readonly values: Tensor;
  /** M names, left of the rows. */
  readonly rowLabels?: readonly string[];
  /** N names, below the columns. */
  readonly columnLabels?: readonly string[];
}

/** Names of rows and columns, and the room between them and the matrix. */
const NAME_SIZE = 12;
const NAME_GAP = 7;
/** The names of rows of all panels beside each other. */
const WIDEST_NAMES = 320;
/** A name takes as many cells as are at least so high, or so wide; those of the other rows and columns are left out. */
const NAME_HEIGHT = 14;
const NAME_WIDTH = 26;
/** Rows, and columns. */
const MOST_ROWS = 256;
/** Between two panels, beside the names of rows. */
const GAP = 30;
/** Room for the legend, below the caption. */
const LEGEND = 32;
/** Smaller cells have no number, and no lines between them. */
const NUMBER_CELL = 28;
const LINE_CELL = 6;
/** Numbers other than 0 are never white: they begin with this share of the darkest colour. */
const LEAST = 0.1;
/** On colours darker than this share of the darkest, numbers are as light as paper. */
const DARK = 0.7;

/**
 * Matrices side by side, as colours, one self-contained SVG: orange above 0, blue below, white (#ffffff) where an entry is exactly 0
 * and nowhere else, so that the structure of a Jacobian is seen; what is not finite is grey. One scale serves all panels; one entry in fifty may be beyond it. Entries of
 * small matrices are written into their cells with two digits, but for zeros. Names are shortened to their room, and of many small cells only
 * some have one.
 *
 * Shape: values [M, N]. The same content gives the same text, byte for byte, on every host. Throws ShapeError unless values are matrices
 * with an entry, LimitError for more than 256 rows or columns, DomainError for what cannot be drawn.
 *
 * @example
 * const svg = heatmapPicture({ title: "a triangular matrix", panels: [{ title: "L", values: tensor([[1, 0], [0.5, 1]]) }] });
 */
export function heatmapPicture(content: HeatmapPictureContent): string {
  check(content);
  const { title, caption = "", panels, symmetric = true } = content;
  const widestName = WIDEST_NAMES / Math.min(4, panels.length); // there are at most four panels in a row
  const names = panels.flatMap(({ rowLabels = [] }) =>
    rowLabels.map((name) => Math.min(widestName, textWidth(name, NAME_SIZE))),
  );
  const room = Math.max(0, ...names) + (names.length > 0 ? NAME_GAP : 0);
  const { shownTitle, lines, top } = heading(title, [caption]);
  const heightOf = (width: number): number =>
    Math.max(...panels.map(({ values }) => values.shape[0] * cellSize(values, width)));
  const gallery = galleryOf(panels, { top: top + LEGEND, left: Math.max(LEFT, 18 + room), gap: GAP + room, heightOf });
  const { range, beyond } = colorRange(
    panels.map(({ values }) => values),
    symmetric,
  );
  return page(
    { title, shownTitle, lines, height: gallery.bottom + 24 },
    legends(top - 12, range, beyond),
    ...panels.map((panel, k) => panelOf(panel, gallery.boxes[k], range, widestName)),
    gallery.texts,
  );
}

/** The side of a cell, so that the matrix has room in a square of that width. */
function cellSize({ shape: [M, N] }: Tensor, width: number): number {
  return width / Math.max(M, N);
}

/** How far colours reach, and whether some of the finite entries are beyond that. */
function colorRange(matrices: readonly Tensor[], symmetric: boolean): { range: Range; beyond: boolean } {
  const finite = matrices.flatMap(({ data }) =>
    Array.from(data).filter((value) => Number.isFinite(value) && value !== 0),
  );
  const sides = [-1, 1].map((sign) => colorLimit(symmetric ? finite : finite.filter((value) => value * sign > 0)));
  return { range: [-sides[0].limit, sides[1].limit], beyond: sides.some(({ beyond }) => beyond) };
}

/** The colour of an entry: white if, and only if, it is 0. */
function colorOf(value: number, range: Range): string {
  if (!Number.isFinite(value)) return RULE;
  const share = shareOf(value, range);
  return toHex(divergingColor(value === 0 ? 0 : share + LEAST * (1 - Math.abs(share)) * Math.sign(value)));
}

function panelOf(
  { values, rowLabels = [], columnLabels = [] }: HeatmapPanel,
  box: Box,
  range: Range,
  widestName: number,
): string {
  const [M, N] = values.shape;
  const cell = cellSize(values, box.width);
  const left = box.x + (box.width - N * cell) / 2;
  const outline = { x: left, y: box.y, width: N * cell, height: M * cell };
  const middle = (from: number, k: number): number => from + (k + 0.5) * cell;
  const look = { size: NAME_SIZE, fill: FAINT };
  const widest = Math.max(...columnLabels.map((name) => textWidth(name, NAME_SIZE)));
  return [
    cellsOf(values, outline, cell, range),
    cell >= LINE_CELL ? linesOf(outline, cell) : "",
    frame(outline),
    cell >= NUMBER_CELL ? numbersOf(values, outline, cell, range) : "",
    ...withRoom(rowLabels, NAME_HEIGHT, cell).map(([name, i]) =>
      label(shortened(name, NAME_SIZE, widestName), left - NAME_GAP, middle(box.y, i) + 4, { ...look, anchor: "end" }),
    ),
    ...withRoom(columnLabels, Math.min(NAME_WIDTH, widest + 4), cell).map(([name, j, pixels]) =>
      label(shortened(name, NAME_SIZE, pixels - 4), middle(left, j), box.y + M * cell + 16, {
        ...look,
        anchor: "middle",
      }),
    ),
  ].join("");
}

/** Every name, or every second, third …, so that one has room along the cells: with its place, and the room that it has. */
function withRoom(
  names: readonly string[],
  needed: number,
  cell: number,
): [name: string, place: number, pixels: number][] {
  const step = Math.ceil(needed / cell);
  return names.flatMap((name, k) => (k % step === 0 ? [[name, k, step * cell]] : []));
}

/** All cells of one colour are one path. */
function cellsOf(values: Tensor, { x, y }: Box, cell: number, range: Range): string {
  const [M, N] = values.shape;
  const ofColor = new Map<string, string>();
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      const color = colorOf(values.data[i * N + j], range);
      const [left, right] = [j, j + 1].map((k) => round(x + k * cell));
      const [top, bottom] = [i, i + 1].map((k) => round(y + k * cell));
      ofColor.set(color, `${ofColor.get(color) ?? ""}M${left} ${top}H${right}V${bottom}H${left}Z`);
    }
  }
  return [...ofColor].map(([fill, d]) => element("path", { d, fill })).join("");
}

/** Between the cells. */
function linesOf({ x, y, width, height }: Box, cell: number): string {
  let d = "";
  for (let at = cell; at < width - cell / 2; at += cell) d += `M${round(x + at)} ${round(y)}v${round(height)}`;
  for (let at = cell; at < height - cell / 2; at += cell) d += `M${round(x)} ${round(y + at)}h${round(width)}`;
  return d === "" ? "" : element("path", { d, stroke: RULE, "stroke-width": 0.6 });
}

/** The finite entries other than 0, where they have room. */
function numbersOf(values: Tensor, { x, y }: Box, cell: number, range: Range): string {
  const N = values.shape[1];
  const size = Math.min(14, 0.3 * cell);
  const texts = Array.from(values.data, (value, k) => {
    const text = value === 0 || !Number.isFinite(value) ? "" : numberOf(value, size, cell);
    if (text === "") return "";
    const at = { x: x + ((k % N) + 0.5) * cell, y: y + (Math.floor(k / N) + 0.5) * cell + 0.36 * size };
    return element("text", Math.abs(shareOf(value, range)) > DARK ? { ...at, fill: PAPER } : at, text);
  });
  return element("g", { "font-size": size, "font-family": FONT, "text-anchor": "middle", fill: INK }, ...texts);
}

/** Two digits, one, or the power of ten: the first that has room, if one has. */
function numberOf(value: number, size: number, pixels: number): string {
  const written = [Number(value.toPrecision(2)), Number(value.toPrecision(1))].map(formatTick);
  const power = value.toExponential(0).replaceAll("-", "−");
  return [...written, power].find((text) => textWidth(text, size) <= pixels) ?? "";
}

/** What white means, and the other colours. */
function legends(y: number, range: Range, beyond: boolean): string {
  return [
    element("rect", { x: LEFT, y: y - 9, width: 18, height: 10, fill: "#ffffff", stroke: RULE, "stroke-width": 1 }),
    label("exactly 0", LEFT + 24, y, { size: 12, fill: FAINT }),
    divergingBar("entries", range, LEFT + INNER, y, beyond),
  ].join("");
}

function check(content: HeatmapPictureContent): void {
  checkOptions("heatmapPicture", content, { title: true, caption: true, panels: true, symmetric: true });
  const { title, caption = "", panels, symmetric = true } = content;
  checkText("heatmapPicture", "title", title);
  checkText("heatmapPicture", "caption", caption);
  checkFlag("heatmapPicture", "symmetric", symmetric);
  const list = checkList("heatmapPicture", "panels", panels);
  if (list.length === 0) throw new DomainError("heatmapPicture: at least one panel; got none");
  for (const panel of list) checkPanel(panel);
}

function checkPanel(panel: HeatmapPanel): void {
  checkOptions("heatmapPicture", panel, { title: true, note: true, values: true, rowLabels: true, columnLabels: true });
  const { title, note = "", values, rowLabels, columnLabels } = panel;
  checkText("heatmapPicture", "the title of a panel", title);
  checkText("heatmapPicture", "the note of a panel", note);
  const { shape } = checkTensor("heatmapPicture", "values", values);
  if (shape.length !== 2 || shape.includes(0)) {
    throw new ShapeError(`heatmapPicture: values must be [M,N] with an entry; got ${formatShape(shape)}`);
  }
  if (Math.max(...shape) > MOST_ROWS)
    throw new LimitError(
      `heatmapPicture: values must be at most [${MOST_ROWS},${MOST_ROWS}]; got ${formatShape(shape)}`,
    );
  for (const [what, names, count] of [
    ["rowLabels", rowLabels, shape[0]],
    ["columnLabels", columnLabels, shape[1]],
  ] as const) {
    if (names === undefined) continue;
    for (const name of checkList("heatmapPicture", what, names)) checkText("heatmapPicture", `a name in ${what}`, name);
    if (names.length !== count) throw new DomainError(`heatmapPicture: ${what} must be ${count}; got ${names.length}`);
  }
}
