import { checkFunction, checkPositive } from "../tensor/checks.ts";
import { DomainError, describeValue, LimitError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInterval, checkList, checkPoints, checkText } from "./checkContent.ts";
import { shortened } from "./drawing/lettering.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { axes, linearScale, type Range, type Scale } from "./drawing/scales.ts";
import { label } from "./drawing/style.ts";
import { deflate as ownDeflate } from "./image/deflate.ts";
import type { Deflate } from "./image/png.ts";
import type { LogDensity } from "./panels/densityGrid.ts";
import { drawInk, drawPoints, type Ink, inkLegend, inksOf } from "./panels/ink.ts";

/** One panel of {@link densityPicture}: a density or a difference of two, and points on it; or points alone. */
export interface DensityPanel {
  /** Above the panel. */
  readonly title?: string;
  /** log p, [N, 2] → [N]: p is drawn as ink on paper. */
  readonly logProb?: LogDensity;
  /** With `logProb`: log p is the ink, from so many nats below the largest on, so that thin places are seen. */
  readonly nats?: number;
  /** log p and log q: p − q is orange where p is larger, blue where q is, and paper where both agree. */
  readonly difference?: readonly [p: LogDensity, q: LogDensity];
  /** A signed field, [N, 2] → [N]: orange above 0, blue below, white at 0; panels of one `valuesLabel` have one scale. */
  readonly values?: (x: Tensor) => Tensor;
  /** With `values`: what they are, for the legend. */
  readonly valuesLabel?: string;
  /** Points from outside, [N, 2]: orange. */
  readonly data?: Tensor;
  /** Points that a model makes, [N, 2]: blue. */
  readonly samples?: Tensor;
}

/** Panels side by side, and what they have in common. */
export interface DensityRow {
  /** Left of the row. */
  readonly label: string;
  /** From left to right. */
  readonly panels: readonly DensityPanel[];
}

/** Everything that {@link densityPicture} shows. */
export interface DensityPictureContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** A line or two of facts, below the title. */
  readonly caption?: string;
  /** What all panels show of the first coordinate. */
  readonly x: Range;
  /** What all panels show of the second coordinate. */
  readonly y: Range;
  /** The names of x and y, at the outer panels. */
  readonly axes?: readonly [x: string, y: string];
  /** The panels of a single row. */
  readonly panels?: readonly DensityPanel[];
  /** Several rows of panels, in place of `panels`. */
  readonly rows?: readonly DensityRow[];
  /** Where the same ink is the same density: along each row (as it is by default) or down each column. */
  readonly compare?: "row" | "column";
}

/** Between two panels beside each other, room for the numbers of both at their edges; between two rows; and the room for a title. */
const GAP = 26;
const ROW_GAP = 16;
const TITLE = 22;
/** Room for the name of an axis. */
const NAME = 16;
const MOST_COLUMNS = 8;
/** Of data, and of samples, in a panel. */
const MOST_DOTS = 10_000;
/** The largest width of a panel. */
const WIDEST = 430;
/** A panel has square units, unless one range is so many times the other. */
const [FLATTEST, STEEPEST] = [0.3, 1.6];

/**
 * Densities in the plane beside each other, differences of them, and points: one self-contained SVG.
 *
 * - A density is ink on paper: paper is 0, and the darkest ink is the largest density of the row (of the column, if columns are to be compared), but
 *   for narrow peaks of less than 2 % of the probability. With `nats` the ink is log p instead.
 * - A difference p − q is orange where p is larger and blue where q is; it is as dark as it gets at half of that largest density.
 * - `values` are orange above 0 and blue below; one in fifty may be beyond the scale (then its ends are ≤ and ≥); what is not finite is grey.
 * - Points are orange if they are `data`, blue if they are `samples`; those outside of x and y are left out. Of more than 10,000 as many, from all
 *   over, are dots, as a line below the caption says.
 *
 * The same content gives the same text on every host, unless `deflate`, which packs the images inside the SVG, is that of a host. Cost: a
 * density is evaluated at up to 128² points, for each panel that shows it. Throws ShapeError for points that are not [N, 2] and log-densities that are not [N];
 * LimitError for more than eight panels in a row; DomainError for what cannot be drawn: a log p that is NaN everywhere or whose exp is not finite, `nats` where p is 0 everywhere.
 *
 * @example
 * const exact = eightGaussians();
 * const panels = [
 *   { title: "exact", logProb: (x: Tensor) => exact.logProb(x) },
 *   { title: "samples", samples: exact.sample(100, new Random(1)) },
 * ];
 * const svg = await densityPicture({ title: "Eight Gaussians", x: [-4, 4], y: [-4, 4], panels });
 */
