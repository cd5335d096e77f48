import { broadcastShapes } from "../../tensor/shape.ts";
import { strongDivSimd, strongerMulSimd, strongMulSimd } from "../../tensor/simd/simdArithmetic.ts";
import { broadcast } from "../../tensor/simd/simdElementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { type StrongZeros, scale } from "./aligned.ts";
import { sumTo } from "./broadcast.ts";

// `times` of aligned.ts for operands that are stretched.

const chainRule: Rule<[g: Tensor, d: Tensor], [strong: StrongZeros]> = {
  name: "mul",
  shape: ([g, d]) => broadcastShapes("mul", g.shape, d.shape),
  forward([g, d], y, strong) {
    if (strong === "both") broadcast(strongerMulSimd, g, d, y);
    else broadcast(strongMulSimd, g, d, y);
  },
  lowering: (strong) => ({ formula: strong === "both" ? strongerMulSimd : strongMulSimd }),
  vjp: ([g, d], _y, u, strong) => [
    () => sumTo(chain(u, d, strong), g.shape),
    () => sumTo(chain(u, g, "both"), d.shape), // g is a cotangent as well
  ],
};

/** g·d, broadcasting: 0 where g is 0, whatever d is. */
export function chain(g: Tensor, d: Tensor | number, strong: StrongZeros = "cotangent"): Variable {
  return apply(chainRule, [g, d], strong);
}

const chainQuotientRule: Rule<[g: Tensor, d: Tensor]> = {
  name: "div",
  shape: ([g, d]) => broadcastShapes("div", g.shape, d.shape),
  forward: ([g, d], y) => broadcast(strongDivSimd, g, d, y),
  lowering: strongDivSimd,
  vjp: ([g, d], y, u) => [
    () => sumTo(chainQuotient(u, d), g.shape),
    () => scale(sumTo(chainQuotient(chain(u, y, "both"), d), d.shape), -1),
  ],
};

/** g/d, broadcasting: 0 where g is 0, whatever d is. */
export function chainQuotient(g: Tensor, d: Tensor): Variable {
  return apply(chainQuotientRule, [g, d]);
}
