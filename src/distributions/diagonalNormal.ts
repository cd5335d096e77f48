import { add, mul, neg, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, sum } from "../autograd/ops/broadcast.ts";
import { exp } from "../autograd/ops/exponential.ts";
import { noGrad, type Operand } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, type Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { eventAxes, type FactorizedDistribution, type SampleWithLogProb } from "./distribution.ts";
import { definitionWith, operand } from "./operands.ts";
import { asParameters, eventShapeOf, numberUnless, trainable } from "./parameters.ts";
import { LOG_2PI, normalFunctions } from "./standardNormal.ts";

/** A Gaussian with independent coordinates. */
export interface DiagonalNormal extends FactorizedDistribution {
  /** μ */
  readonly loc: Tensor;
  /** log σ */
  readonly logScale: Tensor;
}

/** Where a normal lies, and how wide it is: numbers, Tensors, or Variables, into which gradients flow. */
export interface DiagonalNormalOptions {
  /** μ, the mean. */
  readonly loc: Operand;
  /** log σ, the logarithm of the standard deviation. */
  readonly logScale: Operand;
}

/**
 * N(μ, diag σ²): log p(x) = −½|z|² − Σ log σ − (D/2)·ln 2π, z = (x − μ)·exp(−log σ).
 *
 * Entropy: Σ log σ + (D/2)(1 + ln 2π) nats. Mean and median: μ. Variance: σ². F = Φ(z), F⁻¹ = μ + σ·Φ⁻¹(u) of each coordinate. Shape: events have the shape that `loc` μ and `logScale` log σ broadcast to.
 * Sampling: one call of `random.normal`; x = μ + exp(log σ)·ε. Gradients flow into Variables.
 * Throws DomainError unless the parameters are finite, ShapeError for points of another shape.
 *
 * @example
 * const p = diagonalNormal({ loc: tensor([1, 2]), logScale: 0 });
 * p.logProb(tensor([[1, 2]])); // [-1.83788], −ln 2π
 * p.cdf(tensor([[1, 3]])); // [[0.5, 0.841345]]
 */
export function diagonalNormal(options: DiagonalNormalOptions): DiagonalNormal {
  checkOptions("diagonalNormal", options, { loc: true, logScale: true });
  const { loc, logScale } = asParameters("diagonalNormal", options, ["loc", "logScale"]);
  const eventShape = eventShapeOf("diagonalNormal", [loc, logScale]);
  const D = sizeOf(eventShape);
  const logScales = (): Variable => sum(broadcastTo(logScale, eventShape)); // Σ log σ
  const logProbOf = (z: Tensor): Variable =>
    sub(mul(sum(square(z), eventAxes(z)), -0.5), add(logScales(), 0.5 * D * LOG_2PI));

  function sampleWithLogProb(n: number, random: Random): SampleWithLogProb {
    checkDraw("diagonalNormal.sample", n, random, eventShape);
    const noise = random.normal([n, ...eventShape]);
    return { x: add(mul(noise, exp(logScale)), loc), logProb: logProbOf(noise) };
  }
  return summarized("diagonalNormal", {
    eventShape,
    parameters: trainable([loc, logScale]),
    get definition() {
      return definitionWith("diagonalNormal", { loc, logScale });
    },
    loc,
    logScale,
    logProb(x) {
      checkBatch("diagonalNormal", x, eventShape);
      return logProbOf(mul(sub(x, loc), exp(neg(logScale))));
    },
    sample: (n, random) => noGrad(() => detach(sampleWithLogProb(n, random).x)),
    sampleWithLogProb,
    entropy: () => numberUnless([loc, logScale], add(logScales(), 0.5 * D * (1 + LOG_2PI))),
    ...normalFunctions("diagonalNormal", eventShape, loc, logScale),
  });
}

/** Rebuilds diagonalNormal from its definition. */
export const diagonalNormalEntry: Kind<DiagonalNormal> = /*#__PURE__*/ kind(
  { loc: /*#__PURE__*/ operand(0), logScale: /*#__PURE__*/ operand(0) },
  diagonalNormal,
);
