import { DomainError } from "../tensor/errors.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInterval, checkList, checkNumberOf, checkPoints, checkText } from "./checkContent.ts";
import { divergingColor, toHex } from "./drawing/color.ts";
import { pairs } from "./drawing/columns.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { axes, equalScale, type Range, type Scale, SIMILAR } from "./drawing/scales.ts";
import { type Place, simplified } from "./drawing/simplify.ts";
import { BLUE, FAINT, INK, legend, ORANGE } from "./drawing/style.ts";
import { type Attribute, element, escapeText, round } from "./drawing/svg.ts";
import { colorLimit, divergingBar, shareOf } from "./panels/divergingBar.ts";
import { galleryOf, type PanelTexts } from "./panels/gallery.ts";
import { dots } from "./panels/marks.ts";
import { images, type PlaneMap, type WarpedGrid, warpedGrid } from "./panels/warpedGrid.ts";

/** What {@link gridPicture} draws. */
export interface GridPictureContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** A line or two of facts. */
  readonly caption?: string;
  /** From left to right. */
  readonly panels: readonly GridPanel[];
}

/** One grid under one map. */
export interface GridPanel extends PanelTexts {
  /** z = f(x): a layer from [2] to [2], whose log|det J| becomes the colour of cells, or a function of points, [B, 2] → [B, 2]. */
  readonly map: PlaneMap;
  /** Where the grid begins and ends, before the map; [0, 1] by default. */
  readonly x?: Range;
  /** As `x`. */
  readonly y?: Range;
  /** What is shown of the plane; by default all of the grid, before the map and after it. What lies beyond is cut off. */
  readonly view?: { readonly x: Range; readonly y: Range };
  /** Points before the map, [N, 2], that are carried along and drawn as dots. */
  readonly points?: Tensor;
  /** How many cells there are along the longer side; cells are squares, or nearly. 10 by default. */
  readonly cells?: number;
}

const MOST_CELLS = 200;
const GAP = 46;
/** A panel shows this share of what it holds beyond it, on each side. */
const MARGIN = 0.07;
/** Places that are left out of a line are no farther from it, in pixels. */
const TOLERANCE = 0.2;
/** A log-det that is no larger counts as 0. */
const ROUNDING = 1e-9;

/**
 * Maps of the plane, by what they make of a regular grid, one self-contained SVG: the image of each line, the outline of the grid before the map
 * (dashed), and, in colours, the images of its lower edge (orange) and of its left edge (blue): the columns of W, if z = Wx and the grid is
 * the unit square. Cells of a layer are coloured by log|det J| at their centres, in nats: orange where f makes volume larger, white where it keeps
 * it, blue where it makes it smaller.
 *
 * One unit is as long in x₁ as in x₂; all panels show the same part of the plane, so that areas can be compared, unless what they hold
 * differs in size by more than a factor of three. The same content gives the same text, byte for byte, on every host.
 * Cost: some 16 points per cell through each map. Throws ShapeError for maps that are not from [2] to [2], LimitError for more than 200 cells along a side,
 * DomainError for images that are not finite and for what cannot be drawn.
 *
 * @example
 * const W = tensor([[1, 0.5], [0, 1]]);
 * const shear = { title: "a shear", map: (x: Tensor) => matmul(x, transpose(W)), note: "area 1" };
 * const svg = gridPicture({ title: "the unit square", panels: [shear] });
 */
export function gridPicture(content: GridPictureContent): string {
  check(content);
  const { title, caption = "", panels } = content;
  const grids = panels.map(({ map, x = [0, 1], y = [0, 1], cells = 10 }) =>
    warpedGrid("gridPicture", map, x, y, cells),
  );
  const views = sharedIfSimilar(grids.map((grid, k) => viewOf(grid, panels[k])));
  const ratio = Math.max(...views.map(({ x, y }) => (y[1] - y[0]) / (x[1] - x[0])));
  const { shownTitle, lines, top } = heading(title, [caption]);
  const heightOf = (width: number): number => width * Math.min(1, Math.max(0.5, ratio));
  const gallery = galleryOf(panels, { top: top + LEGEND, gap: GAP, heightOf });
  const logDets = grids.flatMap(({ cells }) => cells.map(({ logDet }) => logDet));
  const { limit, beyond } = colorLimit(logDets.map((logDet) => (Math.abs(logDet) > ROUNDING ? logDet : 0)));
  const reach = limit > 0 ? limit : 1;
  const drawn = grids.map((grid, k) =>
    panelOf(grid, panels[k], equalScale(gallery.boxes[k], views[k].x, views[k].y), reach),
  );
  return page(
    { title, shownTitle, lines, height: gallery.bottom + 24 },
    legends(top - 12, logDets.length > 0 ? reach : 0, beyond),
    ...drawn,
    gallery.texts,
  );
}

/** Room for the legend, below the caption. */
const LEGEND = 32;

interface View {
  readonly x: Range;
  readonly y: Range;
}

/** What a panel shows: what it was told, or the grid before the map and after it, and a margin. */
function viewOf({ outline, upright, level }: WarpedGrid, { x = [0, 1], y = [0, 1], view }: GridPanel): View {
  if (view !== undefined) return view;
  const all = [outline, ...upright, ...level].flat();
  const around = (start: Range, values: number[]): Range => {
    const [low, high] = [start[0], ...values, start[1]].reduce(
      ([least, most], value): Range => [Math.min(least, value), Math.max(most, value)],
      start,
    );
    return [low - MARGIN * (high - low), high + MARGIN * (high - low)];
  };
  return {
    x: around(
      x,
      all.map(([a]) => a),
    ),
    y: around(
      y,
      all.map(([, b]) => b),
    ),
  };
}

