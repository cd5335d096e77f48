/**
 * A matrix inside a larger array: element (i, j) is `data[start + i·rowStride + j·columnStride]`.
 *
 * A view, never a copy. It lets blocked algorithms be written as in a textbook: A₂₁ is a block, Aᵀ exchanges the strides.
 */
export interface Block {
  readonly data: Float64Array;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
  /** From (i, j) to (i + 1, j). */
  readonly rowStride: number;
  /** From (i, j) to (i, j + 1). */
  readonly columnStride: number;
}

/** A row-major matrix [rows, columns] that begins at `start`, as a block. */
export function matrixAt(data: Float64Array, rows: number, columns: number, start = 0): Block {
  return { data, start, rows, columns, rowStride: columns, columnStride: 1 };
}

/** Rows i … iEnd − 1 and columns j … jEnd − 1 of a block. */
export function block(A: Block, i: number, iEnd: number, j: number, jEnd: number): Block {
  return { ...A, start: A.start + i * A.rowStride + j * A.columnStride, rows: iEnd - i, columns: jEnd - j };
}

/** Aᵀ. */
export function transposed(A: Block): Block {
  return { ...A, rows: A.columns, columns: A.rows, rowStride: A.columnStride, columnStride: A.rowStride };
}

/** The rows from the last to the first. */
export function rowsReversed(A: Block): Block {
  return { ...A, start: A.start + (A.rows - 1) * A.rowStride, rowStride: -A.rowStride };
}
