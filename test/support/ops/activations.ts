import { elu, gelu, leakyRelu, relu, silu } from "diffeo";
import { EPSILON, tensorsAwayFromZero } from "../arbitraries.ts";
import { type Dual, dual, erfNaively, exponential, minus, normalDistribution, plus, power, times } from "../dual.ts";
import { logistic, unary } from "./elementwise.ts";
import { closely, exactly, type OpRow } from "./opCase.ts";

/** x/2·(1 + bent) with what rounding makes of it where 1 + bent cancels: a few eps of each term. */
const gated = (x: number, bent: number) => ({ value: (x / 2) * (1 + bent), bound: 16 * EPSILON * Math.abs(x) });

const ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);

/** √(2/π)(x + 0.044715x³) */
const cubic = (x: Dual): Dual => times(ROOT_TWO_OVER_PI, plus(x, times(0.044715, power(x, 3))));

/** Activations; those with a kink keep away from it. */
export const activations: readonly OpRow[] = [
  unary(
    "relu",
    relu,
    (x) => exactly(Math.max(x, 0)),
    (x) => (x.value > 0 ? x : dual(0)),
    tensorsAwayFromZero,
  ),
  ...[
    { slope: 0.01, f: leakyRelu, variant: "of slope 0.01, the default" },
    { slope: -0.3, f: (x: Parameters<typeof leakyRelu>[0]) => leakyRelu(x, -0.3), variant: "of a negative slope" },
    { slope: 0, f: (x: Parameters<typeof leakyRelu>[0]) => leakyRelu(x, 0), variant: "of slope 0" },
  ].map(({ slope, f, variant }) => ({
    ...unary(
      "leakyRelu",
      (x) => f(x),
      (x) => exactly(x > 0 ? x : slope * x),
      (x) => (x.value > 0 ? x : times(slope, x)),
      tensorsAwayFromZero,
    ),
    variant,
  })),
  unary(
    "elu",
    elu,
    (x) => (x > 0 ? exactly(x) : closely(Math.expm1(x))),
    (x) => (x.value > 0 ? x : minus(exponential(x), 1)),
    tensorsAwayFromZero,
  ),
  unary(
    "silu",
    silu,
    (x) => closely(x / (1 + Math.exp(-x))),
    (x) => times(x, logistic(x)),
  ),
  {
    ...unary(
      "gelu",
      (x) => gelu(x),
      (x) => gated(x, erfNaively(x / Math.SQRT2)),
      (x) => times(x, normalDistribution(x)),
    ),
    variant: "of the error function",
  },
  {
    ...unary(
      "gelu",
      (x) => gelu(x, { approximate: "tanh" }),
      (x) => gated(x, Math.tanh(ROOT_TWO_OVER_PI * (x + 0.044715 * x ** 3))),
      (x) => times(x, logistic(times(2, cubic(x)))), // ½(1 + tanh u), which would cancel
    ),
    variant: "of tanh",
  },
];
