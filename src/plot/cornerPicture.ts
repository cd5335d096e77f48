import { checkTensor } from "../tensor/checks.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkList, checkText } from "./checkContent.ts";
import { evenRows } from "./drawing/columns.ts";
import { heading, page } from "./drawing/page.ts";
import { comparedOf } from "./panels/compared.ts";
import { corner, dotsOf } from "./panels/corner.ts";

// D columns, N rows of data, M samples

/** Everything that {@link cornerPicture} shows. */
export interface CornerPictureContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** A line or two of facts, below the title. */
  readonly caption?: string;
  /** [N, D], D ≥ 2: orange. */
  readonly data: Tensor;
  /** [M, D], beside the data: blue. */
  readonly samples?: Tensor;
  /** The names of the columns; x₁ … x_D if absent. */
  readonly names?: readonly string[];
}

/**
 * Each column by itself, as a histogram, and each pair of columns, as dots, of data and of samples: one self-contained SVG, as {@link modelPicture}
 * draws it for a flow of more than two columns, without the flow.
 *
 * Shows the first eight columns at most, and of many rows some from all over. Axes show 99 % of the data, nothing wild, and nine in ten samples; a line below the
 * caption says what is not shown. The same content gives the same text on every host. Throws ShapeError unless data are [N, D] with D ≥ 2, and samples have as many
 * columns; DomainError for what cannot be drawn.
 *
 * @example
 * const random = new Random(1);
 * const [data, samples] = [random.normal([100, 3]), random.normal([200, 3])];
 * const svg = cornerPicture({ title: "N(0, I), twice", data, samples, names: ["a", "b", "c"] });
 */
export function cornerPicture(content: CornerPictureContent): string {
  const names = checkedNames(content);
  const { title, caption = "", data, samples } = content;
  const { compared, facts } = comparedOf(names, { data, samples });
  const N = compared.data.shape[0];
  const dots = evenRows(compared.data, dotsOf(compared.names.length)).shape[0];
  if (dots < N) facts.push(`${dots} of ${N} rows as dots`);
  const { shownTitle, lines, top } = heading(title, [caption, facts.join(" · ")]);
  const { markup, bottom } = corner(compared, top, { samplesName: "samples", samplesRoom: 76 });
  return page({ title, shownTitle, lines, height: bottom + 52 }, markup);
}

/** The names of the columns, once the content is checked. */
function checkedNames(content: CornerPictureContent): readonly string[] {
  checkOptions("cornerPicture", content, { title: true, caption: true, data: true, samples: true, names: true });
  const { title, caption = "", data, samples, names } = content;
  checkText("cornerPicture", "title", title);
  checkText("cornerPicture", "caption", caption);
  const { shape } = checkTensor("cornerPicture", "data", data);
  const D = shape[1];
  if (shape.length !== 2 || D < 2)
    throw new ShapeError(`cornerPicture: data must be [N,D], D ≥ 2; got ${formatShape(shape)}`);
  if (samples !== undefined) {
    const { shape: ofSamples } = checkTensor("cornerPicture", "samples", samples);
    if (ofSamples.length !== 2 || ofSamples[1] !== D)
      throw new ShapeError(`cornerPicture: samples must be [M,${D}]; got ${formatShape(ofSamples)}`);
  }
  if (shape[0] + (samples?.shape[0] ?? 0) === 0)
    throw new DomainError("cornerPicture: at least one row of data or of samples; got none");
  if (names === undefined) return Array.from({ length: D }, (_, j) => `x${subscript(j + 1)}`);
  for (const name of checkList("cornerPicture", "names", names))
    checkText("cornerPicture", "the name of a column", name);
  if (names.length === D) return names;
  throw new DomainError(`cornerPicture: names are those of the ${D} columns; got ${names.length}`);
}

/** 12 as ₁₂ */
function subscript(n: number): string {
  return [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}
