// From rows in the units of a table to points that a flow sees: y = (v(x) − mean)/deviation, column by column, v the unbounded value.

import { columnStatistics } from "../tensor/columnStatistics.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { Random } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { bounded, type ColumnType, cellWidth, isOf, logSlope, unbounded } from "./columnType.ts";

// N rows, D columns, C numbers of context

/** A column that is modelled. */
export interface ModelledColumn {
  /** Its name in the table. */
  readonly name: string;
  /** What its values are. */
  readonly type: ColumnType;
  /** Of the unbounded values of the training rows. */
  readonly mean: number;
  /** Their population standard deviation, > 0. */
  readonly deviation: number;
}

/** A column that is given: a number, standardised; or a label, one of several, which makes as many numbers of which one is 1. */
export interface GivenColumn {
  /** Its name in the table. */
  readonly name: string;
  /** Null for labels. */
  readonly mean: number | null;
  /** The population standard deviation, > 0; null for labels. */
  readonly deviation: number | null;
  /** Null for numbers. */
  readonly labels: readonly string[] | null;
}

/** A column that is not modelled, because all training rows have one value there. */
export interface ConstantColumn {
  /** Its name in the table. */
  readonly name: string;
  /** The value of all training rows. */
  readonly value: number;
}

/** How many points of its cell a row is judged by. */
export const CELL_POINTS = 16;

/** The map between rows of a table and points of a flow. */
export class Coordinates {
  readonly columns: readonly ModelledColumn[];
  readonly conditions: readonly GivenColumn[];
  /** C */
  readonly context: number;
  /** Whether rows stand for cells: some column is an integer or rounded. */
  readonly hasCells: boolean;
  /** The cell's width in units of y, [D]; 0 for columns that have none. */
  readonly #widths: Float64Array;
  /** u − ½ for each of 16 points and D columns: a Latin hypercube, the same for ever. */
  readonly #offsets: Float64Array;
  /** −Σ ln deviation */
  readonly #logVolume: number;

  constructor(columns: readonly ModelledColumn[], conditions: readonly GivenColumn[]) {
    this.columns = columns;
    this.conditions = conditions;
    this.context = conditions.reduce((sum, { labels }) => sum + (labels?.length ?? 1), 0);
    this.#widths = Float64Array.from(columns, ({ type, deviation }) => cellWidth(type) / deviation);
    this.hasCells = this.#widths.some((width) => width > 0);
    this.#offsets = cellOffsets(columns.length);
    this.#logVolume = -columns.reduce((sum, { deviation }) => sum + log(deviation), 0);
  }

