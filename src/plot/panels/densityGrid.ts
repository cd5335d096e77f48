import { Tensor } from "../../tensor/tensor.ts";
import type { Range } from "../drawing/scales.ts";

/** The longer side of a grid, in cells. */
const GRID = 128;

/** log p on a grid of cells, row after row from the lowest y; nats. */
export interface DensityGrid {
  readonly logDensity: Float64Array;
  readonly columns: number;
  readonly rows: number;
  /** The edges of the grid. */
  readonly x: Range;
  readonly y: Range;
}

/** log p at the centres of the cells of a grid, with about square cells when both axes have the same unit. */
export function densityGrid(logDensity: (points: Tensor) => Float64Array, x: Range, y: Range): DensityGrid {
  const [width, height] = [x[1] - x[0], y[1] - y[0]];
  const ratio = Math.min(4, Math.max(0.25, height / width));
  const columns = ratio <= 1 ? GRID : Math.round(GRID / ratio);
  const rows = ratio <= 1 ? Math.round(GRID * ratio) : GRID;
  const centres = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      centres[2 * (i * columns + j)] = x[0] + ((j + 0.5) / columns) * width;
      centres[2 * (i * columns + j) + 1] = y[0] + ((i + 0.5) / rows) * height;
    }
  }
  return { logDensity: logDensity(new Tensor(centres, [rows * columns, 2])), columns, rows, x, y };
}
