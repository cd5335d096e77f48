import { blankCells } from "../io/tables/cellTexts.ts";
import { fromRows } from "../io/tables/fromRows.ts";
import { numberedNames } from "../io/tables/names.ts";
import { Table } from "../io/tables/table.ts";
import { finiteNumbers } from "../io/tables/tableBlock.ts";
import { ValueBlock } from "../io/tables/valueBlock.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Rows, select } from "../training/rows.ts";

/** Rows in any form: a Tensor [N, columns], a Table, lists of numbers, or objects with the names of the columns. */
export type DensityRows = Tensor | Table | readonly (readonly number[])[] | readonly object[];

/**
 * The rows as a table. Columns of Tensors and of lists are called by `names`, or c1 … cD if there are none yet; of objects those names are taken that are `needed`, or all.
 * Throws DomainError for anything else, ShapeError for another number of columns.
 */
export function asTable(
  operation: string,
  rows: unknown,
  names: readonly string[] | null,
  needed: readonly string[] | null,
): Table {
  if (rows instanceof Table) return rows;
  if (rows instanceof Tensor) return ofTensor(operation, rows, names);
  if (!Array.isArray(rows)) {
    throw new DomainError(
      `${operation}: rows must be a Tensor, a Table, lists of numbers, or objects; got ${describeValue(rows)}`,
    );
  }
  if (rows.length === 0) return ofColumns(operation, [], 0, needed ?? names ?? []);
  if (rows.every((row) => Array.isArray(row) || row instanceof Float64Array)) {
    return ofLists(operation, rows as readonly ArrayLike<number>[], names);
  }
  const known = needed ?? [...new Set(rows.flatMap((row) => Object.keys(Object(row))))];
  return fromRows(rows, known);
}

function ofTensor(operation: string, x: Tensor, names: readonly string[] | null): Table {
  const [N, W] = x.shape;
  if (x.rank !== 2) throw new ShapeError(`${operation}: rows must be [N,columns]; got ${formatShape(x.shape)}`);
  const columns = Array.from({ length: W }, (_, j) => Float64Array.from({ length: N }, (_, i) => x.data[i * W + j]));
  return ofColumns(operation, columns, N, names);
}

function ofLists(operation: string, rows: readonly ArrayLike<number>[], names: readonly string[] | null): Table {
  const W = rows[0].length;
  const odd = rows.findIndex(({ length }) => length !== W);
  if (odd >= 0) throw new ShapeError(`${operation}: rows must be of one length; got ${W} and ${rows[odd].length}`);
  const columns = Array.from({ length: W }, (_, j) => rows.map((row) => row[j]));
  return ofColumns(operation, columns, rows.length, names);
}

function ofColumns(
  operation: string,
  columns: readonly ArrayLike<number>[],
  rows: number,
  names: readonly string[] | null,
): Table {
  const called = names ?? numberedNames(columns.length);
  if (columns.length !== called.length && rows > 0) {
    throw new ShapeError(`${operation}: rows must have ${called.length} columns; got ${columns.length}`);
  }
  const all = rows === 0 ? called.map(() => []) : columns;
  return new Table({ names: [...called], blocks: [new ValueBlock(all, rows, 1)], blanks: blankCells([]) });
}

/** Columns as a matrix [N, columns]. */
export function sideBySide(columns: readonly Float64Array[], N: number): Tensor {
  const K = columns.length;
  const data = Float64Array.from({ length: N * K }, (_, k) => columns[k % K][Math.floor(k / K)]);
  return new Tensor(data, [N, K]);
}

/** The numbers of a column, NaN where there is none. */
export function numbersIn({ parts, names }: Table, name: string): Float64Array {
  const place = names.indexOf(name);
  const all = parts.blocks.map((block) => finiteNumbers(block, parts.positions?.[place] ?? place, parts.blanks));
  return Float64Array.from(all.flatMap((values) => Array.from(values)));
}

/** The rows x [N, D] that come with that context [1, C], all if there is none; null if there is no such row. */
export function rowsWith({ x, context: contexts }: Rows, context: Tensor | undefined): Tensor | null {
  if (context === undefined || contexts === undefined) return x;
  const C = context.size;
  const isSame = (i: number): boolean => context.data.every((value, k) => contexts.data[i * C + k] === value);
  const same = Array.from({ length: x.shape[0] }, (_, i) => i).filter(isSame);
  return same.length === 0 ? null : select({ x }, same).x;
}