/** One view for all panels where their sizes are similar. */
function sharedIfSimilar(views: readonly View[]): readonly View[] {
  const sizes = views.map(({ x, y }) => Math.max(x[1] - x[0], y[1] - y[0]));
  if (Math.max(...sizes) > SIMILAR * Math.min(...sizes)) return views;
  const union = (ranges: readonly Range[]): Range => [
    Math.min(...ranges.map(([low]) => low)),
    Math.max(...ranges.map(([, high]) => high)),
  ];
  const shared = { x: union(views.map(({ x }) => x)), y: union(views.map(({ y }) => y)) };
  return views.map(() => shared);
}

function panelOf(grid: WarpedGrid, panel: GridPanel, scale: Scale, limit: number): string {
  const { map, points, x = [0, 1], y = [0, 1] } = panel;
  const { upright, level, outline, cells } = grid;
  const before: Place[] = [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]]; // biome-ignore format: corners
  const fine = { fill: "none", stroke: INK, "stroke-width": 0.7, "stroke-opacity": "0.5" };
  const edge = { fill: "none", "stroke-width": 2.4, "stroke-linecap": "round", "stroke-linejoin": "round" };
  const { x: left, y: top, width, height } = scale.box;
  const inside = { x: left, y: top, width, height, viewBox: [left, top, width, height].map(round).join(" ") };
  const marks = [
    cells.length > 0
      ? coloredCells(cells, scale, limit)
      : path([outline], scale, { fill: BLUE, "fill-opacity": "0.12" }, "Z"),
    path([before], scale, { fill: "none", stroke: FAINT, "stroke-width": 1.1, "stroke-dasharray": "4 3" }, "Z"),
    path([...upright, ...level], scale, fine),
    path([outline], scale, { fill: "none", stroke: INK, "stroke-width": 1.2 }, "Z"),
    path([level[0]], scale, { ...edge, stroke: ORANGE }),
    path([upright[0]], scale, { ...edge, stroke: BLUE }),
    points === undefined ? "" : dots(images("gridPicture", map, pairs(points)), scale, INK, 1.1, 0.6),
  ];
  // an svg in an svg cuts off what is beyond it
  const seen = element("svg", inside, element("title", {}, escapeText(panel.title)), ...marks);
  return seen + axes(scale, { xTicks: 3, yTicks: 3 });
}

/** Cells of one colour are one path, with a thin outline of that colour, so that no paper shows between two. */
function coloredCells(cells: WarpedGrid["cells"], scale: Scale, limit: number): string {
  const ofColor = new Map<string, (readonly Place[])[]>();
  for (const { outline, logDet } of cells) {
    if (!isSeen(outline, scale)) continue;
    const color = toHex(divergingColor(shareOf(logDet, [-limit, limit])));
    const outlines = ofColor.get(color);
    if (outlines === undefined) ofColor.set(color, [outline]);
    else outlines.push(outline);
  }
  return [...ofColor]
    .map(([color, outlines]) => path(outlines, scale, { fill: color, stroke: color, "stroke-width": 0.5 }, "Z"))
    .join("");
}

/** Whether some of the places may be in the panel: they are not all beyond one of its sides. */
function isSeen(places: readonly Place[], { x, y }: Scale): boolean {
  return (
    places.some(([a]) => a > x[0]) &&
    places.some(([a]) => a < x[1]) &&
    places.some(([, b]) => b > y[0]) &&
    places.some(([, b]) => b < y[1])
  );
}

/** Broken lines, one after the other. */
function path(
  lines: readonly (readonly Place[])[],
  { toX, toY }: Scale,
  look: Readonly<Record<string, Attribute>>,
  end = "",
): string {
  const d = lines.map((line) => {
    const places = simplified(
      line.map(([x, y]): Place => [toX(x), toY(y)]),
      TOLERANCE,
    );
    return `M${places.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")}${end}`;
  });
  return element("path", { d: d.join(""), ...look });
}

/** What lines and colours mean, on the line of text at y. */
function legends(y: number, limit: number, beyond: boolean): string {
  return [
    legend("before", FAINT, LEFT, y, "dashes"),
    legend("lower edge", ORANGE, LEFT + 90, y),
    legend("left edge", BLUE, LEFT + 202, y),
    limit > 0 ? divergingBar("log|det J|, nats", [-limit, limit], LEFT + INNER, y, beyond) : "",
  ].join("");
}

const PANEL: Known<GridPanel> = {
  title: true,
  note: true,
  map: true,
  x: true,
  y: true,
  view: true,
  points: true,
  cells: true,
};

function check(content: GridPictureContent): void {
  checkOptions("gridPicture", content, { title: true, caption: true, panels: true });
  const { title, caption = "", panels } = content;
  checkText("gridPicture", "title", title);
  checkText("gridPicture", "caption", caption);
  const list = checkList("gridPicture", "panels", panels);
  if (list.length === 0) throw new DomainError("gridPicture: at least one panel; got none");
  for (const panel of list) {
    checkOptions("gridPicture", panel, PANEL);
    checkText("gridPicture", "the title of a panel", panel.title);
    checkText("gridPicture", "the note of a panel", panel.note ?? "");
    checkInterval("gridPicture", "x of a panel", panel.x ?? [0, 1]);
    checkInterval("gridPicture", "y of a panel", panel.y ?? [0, 1]);
    if (panel.view !== undefined) {
      checkOptions("gridPicture", panel.view, { x: true, y: true });
      checkInterval("gridPicture", "view.x of a panel", panel.view.x);
      checkInterval("gridPicture", "view.y of a panel", panel.view.y);
    }
    if (panel.points !== undefined) checkPoints("gridPicture", "points of a panel", panel.points);
    checkNumberOf("gridPicture", "cells of a panel", panel.cells ?? 10, MOST_CELLS);
  }
}
