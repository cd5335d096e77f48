import { printedAs } from "../tensor/print.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import type { Part } from "./parts.ts";

/** What a summary looks at, where a part has it: layers have shapes of data and latent points, distributions of events, nets of rows. */
interface Summarized extends Part {
  readonly dataShape?: Shape;
  readonly latentShape?: Shape;
  readonly eventShape?: Shape;
  readonly context?: number;
  readonly definition?: { readonly type?: string; readonly inputs?: unknown; readonly outputs?: unknown };
}

/** Above this many parts only the first and the last are printed. */
const ELIDE_ABOVE = 20;
/** How many parts are shown at each end then. */
const EDGE = 8;

/**
 * Makes a flow, a layer, a net or a distribution print as a summary of it, instead of every number that it holds: what it is, the shape of
 * its points, how many layers and parameters it has, the width of its context; and a line for each of its parts. Returns it.
 */
export function summarized<Whole extends Part>(kind: string, whole: Whole): Whole {
  made.add(whole);
  return printedAs(whole, kind, () => summaryOf(whole));
}

/** What the library has made. */
const made = /*#__PURE__*/ new WeakSet<object>();

/** Whether the library made it, and not somebody from a copy of it, `{ ...part, apply: … }`. */
export function isSummarized(part: object): boolean {
  return made.has(part);
}

/**
 *     Flow [2]: 2 layers, 4614 parameters
 *       0     actNorm         [2]     4
 *       1     affineCoupling  [2]  4610
 *       base  standardNormal  [2]     0
 */
function summaryOf(whole: Summarized): string {
  const named = namedParts(whole);
  const layers = named.filter(({ part }) => part.dataShape !== undefined).length;
  const context = named.reduce((widest, { part }) => Math.max(widest, part.context ?? 0), whole.context ?? 0);
  const facts = [
    ...(layers > 0 ? [counted(layers, "layer")] : []),
    counted(sizeOfParameters(whole), "parameter"),
    ...(context > 0 ? [`context of ${context}`] : []),
  ];
  const cells = named.map(({ name, part }) => [name, kindOf(part), shapesOf(part), String(sizeOfParameters(part))]);
  const widths = [0, 1, 2, 3].map((k) => cells.reduce((widest, row) => Math.max(widest, row[k].length), 0));
  const lines = cells.map(([name, kind, shapes, count]) =>
    ["", name.padEnd(widths[0]), kind.padEnd(widths[1]), shapes.padEnd(widths[2]), count.padStart(widths[3])].join(
      "  ",
    ),
  );
  const hidden = lines.length - 2 * EDGE;
  if (lines.length > ELIDE_ABOVE) lines.splice(EDGE, hidden, `  … ${hidden} more`);
  return [`${`${kindOf(whole)} ${shapesOf(whole)}`.trim()}: ${facts.join(", ")}`, ...lines].join("\n");
}

interface NamedPart {
  readonly name: string;
  readonly part: Summarized;
}

/** The parts by name; those of a composition that has no name of its own are listed as the whole's. */
function namedParts({ parts = {} }: Summarized): NamedPart[] {
  return Object.entries(parts).flatMap(([name, part]: [string, Summarized]) =>
    name === "" && kindOf(part) === "compose" ? namedParts(part) : [{ name, part }],
  );
}

/** What it was called by {@link summarized}; of parts made elsewhere what their definition says. */
function kindOf(part: Summarized): string {
  const tag = Object.prototype.toString.call(part).slice("[object ".length, -1);
  return tag === "Object" ? (part.definition?.type ?? "") : tag;
}

/** `[2]`, or `[1,4,4] → [16]` where the shape changes; `3 → 64` of nets. */
function shapesOf({ dataShape, latentShape, eventShape, definition, parts = {} }: Summarized): string {
  const bijection = (parts as Readonly<Record<string, Summarized>>)[""]; // of a flow
  const from = dataShape ?? eventShape ?? bijection?.dataShape;
  const to = latentShape ?? eventShape ?? bijection?.latentShape;
  if (from !== undefined && to !== undefined) {
    return sameShape(from, to) ? formatShape(from) : `${formatShape(from)} → ${formatShape(to)}`;
  }
  return definition?.outputs === undefined ? "" : `${definition.inputs} → ${definition.outputs}`;
}

/** How many numbers training changes. */
function sizeOfParameters({ parameters }: Part): number {
  return parameters.reduce((sum, { size }) => sum + size, 0);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
