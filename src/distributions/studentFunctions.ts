import { times } from "../autograd/ops/aligned.ts";
import { add, div, mul, neg, sqrt, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo } from "../autograd/ops/broadcast.ts";
import { lessEqual } from "../autograd/ops/comparison.ts";
import { exp, log, log1p } from "../autograd/ops/exponential.ts";
import { abs, where } from "../autograd/ops/selection.ts";
import { apply, type Rule } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { DomainError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logGammaRatio } from "./gammaRatio.ts";
import { logStudentCdf, studentCdf, studentHazard, studentQuantile } from "./studentTail.ts";

const LN_PI = 1.1447298858494002;

/** ln p(z) = ln Γ((ν+1)/2)/Γ(ν/2) − ½ ln πν − ½(ν+1)·ln(1 + z²/ν), with gradients in z and ν. */
export function logStudentDensity(z: Tensor, nu: Tensor): Variable {
  const constant = sub(logGammaRatio(mul(nu, 0.5)), mul(add(log(nu), LN_PI), 0.5));
  return sub(constant, mul(mul(add(nu, 1), 0.5), log1pSquare(div(abs(z), sqrt(nu)))));
}

/** ln(1 + w²) for w ≥ 0, as 2 ln w + ln(1 + w⁻²) where w > 1: w² may overflow. */
function log1pSquare(w: Variable): Variable {
  const small = lessEqual(w, 1);
  const [inside, outside] = [where(small, w, 1), where(small, 1, w)];
  return where(small, log1p(square(inside)), add(mul(log(outside), 2), log1p(square(div(1, outside)))));
}

/** y = f(x, ν), number by number, and ∂f/∂x as an op of x, ν and y. There is none for ν, and a gradient that asks for it is refused. */
function ofEach(
  name: string,
  f: (x: number, nu: number) => number,
  slope: (x: Tensor, nu: Tensor, y: Variable) => Variable,
): Rule<[x: Tensor, nu: Tensor]> {
  return {
    name,
    shape: ([x]) => x.shape,
    forward([{ data: x }, { data: nu }], { data: y }) {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i], nu[i]);
    },
    vjp: ([x, nu], y, g) => [
      () => times(g, slope(x, nu, y)),
      () => {
        throw new DomainError("studentT: distribution functions have no derivative in df; detach it, or use logProb");
      },
    ],
  };
}

const cdfRule = /*#__PURE__*/ ofEach("studentCdf", studentCdf, (z, nu) => exp(logStudentDensity(z, nu)));
const logCdfRule = /*#__PURE__*/ ofEach("logStudentCdf", logStudentCdf, (z, nu) => apply(hazardRule, [z, nu]));
/** h = p/F; h′ = h·(p′/p − h), p′/p = −(ν + 1)z/(ν + z²). */
const hazardRule: Rule<[x: Tensor, nu: Tensor]> = /*#__PURE__*/ ofEach("studentHazard", studentHazard, (z, nu, h) =>
  mul(h, sub(div(mul(neg(z), add(nu, 1)), add(square(z), nu)), h)),
);
const quantileRule = /*#__PURE__*/ ofEach("studentQuantile", studentQuantile, (_u, nu, x) =>
  exp(neg(logStudentDensity(x, nu))),
);

/** F(z), its logarithm, and F⁻¹(u), of each of z or u, [B, ...event], with the ν of its coordinate. Gradient: the density, p/F, 1/p; none in ν. */
export const studentFunctions: Readonly<Record<"cdf" | "logCdf" | "icdf", (x: Tensor, nu: Tensor) => Variable>> = {
  cdf: (z, nu) => apply(cdfRule, [z, broadcastTo(nu, z.shape)]),
  logCdf: (z, nu) => apply(logCdfRule, [z, broadcastTo(nu, z.shape)]),
  icdf: (u, nu) => apply(quantileRule, [u, broadcastTo(nu, u.shape)]),
};
