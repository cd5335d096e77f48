import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/broadcast.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { parameter } from "../../autograd/variable.ts";
import { log } from "../../tensor/kernels/elementary.ts";
import { checkBatch, checkShape } from "../../tensor/shape.ts";
import { Tensor, tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { constantLogDet } from "../logDet.ts";
import { columnStatistics } from "./statistics.ts";

/**
 * z = (x − μ)·exp(−log σ), coordinate by coordinate, with μ and log σ learned.
 *
 * Log-det: −Σ log σ, the same at every point. Inverse: x = z·exp(log σ) + μ.
 * Parameters: μ and log σ, unconstrained; they start at 0, and `initialize` sets them to the mean and the population
 * standard deviation of the data, so that z starts standardised. Smoothness: C∞ (affine). Cost: O(D) both ways.
 * Throws DomainError when initialized with a constant column.
 * Reference: Kingma & Dhariwal (2018), https://arxiv.org/abs/1807.03039; they write z = s·x + b.
 */
export function actNorm({ dimensions }: { readonly dimensions: number }): Bijection {
  const shape = checkShape("actNorm", [dimensions]);
  const mu = parameter(zeros(shape), "shift");
  const logSigma = parameter(zeros(shape), "logScale");
  const buffers = new Map([["initialized", tensor(0)]]);
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: [mu, logSigma],
    buffers,
    definition: { type: "actNorm", dimensions },
    cost: { forward: "parallel", inverse: "parallel" },
    initialize(x) {
      checkBatch("actNorm", x.shape, shape);
      if (buffers.get("initialized")?.item() === 1) return;
      const { mean, deviation } = columnStatistics("actNorm", x);
      mu.assign(mean);
      logSigma.assign(new Tensor(deviation.data.map(log), shape));
      buffers.set("initialized", tensor(1));
    },
    forward(x) {
      const B = checkBatch("actNorm", x.shape, shape);
      return { z: mul(sub(x, mu), exp(neg(logSigma))), logDet: constantLogDet(neg(sum(logSigma)), B) };
    },
    inverse(z) {
      const B = checkBatch("actNorm", z.shape, shape);
      return { x: add(mul(z, exp(logSigma)), mu), logDet: constantLogDet(sum(logSigma), B) };
    },
  };
}
