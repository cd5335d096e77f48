import type { Bijection } from "../flows/bijection.ts";
import { layer } from "../flows/layer.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Coordinates } from "./coordinates.ts";

/**
 * The map from rows in the units of the table to points that the flow sees, as a layer without gradients; integers and rounded columns are numbers like others here.
 * Rows outside of the type of a column have a log-det of −∞.
 */
export function unitsLayer(coordinates: Coordinates): Bijection {
  return layer({
    shape: [coordinates.columns.length],
    definition: { type: "units" },
    forward(x) {
      const { y, logDet } = coordinates.toPoints(x);
      return { z: y, logDet: new Tensor(logDet, [logDet.length]) };
    },
    inverse(y) {
      const x = coordinates.toRows(y, false);
      const { logDet } = coordinates.toPoints(x);
      return {
        x,
        logDet: new Tensor(
          logDet.map((value) => -value),
          [logDet.length],
        ),
      };
    },
  });
}
