import { checkBatch, checkTensor } from "../tensor/checks.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { takeAxis } from "../tensor/kernels/layout.ts";
import { pairwiseSum } from "../tensor/kernels/reduce.ts";
import { formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkData } from "./nonFinite.ts";

/** Data to train on: points, and the context of each of them if the flow has one. */
export interface Rows {
  /** [N, ...dataShape] */
  readonly x: Tensor;
  /** [N, C], or [1, C] for all rows. */
  readonly context?: Tensor | undefined;
  /** [N], how much each row counts; each as much as the others if there are none. */
  readonly weights?: Tensor | undefined;
}

/** The chosen rows of x, in that order. */
function takeRows(x: Tensor, indices: readonly number[]): Tensor {
  const inner = sizeOf(x.shape.slice(1));
  const rows = new Float64Array(indices.length * inner);
  takeAxis(x.data, x.shape[0], indices, inner, rows);
  return new Tensor(rows, [indices.length, ...x.shape.slice(1)]);
}

/** The chosen rows, with their contexts and weights; a context of one row belongs to all. */
export function select({ x, context, weights }: Rows, indices: readonly number[]): Rows {
  const shared = context?.shape[0] === 1 && x.shape[0] !== 1;
  return {
    x: takeRows(x, indices),
    ...(context && { context: shared ? context : takeRows(context, indices) }),
    ...(weights && { weights: takeRows(weights, indices) }),
  };
}

/** Rows start … end − 1, with their contexts. */
export function rowsBetween(rows: Rows, start: number, end: number): Rows {
  return select(
    rows,
    Array.from({ length: end - start }, (_, i) => start + i),
  );
}

/**
 * Throws DomainError unless they are Tensors, ShapeError unless x is a batch of such points, the context, if any, has one row for each or
 * one for all, and there is a weight for each; NonFiniteError for NaN and infinities; DomainError for weights that are negative, or all 0 unless
 * these may be. `name` is what x is called.
 */
export function checkRows(
  operation: string,
  name: string,
  { x, context, weights }: Rows,
  shape: Shape,
  mayBeZero = false,
): void {
  checkTensor(operation, name, x);
  const N = checkBatch(operation, x, shape);
  checkData(operation, name, x);
  if (weights !== undefined) checkWeights(operation, weights, N, mayBeZero);
  if (context === undefined) return;
  const { rank, shape: came } = checkTensor(operation, "context", context);
  if (rank !== 2 || (came[0] !== N && came[0] !== 1)) {
    throw new ShapeError(`${operation}: context must be [${N},C] or [1,C]; got ${formatShape(came)}`);
  }
  checkData(operation, "context", context);
}

/** Throws unless there is a finite weight ≥ 0 for each of N rows, not all 0 unless they may be: DomainError, ShapeError, NonFiniteError. */
export function checkWeights(operation: string, weights: Tensor, N: number, mayBeZero = false): void {
  const { rank, shape, data } = checkTensor(operation, "weights", weights);
  if (rank !== 1 || shape[0] !== N) {
    throw new ShapeError(`${operation}: weights must be [${N}], one for each row; got ${formatShape(shape)}`);
  }
  checkData(operation, "weights", weights);
  const negative = data.findIndex((weight) => weight < 0);
  if (negative >= 0) {
    throw new DomainError(`${operation}: weights must be ≥ 0; weights[${negative}] = ${data[negative]}`);
  }
  const mean = meanOf(data);
  if (N === 0 || ((mayBeZero ? mean >= 0 : mean > 0) && mean < Number.POSITIVE_INFINITY)) return;
  throw new DomainError(`${operation}: weights must not all be 0, and have a finite sum; their mean is ${mean}`);
}

/** The mean of numbers. */
export function meanOf(data: Float64Array): number {
  return pairwiseSum(data, 0, 1, data.length) / data.length;
}
