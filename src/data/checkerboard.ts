import { summarized } from "../autograd/summary.ts";
import { Variable } from "../autograd/variable.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import { Tensor } from "../tensor/tensor.ts";

/** ln 32 */
const ENTROPY = 3.4657359027997265;

/**
 * ln p at one point: −ln 32 on the squares of side 2 whose column and row, both within −2 … 1, add up to an even number.
 * A square has its lower and left edges.
 */
function logDensity(x1: number, x2: number): number {
  const column = Math.floor(x1 / 2);
  const row = Math.floor(x2 / 2);
  if (column !== column || row !== row) return Number.NaN;
  const outside = Math.min(column, row) < -2 || Math.max(column, row) > 1;
  return outside || (column + row) % 2 !== 0 ? Number.NEGATIVE_INFINITY : -ENTROPY;
}

/**
 * Eight dark squares of a chess board, of side 2, uniformly: 2·(s, t), s = 4u − 2, t = u₁ − 2b + (⌊s⌋ mod 2); u and u₁
 * uniform on [0, 1), b a fair bit.
 *
 * p(x) = 1/32 on them and 0 elsewhere: log p is −∞ there, and its gradient is 0 everywhere. Entropy: ln 32 nats.
 *
 * Sampling draws `random.uniform([n, 3])` (u, u₁, b).
 * Shape: [B, 2] → [B]; other points throw ShapeError. Cost: O(1) for each point.
 * Reference: as in Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
 *
 * @example
 * checkerboard().logProb(tensor([[1, 1], [1, 3]])); // [-3.46574, -Infinity]: −ln 32 on a dark square
 */
export function checkerboard(): Distribution {
  return summarized("checkerboard", {
    eventShape: [2],
    parameters: [],
    logProb(x) {
      const B = checkBatch("checkerboard", x, [2]);
      const logProb = new Float64Array(B);
      for (let i = 0; i < B; i++) logProb[i] = logDensity(x.data[2 * i], x.data[2 * i + 1]);
      return new Variable(logProb, [B]); // a constant: it does not depend on x as far as derivatives can tell
    },
    sample(n, random) {
      checkDraw("checkerboard.sample", n, random, [2]);
      const u = random.uniform([n, 3]).data;
      const points = new Float64Array(2 * n);
      for (let i = 0; i < n; i++) {
        const s = 4 * u[3 * i] - 2;
        const odd = Math.floor(s) % 2 === 0 ? 0 : 1;
        points[2 * i] = 2 * s;
        points[2 * i + 1] = 2 * (u[3 * i + 1] - (u[3 * i + 2] < 0.5 ? 0 : 2) + odd);
      }
      return new Tensor(points, [n, 2]);
    },
    entropy: () => ENTROPY,
  });
}
