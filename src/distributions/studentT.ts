import { add, div, mul, sqrt, sub } from "../autograd/ops/arithmetic.ts";
import { greater } from "../autograd/ops/comparison.ts";
import { expm1, log } from "../autograd/ops/exponential.ts";
import { where } from "../autograd/ops/selection.ts";
import type { Operand } from "../autograd/rule.ts";
import { fieldsOfBoth, type Kind, kind } from "../tensor/definitions/reading.ts";
import * as elementary from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { FactorizedDistribution } from "./distribution.ts";
import { logGammaRatio } from "./gammaRatio.ts";
import { type LocationScaleOptions, locationScale, locationScaleFields, SMALLEST } from "./locationScale.ts";
import { operand } from "./operands.ts";
import { asParameters, checkPositive } from "./parameters.ts";
import { logStudentDensity, studentFunctions } from "./studentFunctions.ts";

const LN_PI = 1.1447298858494002;

/** What {@link studentT} takes. */
export interface StudentTOptions extends LocationScaleOptions {
  /** ν > 0, the degrees of freedom. */
  readonly df: Operand;
}

/**
 * Student's t with ν degrees of freedom: log p(x) = Σ (ln Γ((ν+1)/2)/Γ(ν/2) − ½ ln πν − ½(ν+1)·ln(1 + z²/ν) − ln s), z = (x − μ)/s.
 *
 * ν = 1 is the Cauchy distribution; ν → ∞ leads to the normal one. Entropy: Σ (½(ν+1)(ψ((ν+1)/2) − ψ(ν/2)) −
 * ln Γ((ν+1)/2)/Γ(ν/2) + ½ ln πν + ln s) nats, ψ the digamma function.
 * Mean: μ if ν > 1, else NaN. Variance: s²ν/(ν − 2) if ν > 2, ∞ for 1 < ν ≤ 2, else NaN.
 * F by the incomplete beta function: relative error of F and ln F below 16·2⁻⁵² for ν from 0.1 to 10⁶, down to tails of 10⁻³⁰⁰, and of F⁻¹ below 40·2⁻⁵², for
 * ν < 1 below 1/ν times that (measured). They have no derivative in ν: a gradient that asks for it is refused, with DomainError.
 * Shape: events have the shape that `df` ν, `loc` μ and `scale` s broadcast to.
 * Sampling: one call of `random.uniform([2, n, ...eventShape])`; x = μ + s·√(ν(u^{−2/ν} − 1))·cos 2πv.
 * Gradients flow into Variables. Special cases: z² does not overflow, however far the tail.
 * Throws DomainError unless the parameters are finite, ν > 0 and s > 0, ShapeError for points of another shape.
 * Reference: Bailey (1994), Polar generation of random variates with the t-distribution, Math. Comp. 62(206), for the sampler.
 *
 * @example
 * const p = studentT({ df: 1, loc: 0, scale: 1 });
 * p.logProb(tensor([0])); // [-1.14473], −ln π
 * p.variance(); // NaN
 */
export function studentT(options: StudentTOptions): FactorizedDistribution {
  checkOptions("studentT", options, { df: true, loc: true, scale: true });
  const { df, loc, scale } = asParameters("studentT", options, ["df", "loc", "scale"]);
  const nu = (): Tensor => checkPositive("studentT", "df", df);
  nu();
  return locationScale(
    {
      name: "studentT",
      shapeParameters: { df },
      logDensity: (z) => logStudentDensity(z, nu()),
      noise(shape, random) {
        const { exponent, direction } = polar(shape, random);
        return mul(sqrt(mul(expm1(div(exponent, nu())), df)), direction);
      },
      entropy() {
        const half = mul(nu(), 0.5);
        const spread = mul(mul(add(df, 1), 0.5), logGammaRatio(half, 1));
        return add(sub(spread, logGammaRatio(half)), mul(add(log(df), LN_PI), 0.5));
      },
      mean: () => where(greater(nu(), 1), 0, Number.NaN),
      variance() {
        const isFinite = greater(nu(), 2);
        const finite = where(isFinite, df, 3); // not to divide by 0
        const other = where(greater(df, 1), Number.POSITIVE_INFINITY, Number.NaN);
        return where(isFinite, div(finite, sub(finite, 2)), other);
      },
      cdf: (z) => studentFunctions.cdf(z, nu()),
      logCdf: (z) => studentFunctions.logCdf(z, nu()),
      icdf: (u) => studentFunctions.icdf(u, nu()),
    },
    { loc, scale },
  );
}

/** −2 ln u and cos 2πv, what the radius and the direction of a pair of draws are made of. */
function polar(shape: Shape, random: Random): { exponent: Tensor; direction: Tensor } {
  const size = sizeOf(shape);
  const { data } = random.uniform([2, ...shape]);
  const exponent = new Float64Array(size);
  const direction = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    exponent[i] = -2 * elementary.log1p(-Math.max(data[i], SMALLEST)); // 1 − u is as uniform as u, and never 0
    direction[i] = elementary.cosPi(2 * data[size + i]);
  }
  return { exponent: new Tensor(exponent, shape), direction: new Tensor(direction, shape) };
}

/** Rebuilds studentT from its definition. */
export const studentTEntry: Kind<FactorizedDistribution> = /*#__PURE__*/ kind(
  /*#__PURE__*/ fieldsOfBoth({ df: /*#__PURE__*/ operand(1) }, locationScaleFields),
  studentT,
);
