import { take } from "../../autograd/ops/indexing.ts";
import { DomainError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { checkBatch, checkShape } from "../../tensor/shape.ts";
import type { Bijection } from "../bijection.ts";
import { zeroLogDet } from "../logDet.ts";

/** What {@link permutation} takes: the order itself, or the number of coordinates and a source of randomness. */
export type PermutationOptions =
  | { readonly permutation: readonly number[] }
  | { readonly dimensions: number; readonly random: Random };

/**
 * z_i = x_{p(i)}, so that J is a permutation matrix.
 *
 * Log-det: 0. Inverse: x_{p(i)} = z_i. Parameters: none; p is fixed. Smoothness: C∞ (linear).
 * Cost: O(D) both ways. Throws DomainError unless p is a permutation of 0 … D − 1.
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516.
 */
export function permutation(options: PermutationOptions): Bijection {
  const order = "permutation" in options ? [...options.permutation] : options.random.permutation(options.dimensions);
  const back = inversePermutation(order);
  const shape = [order.length];
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: [],
    buffers: new Map(),
    definition: { type: "permutation", permutation: order },
    cost: { forward: "parallel", inverse: "parallel" },
    forward: (x) => ({ z: take(x, order, 1), logDet: zeroLogDet(checkBatch("permutation", x.shape, shape)) }),
    inverse: (z) => ({ x: take(z, back, 1), logDet: zeroLogDet(checkBatch("permutation", z.shape, shape)) }),
  };
}

/**
 * z_i = x_{D−1−i}: the permutation that turns the coordinates around.
 *
 * Log-det: 0. Inverse: itself. Parameters: none. Smoothness: C∞ (linear). Cost: O(D) both ways.
 * Reference: Papamakarios, Pavlakou & Murray (2017), https://arxiv.org/abs/1705.07057.
 */
export function reverse({ dimensions }: { readonly dimensions: number }): Bijection {
  checkShape("reverse", [dimensions]);
  const layer = permutation({ permutation: Array.from({ length: dimensions }, (_, i) => dimensions - 1 - i) });
  return { ...layer, definition: { type: "reverse", dimensions } };
}

/** q with q(p(i)) = i. Throws DomainError unless p is a permutation. */
export function inversePermutation(order: readonly number[]): number[] {
  const back: number[] = new Array(order.length).fill(-1);
  order.forEach((from, i) => {
    if (!Number.isInteger(from) || from < 0 || from >= order.length || back[from] !== -1) {
      throw new DomainError(
        `permutation: every index 0 … ${order.length - 1} must occur once; got [${order.join(",")}]`,
      );
    }
    back[from] = i;
  });
  return back;
}
