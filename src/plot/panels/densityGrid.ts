import { noGrad } from "../../autograd/rule.ts";
import { checkTensor } from "../../tensor/checks.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Range } from "../drawing/scales.ts";

/** The longer side of a grid, in cells. */
export const GRID = 128;

/** A grid of cells in the plane. */
export interface Cells {
  /** How many cells there are along x. */
  readonly columns: number;
  /** How many cells there are along y. */
  readonly rows: number;
  /** The edges of the grid. */
  readonly x: Range;
  /** As `x`. */
  readonly y: Range;
}

/** log p on a grid of cells, row after row from the lowest y; nats. */
export interface DensityGrid extends Cells {
  /** log p at the centre of each cell, [rows·columns]. */
  readonly logDensity: Float64Array;
}

/** log p of points [N, 2] → [N], as of a flow or a distribution; nats. */
export type LogDensity = (points: Tensor) => Tensor;

/** The numbers of a log-density, recording nothing. They throw in the name of the operation unless there is one for each point. */
export function numbersOf(operation: string, logProb: LogDensity): (points: Tensor) => Float64Array {
  return (points) => {
    const { shape, data } = checkTensor(
      operation,
      "what logProb gives",
      noGrad(() => logProb(points)),
    );
    const [N] = points.shape;
    if (sameShape(shape, [N])) return data;
    throw new ShapeError(`${operation}: logProb must give [${N}], a number for each point; got ${formatShape(shape)}`);
  };
}

/** log p at the centres of the cells of a grid, with about square cells when both axes have the same unit; `longer` along the longer side. */
export function densityGrid(
  logDensity: (points: Tensor) => Float64Array,
  x: Range,
  y: Range,
  longer: number = GRID,
): DensityGrid {
  const [width, height] = [x[1] - x[0], y[1] - y[0]];
  const ratio = Math.min(4, Math.max(0.25, height / width));
  const columns = ratio <= 1 ? longer : Math.round(longer / ratio);
  const rows = ratio <= 1 ? Math.round(longer * ratio) : longer;
  const centres = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      centres[2 * (i * columns + j)] = x[0] + ((j + 0.5) / columns) * width;
      centres[2 * (i * columns + j) + 1] = y[0] + ((i + 0.5) / rows) * height;
    }
  }
  return { logDensity: logDensity(new Tensor(centres, [rows * columns, 2])), columns, rows, x, y };
}
