import { DiffeoError, ShapeError } from "../../../tensor/errors.ts";
import { type Block, matrixAt } from "../../../tensor/kernels/block.ts";
import { formatShape, type Shape, sizeOf } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { asTensor, type Operand } from "../../rule.ts";

// A tensor [..., m, n] is a stack of matrices: its leading axes count them, row-major.

/** The leading axes. */
export function leading(shape: Shape): Shape {
  return shape.slice(0, -2);
}

/** The number of rows and columns of each matrix. */
export function lastTwo(shape: Shape): [m: number, n: number] {
  return [shape[shape.length - 2], shape[shape.length - 1]];
}

/** How many matrices there are. */
export function countOf(x: Tensor): number {
  return sizeOf(leading(x.shape));
}

/** The matrix of that number. */
export function matrixOf(x: Tensor, number: number): Block {
  const [m, n] = lastTwo(x.shape);
  return matrixAt(x.data, m, n, number * m * n);
}

/** The operand as a stack of matrices. Throws ShapeError for fewer than two axes. */
export function asMatrices(operation: string, x: Operand): Tensor {
  const operand = asTensor(operation, x);
  if (operand.rank < 2) {
    throw new ShapeError(`${operation}: A must be a matrix or a stack of them; got ${formatShape(operand.shape)}`);
  }
  return operand;
}

/** The operand as a stack of square matrices. Throws ShapeError. */
export function asSquareMatrices(operation: string, x: Operand): Tensor {
  const operand = asMatrices(operation, x);
  const [m, n] = lastTwo(operand.shape);
  if (m !== n) throw new ShapeError(`${operation}: A must be square; got ${formatShape(operand.shape)}`);
  return operand;
}

/** For each matrix of a stack with those leading axes, the index of the matrix that an operand broadcasts to it. */
export function broadcastIndices(result: Shape, operand: Shape): number[] {
  const missing = result.length - operand.length;
  return Array.from({ length: sizeOf(result) }, (_, number) => {
    let [rest, from, stride] = [number, 0, 1];
    for (let axis = result.length - 1; axis >= missing; axis--) {
      const length = operand[axis - missing];
      if (length !== 1) from += (rest % result[axis]) * stride;
      rest = Math.floor(rest / result[axis]);
      stride *= length;
    }
    return from;
  });
}

/** A matrix is not what it has to be; `index` is the first pivot that shows it. */
export abstract class PivotError extends DiffeoError {
  /** The first pivot that shows it. */
  readonly index: number;
  /** Which matrix of a stack: one number per leading axis. */
  readonly batch: readonly number[];

  constructor(message: string, index: number, batch: readonly number[] = []) {
    super(message);
    this.index = index;
    this.batch = batch;
  }
}