export async function densityPicture(content: DensityPictureContent, deflate: Deflate = ownDeflate): Promise<string> {
  const rows = checkedRows(content);
  checkFunction("densityPicture", "deflate", deflate);
  const { title, caption = "", x, y, axes: names, compare = "row" } = content;
  const { shownTitle, lines, top: below } = heading(title, [caption, thinned(rows)]);
  const columns = Math.max(...rows.map(({ panels }) => panels.length));
  // labels of rows stand left of the name of y
  const room = names !== undefined && rows.some(({ label: name }) => name !== "") ? NAME : 0;
  const width = Math.min(WIDEST, (INNER - room - GAP * (columns - 1)) / columns);
  const height = width * Math.min(STEEPEST, Math.max(FLATTEST, (y[1] - y[0]) / (x[1] - x[0]) || 1));
  const left = LEFT + room + (INNER - room - columns * width - GAP * (columns - 1)) / 2;
  const inks = inksOf(
    "densityPicture",
    rows.map(({ panels }) => panels),
    { x, y, compare, width },
  );

  let top = below - TITLE;
  const parts: string[] = [];
  for (const [i, { label: name, panels }] of rows.entries()) {
    if (panels.some((panel) => panel.title !== undefined)) top += TITLE;
    if (name !== "") parts.push(rowLabel(name, left - room, top, height));
    for (const [j, panel] of panels.entries()) {
      const box = { x: left + j * (width + GAP), y: top, width, height };
      const scale = linearScale(box, x, y);
      parts.push(await drawPanel(panel, inks[i][j], scale, deflate));
      const lowest = rows[i + 1] === undefined || rows[i + 1].panels.length <= j;
      parts.push(
        axes(scale, {
          ...(lowest && names !== undefined ? { xLabel: shortened(names[0], 13, width + GAP - 4) } : {}),
          ...(j === 0 && names !== undefined ? { yLabel: shortened(names[1], 13, height + ROW_GAP) } : {}),
          xTicks: lowest ? 3 : 0,
          yTicks: j === 0 ? 3 : 0,
        }),
      );
    }
    top += height + ROW_GAP;
  }
  const legend = inkLegend(inks, compare, {
    left,
    right: LEFT + INNER,
    top: top - ROW_GAP + 38 + (names === undefined ? 0 : NAME),
  });
  return page({ title, shownTitle, lines, height: legend.bottom + 20 }, ...parts, legend.markup);
}

async function drawPanel(panel: DensityPanel, ink: Ink | undefined, scale: Scale, deflate: Deflate): Promise<string> {
  const { x, y, width } = scale.box;
  const { title = "" } = panel;
  const head = { anchor: "middle", weight: 600 } as const;
  return [
    title === "" ? "" : label(shortened(title, 13.5, width + GAP - 4), x + width / 2, y - 9, head),
    ink === undefined ? "" : await drawInk(ink, scale, deflate),
    drawPoints(panel, scale, MOST_DOTS),
  ].join("");
}

/** A fact for the heading, if points of a panel are too many. */
function thinned(rows: readonly DensityRow[]): string {
  const counts = rows
    .flatMap(({ panels }) => panels.flatMap(({ data, samples }) => [data, samples]))
    .map((points) => points?.shape[0] ?? 0);
  const most = Math.max(...counts);
  return most > MOST_DOTS ? `${MOST_DOTS} of ${most} points as dots` : "";
}

