import { mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { summarized } from "../autograd/summary.ts";
import { Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import { type Kind, kind, listOf, size } from "../tensor/definitions/reading.ts";
import type { Random } from "../tensor/random.ts";
import { checkShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import type { DiagonalNormal } from "./diagonalNormal.ts";
import { eventAxes } from "./distribution.ts";

/** ln 2π */
export const LOG_2PI = 1.8378770664093453;

/**
 * N(0, I): log p(x) = −½|x|² − (D/2)·ln 2π, D the number of elements of one point.
 *
 * Entropy: (D/2)(1 + ln 2π) nats. Sampling: one call of `random.normal`.
 *
 * @example
 * standardNormal([2]).logProb(tensor([[0, 0]])).toArray(); // [-1.8378770664093453]
 */
export function standardNormal(shape: Shape): DiagonalNormal {
  const eventShape = [...checkShape("standardNormal", shape)];
  const D = sizeOf(eventShape);
  const draw = (n: number, random: Random): Tensor => {
    checkDraw("standardNormal.sample", n, random, eventShape);
    return random.normal([n, ...eventShape]);
  };
  const logProb = (x: Tensor): Variable => sub(mul(sum(square(x), eventAxes(x)), -0.5), 0.5 * D * LOG_2PI);
  return summarized("standardNormal", {
    eventShape,
    parameters: [],
    definition: { type: "standardNormal", shape: eventShape },
    loc: zeros(eventShape),
    logScale: zeros(eventShape),
    logProb(x) {
      checkBatch("standardNormal", x, eventShape);
      return logProb(x);
    },
    sample: draw,
    sampleWithLogProb(n, random) {
      const { data, shape: drawn } = draw(n, random);
      const x = new Variable(data, drawn);
      return { x, logProb: logProb(x) };
    },
    entropy: () => 0.5 * D * (1 + LOG_2PI),
  });
}

export const standardNormalEntry: Kind<DiagonalNormal> = /*#__PURE__*/ kind(
  { shape: /*#__PURE__*/ listOf(size) },
  ({ shape }, at) => {
    at.claim(2 * sizeOf(shape));
    return standardNormal(shape);
  },
);
