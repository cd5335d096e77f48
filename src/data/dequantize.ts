import { add, mul } from "../autograd/ops/arithmetic.ts";
import { noGrad } from "../autograd/rule.ts";
import { detach, Variable } from "../autograd/variable.ts";
import { checkRandom, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { log } from "../tensor/kernels/elementary.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

const LN_2 = 0.6931471805599453;
const LARGEST = 9_007_199_254_740_992; // 2⁵³: integers up to it are exact

/**
 * y = (x + u)/bins with u uniform on [0, 1): integers 0 … bins − 1 become numbers on [0, 1), where they have a density.
 *
 * The integers come back as ⌊bins·y⌋. A model of the density of y bounds the probability of x from below:
 * E_u[log p(y)] ≤ log P(x) + ln bins per number, whatever the model.
 * Draws `random.uniform` in the shape of x, once. Throws DomainError for numbers of bins and values that are none.
 * Reference: Theis, van den Oord & Bethge (2016), https://arxiv.org/abs/1511.01844.
 *
 * @example
 * dequantize(tensor([0, 128, 255]), 256, new Random(1)); // [0.00347757, 0.502288, 0.998719]
 */
export function dequantize(integers: Tensor, bins: number, random: Random): Tensor {
  checkBins("dequantize", bins);
  checkTensor("dequantize", "integers", integers);
  checkRandom("dequantize", random);
  const { data: y } = random.uniform(integers.shape);
  for (let i = 0; i < y.length; i++) {
    const x = integers.data[i];
    if (!Number.isInteger(x) || x < 0 || x >= bins) {
      throw new DomainError(`dequantize: values must be integers from 0 to ${bins - 1}; got ${x} at index ${i}`);
    }
    const moved = x + y[i];
    y[i] = (moved < x + 1 ? moved : x) / bins; // rounding may reach the next integer, which is another bin
  }
  return new Tensor(y, integers.shape);
}

/**
 * −logProb/(D·ln 2) + log₂ bins, bits per dimension: what each of D integers with that many bins costs, on average, under a
 * model of their dequantized values on [0, 1).
 *
 * logProb is in nats, per point; what comes back is what went in: a number, a Tensor, or a Variable that gradients flow through.
 * For a model of y on another scale add the log-det of the scaling to logProb first. Throws DomainError.
 * Reference: Theis, van den Oord & Bethge (2016), https://arxiv.org/abs/1511.01844.
 *
 * @example
 * bitsPerDim(0, 784, 256); // 8, the uniform density knows nothing
 * bitsPerDim(784 * Math.LN2, 784, 256); // 7: twice the density, one bit less
 */
export function bitsPerDim(logProb: number, dimensions: number, bins: number): number;
export function bitsPerDim(logProb: Variable, dimensions: number, bins: number): Variable;
export function bitsPerDim(logProb: Tensor, dimensions: number, bins: number): Tensor;
export function bitsPerDim(logProb: number | Tensor, dimensions: number, bins: number): number | Tensor {
  checkBins("bitsPerDim", bins);
  checkCount("bitsPerDim", "dimensions", dimensions, 1);
  const bits = log2OfInteger(bins);
  const factor = -1 / (dimensions * LN_2);
  if (typeof logProb === "number") return logProb * factor + bits;
  if (!(logProb instanceof Tensor)) {
    throw new DomainError(`bitsPerDim: logProb is a number or a Tensor; got ${describeValue(logProb)}`);
  }
  if (logProb instanceof Variable) return add(mul(logProb, factor), bits);
  return noGrad(() => detach(add(mul(logProb, factor), bits)));
}

function checkBins(operation: string, bins: number): void {
  if (!Number.isInteger(bins) || bins < 1 || bins > LARGEST) {
    throw new DomainError(`${operation}: bins must be an integer ≥ 1; got ${describeValue(bins)}`);
  }
}

/** log₂ n, exact for powers of two. */
function log2OfInteger(n: number): number {
  let odd = n;
  let twos = 0;
  while (odd % 2 === 0) {
    odd /= 2;
    twos++;
  }
  return twos + log(odd) / LN_2;
}
