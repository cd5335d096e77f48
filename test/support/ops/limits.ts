import {
  abs,
  elu,
  erf,
  exp,
  expm1,
  gelu,
  leakyRelu,
  log,
  log1p,
  logSigmoid,
  logSumExp,
  max,
  maximum,
  pow,
  reciprocal,
  relu,
  sigmoid,
  silu,
  softplus,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  tanh,
  type Variable,
} from "diffeo";

const INF = Number.POSITIVE_INFINITY;
/** The smallest number there is. */
const TINY = 5e-324;

/** x, and the value, the first and the second derivative there: at ±∞, and where one overflows, their limits. */
type Limit = readonly [x: number, value: number, first: number, second: number];

/** What has settled at one line on the left and at another on the right: a·x or a constant, with that slope. */
function settled(
  left: (x: number) => number,
  slopeLeft: number,
  right: (x: number) => number,
  slopeRight: number,
): Limit[] {
  const sizes = [1e4, 1e155, 1e308, INF];
  return sizes.flatMap((x): Limit[] => [
    [-x, left(-x), slopeLeft, 0],
    [x, right(x), slopeRight, 0],
  ]);
}

const itself = (x: number): number => x;
const constant = (value: number) => (): number => value;

/** At 0, what is subnormal, very large or infinite. Signs of zeros do not count. */
export const LIMITS: readonly (readonly [name: string, f: (x: Tensor) => Variable, limits: readonly Limit[]])[] = [
  [
    "exp",
    exp,
    [
      [-INF, 0, 0, 0],
      [-1e308, 0, 0, 0],
      [TINY, 1, 1, 1],
      [1e155, INF, INF, INF],
      [INF, INF, INF, INF],
    ],
  ],
  [
    "expm1",
    expm1,
    [
      [-INF, -1, 0, 0],
      [-1e308, -1, 0, 0],
      [-TINY, -TINY, 1, 1],
      [1e155, INF, INF, INF],
      [INF, INF, INF, INF],
    ],
  ],
  [
    "log",
    log,
    [
      [0, -INF, INF, -INF],
      [1e-308, -709.1962086421661, 1e308, -INF],
      [1e155, 356.9006894140771, 1e-155, -1e-310],
      [INF, INF, 0, 0],
    ],
  ],
  [
    "log1p",
    log1p,
    [
      [-1, -INF, INF, -INF],
      [TINY, TINY, 1, -1],
      [-TINY, -TINY, 1, -1],
      [1e155, 356.9006894140771, 1e-155, -1e-310],
      [INF, INF, 0, 0],
    ],
  ],
  [
    "sqrt",
    sqrt,
    [
      [0, 0, INF, -INF],
      [-0, 0, INF, -INF],
      [1e-308, 1e-154, 5e153, -INF],
      [1e308, 1e154, 5e-155, 0],
      [INF, INF, 0, 0],
    ],
  ],
  [
    "square",
    square,
    [
      [0, 0, 0, 2],
      [TINY, 0, 2 * TINY, 2],
      [-1e155, INF, -2e155, 2],
      [1e308, INF, INF, 2],
      [-INF, INF, -INF, 2],
    ],
  ],
  [
    "reciprocal",
    reciprocal,
    [
      [0, INF, -INF, INF],
      [-0, -INF, -INF, -INF],
      [1e155, 1e-155, -1e-310, 0],
      [-1e308, -1e-308, 0, 0],
      [INF, 0, 0, 0],
    ],
  ],
  [
    "pow 3",
    (x) => pow(x, 3),
    [
      [0, 0, 0, 0],
      [-1e-155, 0, 3e-310, -6.0000000000000005e-155],
      [-1e308, -INF, INF, -INF],
      [INF, INF, INF, INF],
    ],
  ],
  [
    "pow 2",
    (x) => pow(x, 2),
    [
      [0, 0, 0, 2],
      [-1e155, INF, -2e155, 2],
      [INF, INF, INF, 2],
    ],
  ],
  [
    "pow 1",
    (x) => pow(x, 1),
    [
      [0, 0, 1, 0],
      [TINY, TINY, 1, 0],
      [-1e308, -1e308, 1, 0],
      [-INF, -INF, 1, 0],
    ],
  ],
  [
    "pow 0",
    (x) => pow(x, 0),
    [
      [0, 1, 0, 0],
      [TINY, 1, 0, 0],
      [-1e308, 1, 0, 0],
      [INF, 1, 0, 0],
    ],
  ],
  [
    "pow ½",
    (x) => pow(x, 0.5),
    [
      [0, 0, INF, -INF],
      [1e308, 1e154, 5e-155, 0],
      [INF, INF, 0, 0],
    ],
  ],
  [
    "pow 3/2",
    (x) => pow(x, 1.5),
    [
      [0, 0, 0, INF],
      [1e308, INF, 1.5e154, 7.5e-155],
      [INF, INF, INF, 0],
    ],
  ],
  ["abs", abs, [[0, 0, 0, 0], [TINY, TINY, 1, 0], ...settled((x) => -x, -1, itself, 1)]],
  ["erf", erf, [[0, 0, 2 / Math.sqrt(Math.PI), 0], ...settled(constant(-1), 0, constant(1), 0)]],
  ["tanh", tanh, [[0, 0, 1, 0], [TINY, TINY, 1, -2 * TINY], ...settled(constant(-1), 0, constant(1), 0)]],
  ["sigmoid", sigmoid, [[-TINY, 0.5, 0.25, 0], ...settled(constant(0), 0, constant(1), 0)]],
  ["softplus", softplus, [[TINY, Math.LN2, 0.5, 0.25], ...settled(constant(0), 0, itself, 1)]],
  ["logSigmoid", logSigmoid, [[TINY, -Math.LN2, 0.5, -0.25], ...settled(itself, 1, constant(0), 0)]],
  ["relu", relu, [[0, 0, 0, 0], [TINY, TINY, 1, 0], ...settled(constant(0), 0, itself, 1)]],
  ["leakyRelu of slope 0", (x) => leakyRelu(x, 0), [[0, 0, 0, 0], ...settled(constant(0), 0, itself, 1)]],
  ["leakyRelu of slope ½", (x) => leakyRelu(x, 0.5), settled((x) => x / 2, 0.5, itself, 1)],
  ["elu", elu, [[-TINY, -TINY, 1, 1], [TINY, TINY, 1, 0], ...settled(constant(-1), 0, itself, 1)]],
  ["silu", silu, [[0, 0, 0.5, 0.5], [-1e-310, -5e-311, 0.5, 0.5], ...settled(constant(0), 0, itself, 1)]],
  ["gelu", gelu, [[0, 0, 0.5, 0.7978845608028654], ...settled(constant(0), 0, itself, 1)]],
  [
    "gelu of tanh",
    (x) => gelu(x, { approximate: "tanh" }),
    [[0, 0, 0.5, 0.7978845608028654], ...settled(constant(0), 0, itself, 1)],
  ],
  ["maximum with 0", (x) => maximum(x, 0), settled(constant(0), 0, itself, 1)],
  ["max with 0", (x) => max(stack([x, 0], 0), 0), settled(constant(0), 0, itself, 1)],
  ["logSumExp with 0", (x) => logSumExp(stack([x, 0], 0), 0), settled(constant(0), 0, itself, 1)],
  ["sum of 1", (x) => sum(stack([x], 0), 0), settled(itself, 1, itself, 1)],
];