  /** The points y [N, D] of rows x [N, D], of cells the middles, and log|det dy/dx| [N]: −∞ for rows outside of a column's type, whose y is any. */
  toPoints(x: Tensor): { readonly y: Tensor; readonly logDet: Float64Array } {
    const [N, D] = x.shape;
    const y = new Float64Array(N * D);
    const logDet = new Float64Array(N).fill(this.#logVolume);
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < D; j++) {
        const { type, mean, deviation } = this.columns[j];
        const value = x.data[i * D + j];
        if (type.kind !== "integer" && !isOf(type, value)) {
          logDet[i] = Number.NEGATIVE_INFINITY;
          continue;
        }
        y[i * D + j] = (unbounded(type, value) - mean) / deviation;
        logDet[i] += logSlope(type, value);
      }
    }
    return { y: new Tensor(y, [N, D]), logDet };
  }

  /** The rows x [N, D] of points y [N, D]; integers and rounded columns are numbers of their grid, or any if `onGrid` is false. */
  toRows(y: Tensor, onGrid = true): Tensor {
    const [N, D] = y.shape;
    const x = new Float64Array(N * D);
    for (let k = 0; k < x.length; k++) {
      const { type, mean, deviation } = this.columns[k % D];
      const value = y.data[k] * deviation + mean;
      x[k] = cellWidth(type) > 0 && !onGrid ? value : bounded(type, value);
    }
    return new Tensor(x, [N, D]);
  }

  /** The points of which the m-th of 16 points of its cell is one, for each row: y + width·(u − ½). `which` says the m of row i. */
  inCells(y: Tensor, which: (row: number) => number): Tensor {
    const [N, D] = y.shape;
    const moved = y.data.slice();
    for (let i = 0; i < N; i++) {
      const m = which(i) % CELL_POINTS;
      for (let j = 0; j < D; j++) moved[i * D + j] += this.#widths[j] * this.#offsets[m * D + j];
    }
    return new Tensor(moved, [N, D]);
  }

  /** The points with each coordinate anywhere in its cell: y + width·(u − ½), u [N, D] between 0 and 1. */
  spread(y: Tensor, u: Tensor): Tensor {
    const D = this.columns.length;
    return new Tensor(
      y.data.map((value, k) => value + this.#widths[k % D] * (u.data[k] - 0.5)),
      y.shape,
    );
  }

  /** The contexts [N, C] of given values [N, conditions], of labels their places in the list; undefined without conditions. */
  toContext(given: Tensor): Tensor | undefined {
    const [N, K] = given.shape;
    const C = this.context;
    if (C === 0) return undefined;
    const context = new Float64Array(N * C);
    let from = 0;
    this.conditions.forEach(({ mean, deviation, labels }, k) => {
      for (let i = 0; i < N; i++) {
        const value = given.data[i * K + k];
        if (labels === null) context[i * C + from] = (value - (mean as number)) / (deviation as number);
        else context[i * C + from + value] = 1;
      }
      from += labels?.length ?? 1;
    });
    return new Tensor(context, [N, C]);
  }
}

/** The columns with the means and deviations of the training rows x [N, D]. */
export function standardisedColumns(
  operation: string,
  names: readonly string[],
  types: readonly ColumnType[],
  x: Tensor,
): ModelledColumn[] {
  const [, D] = x.shape;
  const asTheyAre = types.every((type) => type.kind !== "positive" && type.kind !== "interval");
  const values = asTheyAre
    ? x
    : new Tensor(
        x.data.map((value, k) => unbounded(types[k % D], value)),
        x.shape,
      );
  const { mean, deviation } = columnStatistics(operation, values);
  return names.map((name, j) => {
    const type = types[j];
    // a constant integer is as wide as its cell: the deviation of a uniform density
    const least = cellWidth(type) * 0.28867513459481287; // √(1/12)
    const own = deviation.data[j];
    const width = least > 0 ? Math.sqrt(own * own + least * least) : own;
    return { name, type, mean: mean.data[j], deviation: width || 1 };
  });
}

/** u − ½ for 16 points and D columns: (π(m) + ½)/16 − ½ with a permutation π of 0 … 15 for each column, drawn once and for all. */
function cellOffsets(D: number): Float64Array {
  const random = new Random(16);
  const offsets = new Float64Array(CELL_POINTS * D);
  for (let j = 0; j < D; j++) {
    random.permutation(CELL_POINTS).forEach((place, m) => {
      offsets[m * D + j] = (place + 0.5) / CELL_POINTS - 0.5;
    });
  }
  return offsets;
}

/** The conditions, numbers with the means and deviations of the training rows [N, conditions]; 1 where a condition is constant. */
export function standardisedConditions(
  operation: string,
  conditions: readonly { readonly name: string; readonly labels: readonly string[] | null }[],
  given: Tensor,
): GivenColumn[] {
  if (conditions.length === 0) return [];
  const { mean, deviation } = columnStatistics(operation, given);
  return conditions.map(({ name, labels }, k) =>
    labels === null
      ? { name, mean: mean.data[k], deviation: deviation.data[k] || 1, labels: null }
      : { name, mean: null, deviation: null, labels },
  );
}
