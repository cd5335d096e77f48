import { SHARD } from "../../tensor/kernels/shards.ts";
import { MOST_TASKS } from "./claims.ts";

/** What a piece costs besides its rows, in rows: weights are packed for each. */
const OVERHEAD = 8;

/** How many rows a piece of a batch should have, 64·2ᵏ, so that so many threads are done soonest; null if there is nothing to divide. */
export function pieceSize(rows: number, threads: number): number | null {
  let best: number | null = null;
  let least = rows + OVERHEAD;
  for (let size = SHARD; size < rows; size *= 2) {
    const pieces = Math.ceil(rows / size);
    if (pieces > MOST_TASKS) continue;
    const loads = new Array<number>(threads).fill(0);
    for (let k = 0; k < pieces; k++) {
      const next = loads.indexOf(Math.min(...loads));
      loads[next] += Math.min(size, rows - k * size) + OVERHEAD;
    }
    const longest = Math.max(...loads);
    if (longest <= least) {
      best = size;
      least = longest;
    }
  }
  return best;
}
