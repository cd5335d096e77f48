import type { Flow } from "../flows/flow.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { CELL_POINTS, type Coordinates } from "./coordinates.ts";
import { logMeanExp } from "./logMeanExp.ts";

/** log p_Y of points y [N, D]; where rows stand for cells, the log of the mean over 16 points of each. */
export function pointScores(
  flow: Flow,
  coordinates: Coordinates,
  y: Tensor,
  context: Tensor | undefined,
): Float64Array {
  if (!coordinates.hasCells) return flow.score(y, context).data;
  return logMeanExp(
    Array.from(
      { length: CELL_POINTS },
      (_, m) =>
        flow.score(
          coordinates.inCells(y, () => m),
          context,
        ).data,
    ),
  );
}
