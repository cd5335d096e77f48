import { concat, split } from "../autograd/ops/rearrange.ts";
import type { Variable } from "../autograd/variable.ts";
import { checkBatch } from "../tensor/checks.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Numbers in one table of intermediate results: half a megabyte fits into the caches. */
const PIECE = 65_536;

/**
 * A log-density that needs a table of `width` numbers for each point, taken a few points at a time.
 *
 * Shape: [B, 2] → [B]. Throws ShapeError for anything but points of the plane.
 */
export function inPieces(name: string, width: number, logDensity: (x: Variable) => Variable): (x: Tensor) => Variable {
  const most = Math.max(1, Math.floor(PIECE / width));
  return (x) => {
    const B = checkBatch(name, x, [2]);
    const sizes = Array.from({ length: Math.max(1, Math.ceil(B / most)) }, (_, i) => Math.min(most, B - i * most));
    return concat(split(x, sizes, 0).map(logDensity), 0);
  };
}
