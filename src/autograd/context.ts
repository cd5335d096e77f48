import { checkTensor } from "../tensor/checks.ts";
import { ShapeError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcastTo } from "./ops/broadcast.ts";

// C numbers that each point may come with, on which its density depends: nets, layers and distributions take them the same way.

/**
 * One row of context for each of B rows: [B, C], or [1, C] or [C] for all → [B, C]; or undefined if C = 0.
 *
 * Throws ShapeError if a context is missing, unexpected, or of another width or length.
 */
export function contextRows(
  operation: string,
  B: number,
  context: Tensor | undefined,
  width: number,
): Tensor | undefined {
  if (context !== undefined) checkTensor(operation, "context", context);
  if (width === 0) {
    if (context !== undefined)
      throw new ShapeError(`${operation}: takes no context; got ${formatShape(context.shape)}`);
    return undefined;
  }
  if (context === undefined) throw new ShapeError(`${operation}: needs a context of width ${width}; got none`);
  if (sameShape(context.shape, [B, width])) return context;
  if (sameShape(context.shape, [1, width]) || sameShape(context.shape, [width]))
    return broadcastTo(context, [B, width]);
  throw new ShapeError(
    `${operation}: context must be [${B},${width}] or [1,${width}]; got ${formatShape(context.shape)}`,
  );
}

/** The width of the context that several parts take, those that take any; 0 if none does. Throws ShapeError if they do not agree. */
export function contextOf(operation: string, parts: readonly { readonly context?: number }[]): number {
  const widths = new Set(parts.map(({ context }) => context ?? 0).filter((width) => width > 0));
  if (widths.size <= 1) return [...widths][0] ?? 0;
  throw new ShapeError(`${operation}: parts take one context or none; got widths ${[...widths].join(" and ")}`);
}

/** The context, for a part that takes one. */
export function contextFor(part: { readonly context?: number }, context: Tensor | undefined): Tensor | undefined {
  return part.context ? context : undefined;
}
