import {
  add,
  broadcastTo,
  checkFinite,
  concat,
  div,
  exp,
  log,
  logSumExp,
  matmul,
  mean,
  mul,
  neg,
  Random,
  reshape,
  sigmoid,
  silu,
  softplus,
  split,
  sqrt,
  square,
  sub,
  sum,
  Tensor,
  take,
  tanh,
  transpose,
  type Variable,
} from "diffeo";

/** One op with the inputs on which it is checked. */
export interface OpCase {
  readonly f: (...inputs: Variable[]) => Variable;
  readonly inputs: readonly Tensor[];
}

/** One row per op; a new op is a new row. */
export interface OpRow {
  readonly name: string;
  readonly draw: (random: Random) => OpCase;
}

/** A length from 0 to 4, seldom 0. */
function length(random: Random): number {
  return Math.max(0, random.integers([], 9).item() >> 1);
}

/** A shape of rank 0 to 3. */
export function drawShape(random: Random, rank: number = random.integers([], 4).item()): number[] {
  return Array.from({ length: rank }, () => length(random));
}

/** A shape that broadcasts against the given one: some axes 1, some leading axes missing. */
export function drawPartner(random: Random, shape: readonly number[]): number[] {
  const missing = random.integers([], shape.length + 1).item();
  return shape.slice(missing).map((n) => (random.uniform([]).item() < 0.4 ? 1 : n));
}

const values = (random: Random, shape: readonly number[]): Tensor => random.uniform(shape, -3, 3);
const positive = (random: Random, shape: readonly number[]): Tensor => random.uniform(shape, 0.5, 3);
/** At a distance from 0 of at least ½, of either sign. */
const nonzero = (random: Random, shape: readonly number[]): Tensor => {
  const signs = random.integers(shape, 2);
  return new Tensor(
    positive(random, shape).data.map((value, i) => (signs.data[i] === 0 ? value : -value)),
    shape,
  );
};

function unary(name: string, f: (x: Variable) => Variable, domain = values): OpRow {
  return { name, draw: (random) => ({ f, inputs: [domain(random, drawShape(random))] }) };
}

function binary(name: string, f: (a: Variable, b: Variable) => Variable, second = values): OpRow {
  const draw = (random: Random): OpCase => {
    const shape = drawShape(random);
    const partner = drawPartner(random, shape);
    if (second === values && random.integers([], 2).item() === 0) {
      return { f, inputs: [values(random, partner), second(random, shape)] };
    }
    return { f, inputs: [values(random, shape), second(random, partner)] };
  };
  return { name, draw };
}

/** An axis of a shape, counted from either end. */
function drawAxis(random: Random, rank: number): number {
  return random.integers([], 2 * rank).item() - rank;
}

/** x of rank ≥ 1, and an axis of it. */
function alongAxis(name: string, f: (x: Variable, axis: number, random: Random) => Variable): OpRow {
  const draw = (random: Random): OpCase => {
    const shape = drawShape(random, 1 + random.integers([], 3).item());
    const axis = drawAxis(random, shape.length);
    const choices = random.state(); // f is called many times, and must choose the same each time
    return { f: (x) => f(x, axis, Random.from(choices)), inputs: [values(random, shape)] };
  };
  return { name, draw };
}

/** Every differentiable op of `diffeo/autograd`. */
export const OPS: readonly OpRow[] = [
  binary("add", add),
  binary("sub", sub),
  binary("mul", mul),
  binary("div", div, nonzero),
  unary("neg", neg),
  unary("square", square),
  unary("sqrt", sqrt, positive),
  unary("exp", exp),
  unary("log", log, positive),
  unary("tanh", tanh),
  unary("sigmoid", sigmoid),
  unary("softplus", softplus),
  unary("silu", silu),
  unary("checkFinite", (x) => checkFinite(x)),
  unary("sum", (x) => sum(x)),
  alongAxis("sum", (x, axis) => sum(x, axis)),
  alongAxis("sum", (x, axis) => sum(x, axis, { keepDims: true })),
  {
    name: "sum",
    draw: (random) => ({ f: (x) => sum(x, [0, -1]), inputs: [values(random, drawShape(random, 3))] }),
  },
  {
    name: "mean",
    draw: (random) => ({ f: (x) => mean(x, 1, { keepDims: true }), inputs: [values(random, [length(random), 3])] }),
  },
  {
    name: "logSumExp",
    draw: (random) => ({ f: (x) => logSumExp(x, -1), inputs: [values(random, [length(random), 1 + length(random)])] }),
  },
  {
    name: "logSumExp",
    draw: (random) => ({ f: (x) => logSumExp(x), inputs: [values(random, [1 + length(random), 2])] }),
  },
  {
    name: "reshape",
    draw: (random) => {
      const [a, b] = [length(random), length(random)];
      return { f: (x) => reshape(x, [b, a, 1]), inputs: [values(random, [a, b])] };
    },
  },
  {
    name: "broadcastTo",
    draw: (random) => {
      const shape = drawShape(random);
      return { f: (x) => broadcastTo(x, shape), inputs: [values(random, drawPartner(random, shape))] };
    },
  },
  {
    name: "transpose",
    draw: (random) => ({
      f: transpose,
      inputs: [values(random, [...drawShape(random, random.integers([], 2).item()), length(random), length(random)])],
    }),
  },
  alongAxis("take", (x, axis, random) => {
    const n = x.shape.at(axis) ?? 0;
    if (n === 0) return take(x, [], axis);
    const indices = Array.from(random.integers([4], 2 * n).data, (index) => index - n);
    return take(x, indices, axis);
  }),
  {
    name: "concat",
    draw: (random) => {
      const rest = drawShape(random, 1);
      const inputs = [2, 0, 3].map((n) => values(random, [n, ...rest]));
      return { f: (...xs) => concat(xs, 0), inputs };
    },
  },
  {
    name: "concat",
    draw: (random) => {
      const rows = length(random);
      return { f: (a, b) => concat([a, b], -1), inputs: [values(random, [rows, 2]), values(random, [rows, 1])] };
    },
  },
  {
    name: "split",
    draw: (random) => ({
      f: (x) => {
        const [a, , c] = split(x, [2, 1, 2], 1); // the second piece is not used
        return mul(a, c);
      },
      inputs: [values(random, [length(random), 5])],
    }),
  },
  ...(["NN", "TN", "NT"] as const).map(
    (layout): OpRow => ({
      name: "matmul",
      draw: (random) => {
        const [M, N, K] = [length(random), length(random), length(random)];
        return {
          f: (a, b) => matmul(a, b, layout),
          inputs: [
            values(random, layout === "TN" ? [K, M] : [M, K]),
            values(random, layout === "NT" ? [N, K] : [K, N]),
          ],
        };
      },
    }),
  ),
];
