import { normalizeAxes, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { asTensor, type Operand } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { keepsDims, type ReductionOptions, reducedShape, reshape } from "./broadcast.ts";
import { permute } from "./rearrange.ts";

/**
 * A reduction over any axes by means of one over a single axis: neighbouring axes are seen as one, which costs nothing; others
 * are moved to the end first.
 *
 * `reduce` gets x and the axis to reduce, and leaves it with length 1.
 */
export function reduceAsOne(
  operation: string,
  x: Operand,
  axis: number | readonly number[] | undefined,
  options: ReductionOptions,
  reduce: (x: Tensor, axis: number) => Variable,
): Variable {
  const operand = asTensor(operation, x);
  const { shape } = operand;
  const axes = normalizeAxes(operation, axis, operand.rank);
  const result = reducedShape(shape, axes, keepsDims(operation, options));
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const neighbours = axes.every((i, k) => i === axes[0] + k);
  const along = neighbours && axes.length > 0 ? axes[0] : kept.length;
  const leading = (neighbours ? shape : kept.map((i) => shape[i])).slice(0, along);
  const trailing = neighbours ? shape.slice(along + axes.length) : [];
  const merged = [...leading, sizeOf(axes.map((i) => shape[i])), ...trailing];
  const ordered = neighbours ? operand : permute(operand, [...kept, ...axes]);
  const y = reduce(sameShape(ordered.shape, merged) ? ordered : reshape(ordered, merged), along);
  return sameShape(y.shape, result) ? y : reshape(y, result);
}
