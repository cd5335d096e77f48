import { checkFunction, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue, LimitError, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { checkCount, formatShape } from "../tensor/shape.ts";
import type { FlowPictureContent } from "./flowPicture.ts";
import type { Deflate } from "./image/png.ts";
import type { DensityGrid } from "./panels/densityGrid.ts";

// What a picture is made of, checked before anything is drawn.

/** Throws DomainError and ShapeError, in the name of flowPicture, for contents that cannot be drawn. */
export function checkContent(content: FlowPictureContent, deflate: Deflate): void {
  checkOptions("flowPicture", content, {
    title: true,
    caption: true,
    steps: true,
    learned: true,
    learnedLabel: true,
    exact: true,
    data: true,
    samples: true,
    axes: true,
    curve: true,
  });
  checkFunction("flowPicture", "deflate", deflate);
  const { steps, learned, learnedLabel, exact, data, samples } = content;
  checkWords("flowPicture", content);
  checkText("flowPicture", "learnedLabel", learnedLabel);
  const list = checkList("flowPicture", "steps", steps);
  if (list.length < 2 || list.length > 6) throw new DomainError(`flowPicture: two to six steps; got ${list.length}`);
  list.forEach((step, k) => {
    checkText("flowPicture", `the label of step ${k}`, step?.label);
    checkPoints("flowPicture", `the points of step ${k}`, step.points);
  });
  checkPoints("flowPicture", "data", data);
  checkPoints("flowPicture", "samples", samples);
  checkGrid("learned", learned);
  if (exact !== undefined) checkGrid("exact", exact);
}

/** Throws DomainError for titles, names of axes and curves that are none. */
export function checkWords(
  operation: string,
  { title, caption, axes, curve }: Pick<FlowPictureContent, "title" | "caption" | "axes" | "curve">,
): void {
  checkText(operation, "title", title);
  checkText(operation, "caption", caption);
  const names = checkList(operation, "axes", axes);
  if (names.length !== 2) throw new DomainError(`${operation}: axes are two names; got ${describeValue(names)}`);
  for (const name of names) checkText(operation, "the name of an axis", name);
  const { train, validation, reference, unit } = curve ?? {};
  checkText(operation, "curve.unit", unit);
  for (const [name, points] of Object.entries({ train, validation })) {
    const wrong = checkList(operation, `curve.${name}`, points).find(
      (point) => typeof point?.step !== "number" || typeof point.value !== "number",
    );
    if (wrong === undefined) continue;
    throw new DomainError(`${operation}: curve.${name} are points { step, value }; got ${describeValue(wrong)}`);
  }
  if (reference === undefined) return;
  checkText(operation, "curve.reference.label", reference?.label);
  if (Number.isFinite(reference.value)) return;
  throw new DomainError(`${operation}: curve.reference.value must be finite; got ${describeValue(reference.value)}`);
}

/** Throws DomainError unless x is a Tensor, ShapeError unless it is [N, 2]. */
export function checkPoints(operation: string, name: string, x: unknown): void {
  const { shape } = checkTensor(operation, name, x);
  if (shape.length === 2 && shape[1] === 2) return;
  throw new ShapeError(`${operation}: ${name} must be [N,2]; got ${formatShape(shape)}`);
}

/** Throws DomainError unless it is a text. */
export function checkText(operation: string, name: string, text: unknown): void {
  if (typeof text === "string") return;
  throw new DomainError(`${operation}: ${name} must be a text; got ${describeValue(text)}`);
}

/** The entries of a list, those that are missing among them. Throws DomainError unless it is one. */
export function checkList<Entry>(operation: string, name: string, list: readonly Entry[] | undefined): Entry[] {
  if (Array.isArray(list)) return Array.from(list);
  throw new DomainError(`${operation}: ${name} must be a list; got ${describeValue(list)}`);
}

/** Throws DomainError unless it is [low, high], both finite, low < high. */
export function checkInterval(operation: string, name: string, range: unknown): void {
  const ends = checkList(operation, name, range as readonly unknown[]);
  const [low, high] = ends;
  if (
    ends.length === 2 &&
    typeof low === "number" &&
    typeof high === "number" &&
    low < high &&
    Number.isFinite(high - low)
  )
    return;
  throw new DomainError(`${operation}: ${name} must be [low, high], finite, low < high; got ${describeValue(range)}`);
}

/** Throws DomainError unless it is an integer ≥ 1, LimitError if it is above `most`. */
export function checkNumberOf(operation: string, name: string, count: number, most: number): void {
  checkCount(operation, name, count, 1);
  if (count > most) throw new LimitError(`${operation}: ${name} must be at most ${most}; got ${count}`);
}

function checkGrid(name: string, grid: DensityGrid): void {
  const { logDensity, columns, rows, x, y } = grid ?? {};
  checkCount("flowPicture", `${name}.columns`, columns, 1);
  checkCount("flowPicture", `${name}.rows`, rows, 1);
  if (!(logDensity instanceof Float64Array) || logDensity.length !== rows * columns) {
    const came = logDensity instanceof Float64Array ? `${logDensity.length} numbers` : describeValue(logDensity);
    throw new DomainError(`flowPicture: ${name}.logDensity must be a Float64Array of ${rows}·${columns}; got ${came}`);
  }
  for (const [axis, range] of Object.entries({ x, y })) {
    const [low, high] = checkList("flowPicture", `${name}.${axis}`, range);
    if (low <= high && Number.isFinite(high - low)) continue;
    throw new DomainError(`flowPicture: ${name}.${axis} must be finite, low ≤ high; got ${describeValue(range)}`);
  }
}
