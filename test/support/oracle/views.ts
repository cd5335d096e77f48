import { broadcastTo, permute, slice, type Variable } from "diffeo";

/** One step of a view: what was done to a stored array before the op saw it. */
export type View =
  | readonly ["permute", readonly number[]]
  | readonly ["slice", readonly Range[]]
  | readonly ["select", readonly [axis: number, index: number]]
  | readonly ["broadcast_to", readonly number[]];

/** [start, stop, step] with null for the defaults, or null for a whole axis. */
export type Range = readonly [number | null, number | null, (number | null)?] | null;

/** The stored array as the op sees it. */
export function seenThrough(x: Variable, views: readonly View[] = []): Variable {
  return views.reduce<Variable>((seen, [kind, argument]) => {
    if (kind === "permute") return permute(seen, argument as readonly number[]);
    if (kind === "slice") return slice(seen, ...(argument as Parameters<typeof slice>[1][]));
    if (kind === "broadcast_to") return broadcastTo(seen, argument as readonly number[]);
    const [axis, index] = argument as readonly [number, number];
    const whole = new Array<null>(axis < 0 ? axis + seen.rank : axis).fill(null);
    return slice(seen, ...whole, index);
  }, x);
}