function rowLabel(name: string, left: number, top: number, height: number): string {
  const look = { anchor: "middle", weight: 600, turn: -90 } as const;
  return label(shortened(name, 13.5, height + ROW_GAP), left - 42, top + height / 2, look);
}

/** The rows of the content, once it is checked. */
function checkedRows(content: DensityPictureContent): readonly DensityRow[] {
  checkOptions("densityPicture", content, {
    title: true,
    caption: true,
    x: true,
    y: true,
    axes: true,
    panels: true,
    rows: true,
    compare: true,
  });
  const { title, caption = "", x, y, axes: names = ["", ""], panels, rows, compare = "row" } = content;
  checkText("densityPicture", "title", title);
  checkText("densityPicture", "caption", caption);
  checkInterval("densityPicture", "x", x);
  checkInterval("densityPicture", "y", y);
  const axisNames = checkList("densityPicture", "axes", names);
  if (axisNames.length !== 2) throw new DomainError(`densityPicture: axes are two names; got ${describeValue(names)}`);
  for (const name of axisNames) checkText("densityPicture", "the name of an axis", name);
  if (compare !== "row" && compare !== "column")
    throw new DomainError(`densityPicture: compare must be "row" or "column"; got ${describeValue(compare)}`);
  if ((panels === undefined) === (rows === undefined))
    throw new DomainError(`densityPicture: takes panels or rows; got ${panels === undefined ? "neither" : "both"}`);
  const all = rows === undefined ? [{ label: "", panels }] : checkList("densityPicture", "rows", rows);
  const checked = all.map((row, i) => checkedRow(row, rows === undefined ? "panels" : `rows[${i}].panels`));
  if (checked.length === 0) throw new DomainError("densityPicture: at least one row; got none");
  return checked;
}

function checkedRow(row: Partial<DensityRow>, name: string): DensityRow {
  checkOptions("densityPicture", row, { label: true, panels: true });
  checkText("densityPicture", "the label of a row", row.label);
  const panels = checkList("densityPicture", name, row.panels);
  if (panels.length === 0) throw new DomainError(`densityPicture: ${name} must have at least one; got none`);
  if (panels.length > MOST_COLUMNS)
    throw new LimitError(`densityPicture: ${name} must be at most ${MOST_COLUMNS}; got ${panels.length}`);
  panels.forEach((panel, j) => {
    checkPanel(panel, `${name}[${j}]`);
  });
  return { label: row.label as string, panels };
}

function checkPanel(panel: DensityPanel, name: string): void {
  checkOptions("densityPicture", panel, {
    title: true,
    logProb: true,
    nats: true,
    difference: true,
    values: true,
    valuesLabel: true,
    data: true,
    samples: true,
  });
  const { title = "", logProb, nats, difference, values, valuesLabel, data, samples } = panel;
  checkText("densityPicture", `${name}.title`, title);
  if (logProb !== undefined) checkFunction("densityPicture", `${name}.logProb`, logProb);
  if (nats !== undefined) checkPositive("densityPicture", `${name}.nats`, nats);
  if (difference !== undefined) {
    const two = checkList("densityPicture", `${name}.difference`, difference);
    for (const k of [0, 1]) checkFunction("densityPicture", `${name}.difference[${k}]`, two[k]);
  }
  if (values !== undefined) checkFunction("densityPicture", `${name}.values`, values);
  if (values !== undefined || valuesLabel !== undefined)
    checkText("densityPicture", `${name}.valuesLabel`, valuesLabel);
  if (data !== undefined) checkPoints("densityPicture", `${name}.data`, data);
  if (samples !== undefined) checkPoints("densityPicture", `${name}.samples`, samples);
  const shown = [logProb, difference, values, data, samples].filter((part) => part !== undefined).length;
  if (shown === 0)
    throw new DomainError(
      `densityPicture: ${name} must show something; got none of logProb, difference, values, data, samples`,
    );
  const painted = Object.entries({ logProb, difference, values }).filter(([, part]) => part !== undefined);
  if (painted.length > 1)
    throw new DomainError(
      `densityPicture: ${name} shows a density, a difference or values; got ${painted.map(([key]) => key).join(" and ")}`,
    );
}
