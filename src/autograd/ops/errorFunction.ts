import {
  erfDerivative as erfDerivativeOf,
  erf as erfOf,
  normalCdf as normalCdfOf,
  normalDensity as normalDensityOf,
} from "../../tensor/kernels/erf.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { numberwise } from "./aligned.ts";
import { mul, neg } from "./arithmetic.ts";
import { withinTails } from "./selection.ts";

const erfRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("erf", erfOf, (x) => apply(erfDerivativeRule, [x]));

/** y = 2/√π·e^{−x²}. Gradient: −2x·y·g. */
const erfDerivativeRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("erfDerivative", erfDerivativeOf, (x, y) =>
  mul(mul(withinTails(x), -2), y),
);

/**
 * y = erf x = 2/√π·∫₀ˣ e^{−t²} dt. Gradient: g·2/√π·e^{−x²}, accurate in the tails, too. Special cases: ±1 at ±∞.
 *
 * @example
 * erf(tensor([-1, 0, 1])); // [-0.842701, 0, 0.842701]
 */
export function erf(x: Operand): Variable {
  return apply(erfRule, [x]);
}

const normalCdfRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("normalCdf", normalCdfOf, (x) =>
  apply(normalDensityRule, [x]),
);

/** y = φ(x) = e^{−x²/2}/√(2π). Gradient: −x·y·g. */
const normalDensityRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("normalDensity", normalDensityOf, (x, y) =>
  neg(mul(withinTails(x), y)),
);

/**
 * y = Φ(x) = ½(1 + erf(x/√2)), the standard normal distribution function, without the cancellation of that formula: its lower tail is
 * accurate down to Φ(−38). Gradient: g·φ(x).
 */
export function normalCdf(x: Operand): Variable {
  return apply(normalCdfRule, [x]);
}
