import { readFileSync } from "node:fs";
import type { Flow } from "../flows/index.ts";
import { loadModel, type ModelExtra } from "../io/index.ts";
import { Tensor } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import { reason } from "./output.ts";

/** A model as the command sees it. */
export interface NamedModel {
  readonly flow: Flow;
  readonly extra: ModelExtra;
  /** The names of the D columns; c1 … cD if nobody has named them. */
  readonly columns: readonly string[];
  /** The columns that are given, C of them. */
  readonly conditions: readonly string[];
}

/** The bytes of a file. Throws CommandError. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${reason(error)}`);
  }
}

/** Opens a model. Throws CommandError for a flow of images, and what `loadModel` throws. */
export function openModel(path: string): NamedModel {
  const { flow, extra } = loadModel(readBytes(path));
  const { dataShape } = flow.bijection;
  if (dataShape.length !== 1) {
    throw new CommandError(
      `${path} is a flow of points of shape [${dataShape}]; the command knows tables (loadFlow opens it in a program)`,
    );
  }
  const columns = namesOr(extra.columns, dataShape[0], "c", []);
  return { flow, extra, columns, conditions: namesOr(extra.conditions, flow.context, "given", columns) };
}

/** Names that were saved, if there is one for each and none comes twice; numbered ones otherwise. */
function namesOr(names: unknown, count: number, prefix: string, taken: readonly string[]): string[] {
  const texts = Array.isArray(names) && names.every((name) => typeof name === "string") ? names : [];
  const known = texts.length === count && new Set([...texts, ...taken]).size === count + taken.length;
  return known ? texts : Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
}

/** The rows of a matrix that has D columns, then C conditions: points, and contexts if there are any. */
export function splitConditions(
  matrix: Tensor,
  D: number,
): { readonly x: Tensor; readonly context: Tensor | undefined } {
  const [N, width] = matrix.shape;
  if (width === D) return { x: matrix, context: undefined };
  const part = (from: number, to: number): Tensor => {
    const data = new Float64Array(N * (to - from));
    for (let i = 0; i < N; i++) data.set(matrix.data.subarray(i * width + from, i * width + to), i * (to - from));
    return new Tensor(data, [N, to - from]);
  };
  return { x: part(0, D), context: part(D, width) };
}
