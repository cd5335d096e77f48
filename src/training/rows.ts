import { checkBatch, checkTensor } from "../tensor/checks.ts";
import { ShapeError } from "../tensor/errors.ts";
import { takeAxis } from "../tensor/kernels/layout.ts";
import { formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkData } from "./nonFinite.ts";

/** Data to train on: points, and the context of each of them if the flow has one. */
export interface Rows {
  readonly x: Tensor;
  readonly context?: Tensor | undefined;
}

/** The chosen rows of x, in that order. */
function takeRows(x: Tensor, indices: readonly number[]): Tensor {
  const inner = sizeOf(x.shape.slice(1));
  const rows = new Float64Array(indices.length * inner);
  takeAxis(x.data, x.shape[0], indices, inner, rows);
  return new Tensor(rows, [indices.length, ...x.shape.slice(1)]);
}

/** The chosen rows, with their contexts; a context of one row belongs to all. */
export function select({ x, context }: Rows, indices: readonly number[]): Rows {
  const shared = context === undefined || (context.shape[0] === 1 && x.shape[0] !== 1);
  return { x: takeRows(x, indices), context: shared ? context : takeRows(context, indices) };
}

/** Rows start … end − 1, with their contexts. */
export function rowsBetween(rows: Rows, start: number, end: number): Rows {
  return select(
    rows,
    Array.from({ length: end - start }, (_, i) => start + i),
  );
}

/**
 * Throws DomainError unless they are Tensors, ShapeError unless x is a batch of such points and the context, if any, has one row for each or
 * one for all, and NonFiniteError for NaN and infinities. `name` is what x is called.
 */
export function checkRows(operation: string, name: string, { x, context }: Rows, shape: Shape): void {
  checkTensor(operation, name, x);
  const N = checkBatch(operation, x, shape);
  checkData(operation, name, x);
  if (context === undefined) return;
  const { rank, shape: came } = checkTensor(operation, "context", context);
  if (rank !== 2 || (came[0] !== N && came[0] !== 1)) {
    throw new ShapeError(`${operation}: context must be [${N},C] or [1,C]; got ${formatShape(came)}`);
  }
  checkData(operation, "context", context);
}
