// High-precision values of the elementary functions and of their derivatives: the oracle of
// test/tensor/kernels/elementary.test.ts and test/autograd/ops/exponential.test.ts.
//
//   node scripts/elementary-table.mjs > test/tensor/kernels/data/elementary.json

import { BITS, cos, erf, exp, fromDouble, log, ONE, over, PI, sin, sqrt, times, toDouble } from "./exact.mjs";

/** @param {bigint} x */
const sigmoid = (x) => over(ONE, ONE + exp(-x));
/** @param {bigint} x */
const tanh = (x) => over(exp(2n * x) - ONE, exp(2n * x) + ONE);
/** @param {bigint} x */
const erfDerivative = (x) => over(2n * exp(-times(x, x)), sqrt(PI));

/** @type {Readonly<Record<string, (x: bigint, y: bigint) => bigint>>} */
const FUNCTIONS = {
  exp,
  expm1: (x) => exp(x) - ONE,
  log,
  log1p: (x) => log(ONE + x),
  tanh,
  sigmoid,
  softplus: (x) => log(ONE + exp(x)),
  logSigmoid: (x) => -log(ONE + exp(-x)),
  sinPi: (x) => sin(times(PI, x % (2n * ONE))),
  cosPi: (x) => sin(times(PI, (x % (2n * ONE)) + ONE / 2n)),
  sin: (x) => sin(x % (2n * PI)),
  cos: (x) => cos(x % (2n * PI)),
  pow: (x, y) => exp(times(y, log(x))),
  erf,
  erfDerivative,
  normalCdf: (x) => (ONE + erf(over(x, sqrt(2n * ONE)))) / 2n,
  normalDensity: (x) => over(exp(-times(x, x) / 2n), sqrt(2n * PI)),
};

/** @type {Readonly<Record<string, (x: bigint) => bigint>>} */
const DERIVATIVES = {
  exp,
  expm1: exp,
  log: (x) => over(ONE, x),
  log1p: (x) => over(ONE, ONE + x),
  tanh: (x) => ONE - times(tanh(x), tanh(x)),
  sigmoid: (x) => times(sigmoid(x), ONE - sigmoid(x)),
  softplus: sigmoid,
  logSigmoid: (x) => sigmoid(-x),
  erf: erfDerivative,
};

/**
 * `count` arguments spread over an interval, by steps of the golden ratio.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
const spread = (low, high, count) =>
  Array.from({ length: count }, (_, i) => low + (high - low) * ((i * 0.6180339887498949) % 1));

/** @param {readonly number[]} xs */
const bothSigns = (xs) => xs.flatMap((x) => [x, -x]);

/** Among them the float64 number that is nearest to a multiple of π/2, and 45.55 = 29·π/2, nearest below 10⁶. */
const ANGLES = [
  ...[...spread(-10, 10, 24), ...spread(-1.6e6, 1.6e6, 60), ...bothSigns([5e-324, 1e-300, 9.9e-9, 1.1e-8, 1e-4, 0.5])],
  ...[
    0.7853981633974483, 0.7853981633974484, 2.356194490192345, 3.141592653589793, 1.5707963267948966, 4.71238898038469,
  ],
  ...[45.553093477052, -182.212373908208, 321307.9594422229, 1.6e6, 1.60000001e6, -1647099.3, 2 ** 21 + 0.7, 1e7, 1e15],
  ...[2 ** 53 - 1, 1e22, 1e100, -1e200, 5.319372648326541e255, 2 ** 1023, 1.7976931348623157e308],
  ...spread(1, 2, 40).map((x, i) => x * 2 ** (21 + 25 * i)),
  ...[9.64150847023583e136, 0.786421255123281, -1.7207771406371633e99, 1114441.5321845496, -0.7233197255513222],
  ...[-3.880973764696341, 2.9571520756880935e92],
];

/**
 * Spread over the range; the seams of the reductions and of the special cases; the tails; and last the hardest of 25,000 or
 * more random arguments for the functions of src/tensor/kernels, as they were when this was written.
 *
 * @type {Readonly<Record<string, readonly number[]>>}
 */
const ARGUMENTS = {
  exp: [
    ...[...spread(-745, 709.7, 24), ...spread(-1.2, 1.2, 20), ...bothSigns([5e-324, 1e-300, 1e-17, 2 ** -53])],
    ...[
      0.34657359, 0.346573591, -0.34657359, -0.346573591, 709.782712893384, 709.78, -708.3, -708.5, -744.4, -745.1,
      -745.1332191019412,
    ],
    ...[0.39593811071586704, 176.43464043829886, -0.9923810951405374, 0.3863215451607487, -708.0094998805897],
  ],
  expm1: [
    ...[...spread(-39, 709, 20), ...spread(-2, 2, 30), ...bothSigns([5e-324, 1e-300, 1e-17, 1e-12, 1e-5, 0.001])],
    ...[0.34657359, 0.346573591, -0.34657359, -0.346573591, 709, 709.78, -37.5, -39.999, -40, -41],
    ...[37.26632228635887, -0.3675932881079265, -0.3897901532115087, -0.3664181468643644],
  ],
  log: [
    ...[...spread(0.3, 3, 30), ...spread(0.99, 1.01, 10), 5e-324, 1e-310, 2.2250738585072014e-308, 2e-308, 1e-100],
    ...[1e100, 1.7976931348623157e308, 1 + 2 ** -52, 1 - 2 ** -53, 0.70710678, 0.70710679, 1.41421356, 1.41421357, 2],
    ...[1.396891009071901, 1.6138495208483419, 1.60319453497197, 0.632044077008978, 1.6405975822199093],
  ],
  log1p: [
    ...[...spread(-0.99, 4, 30), ...bothSigns([5e-324, 1e-300, 1e-17, 2 ** -53, 1.5 * 2 ** -53, 2e-16, 1e-9, 1e-4])],
    ...[1e10, 1e300, 1.7976931348623157e308, -0.9999999999, -1 + 2 ** -53, -0.2928932, -0.2928933, 0.41421356],
    ...[-1.6656393921454606e-16, -1.668518611063796e-16, 0.2938156129201023, -0.2961623665866064],
  ],
  tanh: [
    ...[
      ...spread(-3, 3, 30),
      ...spread(-0.4, 0.4, 16),
      ...bothSigns([5e-324, 1e-300, 1e-10, 9.9e-10, 1e-9, 1.1e-9, 1e-5]),
    ],
    ...[19, -21.9, 22, 22.1, -300, 0.17328679, 0.1732868],
    ...[0.2443684342818342, 0.2244857552817231, 0.24271786232991677, -0.2544922825047222],
  ],
  sigmoid: [
    ...[...spread(-745, 40, 24), ...spread(-4, 4, 24), ...bothSigns([5e-324, 1e-17, 1e-9, 36.7, 37.5]), -708.5, -745.1],
    ...[-4.146442410550819, -3.436212526060359, -1.96407222522627, -20.93915938283606, -34.80689881443976],
  ],
  softplus: [
    ...[
      ...spread(-745, 745, 20),
      ...spread(-4, 4, 24),
      ...bothSigns([5e-324, 1e-17, 1e-9, 36.7, 37.5]),
      -708.5,
      -745.1,
    ],
    ...[700.5, -2.023576732926082, -33.68019102775972, -23.75262256998263, -3.0062894792973927],
  ],
  sinPi: [
    ...[...spread(-2, 2, 30), ...bothSigns([0.25, 0.2499, 0.2501, 0.75, 1e-9, 1e-300, 1.9999, 101.3, 2 ** 40 + 0.3])],
    ...[-980.9200754475222, 491.7490489468096, 394.7425485625572, -0.16068790844401962, -0.08016036436933],
  ],
  cosPi: [
    ...[
      ...spread(-2, 2, 30),
      ...bothSigns([0.25, 0.2499, 0.2501, 0.75, 1e-9, 0.499999, 1.5000001, 101.3, 2 ** 40 + 0.3]),
    ],
    ...[0.5796249807588003, 1.3380393989871036, 0.4200739862468077, -4.419948266995829, -1.6621645688129605],
  ],
  logSigmoid: [
    ...[...spread(-745, 745, 20), ...spread(-4, 4, 24), ...bothSigns([5e-324, 1e-17, 1e-9, 36.7, 37.5]), 708.5, 745.1],
    ...[-700.5, 1.2991970995829911, 3.4636014921192695, 2.7664859341914, 33.68019102775972, 3.0062894792973927],
  ],
  sin: ANGLES,
  cos: ANGLES,
  erf: [
    ...[...spread(-6, 6, 30), ...spread(-1, 1, 20), ...bothSigns([5e-324, 1e-310, 1e-300, 1e-17, 1e-9, 1e-4])],
    ...[0.5, 0.49999999999999994, -0.5000000000000001, 1, 2, 5.92, 5.93, 6, 6.1, -27],
    ...[0.5177604734500949, -0.5882131285089862, -0.5288023173952954, 0.5700820689867414],
  ],
  erfDerivative: [
    ...spread(-27.2, 27.2, 40),
    ...spread(-2, 2, 10),
    ...bothSigns([5e-324, 1e-9, 26.6, 27.2]),
    0.5,
    28.1,
    ...[4.811921595051881, 1.52955482310547, -1.7469607400479283, 15.469345376803542, 25.788067726370546],
  ],
  normalCdf: [
    ...[
      ...spread(-38.4, 8.5, 40),
      ...spread(-1, 1, 14),
      ...bothSigns([5e-324, 1e-17, 1e-9, 0.7071, 0.7072]),
      -37.5,
      -38.4,
      8.2,
      9,
    ],
    ...[-0.7951931369841803, -0.723040629701245, -24.98240106244601, -10.870998223463875, -11.490761018215576],
  ],
  normalDensity: [
    ...spread(-38.4, 38.4, 40),
    ...spread(-2, 2, 10),
    ...bothSigns([5e-324, 1e-9, 37.6, 38.5]),
    39.5,
    ...[-1.644000022861893, -19.836160828904518, 22.178936960053925, 1.5608386803054781],
  ],
};

/** @type {readonly (readonly number[])[]} */
const POWERS = [
  ...spread(0.5, 2, 25).map((x, i) => [x, 60 * (i - 12.3)]),
  ...spread(0, 50, 20).map((x, i) => [x + 0.01, 0.37 * (i - 9.7)]),
  ...[-1000, -300, -1, 1, 300, 1000].map((k) => [1.37 * 2 ** k, 700 / (k + 0.5)]),
  ...[
    [5e-324, 0.5],
    [5e-324, -0.9],
    [1e-310, 0.99],
    [1e-310, 1],
    [1.7976931348623157e308, 0.999],
    [1 + 2 ** -52, 1e18],
  ],
  ...[
    [1 - 2 ** -53, 5e18],
    [1 + 2 ** -52, -3e18],
    [0.70710678, 3],
    [0.70710679, 3],
    [1.41421356, -7],
    [1.41421357, -7],
  ],
  ...[
    [2, 1023.9],
    [2, -1073.5],
    [0.5, 1074],
    [10, 308],
    [10, -308],
    [10, -323],
    [3, 33],
    [1e-5, 64.4],
    [7, 0.5],
    [1.5, 1e-300],
    [1, 1e300],
  ],
  ...[
    [1.3201017363771559, -2323.7616635657014],
    [1.3925240505718939, -1622.878283368594],
    [1.4010639792525013, 1723.1013461123143],
  ],
];

/**
 * Where the derivatives are compared.
 *
 * @type {Readonly<Record<string, readonly number[]>>}
 */
const DERIVATIVE_ARGUMENTS = {
  exp: ARGUMENTS.exp,
  expm1: [...ARGUMENTS.expm1, -700, -745],
  log: [...ARGUMENTS.log.filter((x) => x > 1e-308), 2e-308],
  log1p: [...ARGUMENTS.log1p, ...spread(-1, -0.9, 10).filter((x) => x > -1), -1 + 2 ** -40],
  tanh: ARGUMENTS.tanh,
  sigmoid: ARGUMENTS.sigmoid,
  softplus: [...ARGUMENTS.softplus, ...ARGUMENTS.sigmoid],
  logSigmoid: [...ARGUMENTS.logSigmoid, ...ARGUMENTS.sigmoid.map((x) => -x)],
  erf: ARGUMENTS.erfDerivative,
};

/** @param {readonly number[]} row */
const printRow = (row) => `[${row.map((value) => String(value).replace("e+", "e")).join(", ")}]`;

/**
 * The table of a function as JSON.
 *
 * @param {string} name
 * @param {(x: bigint, y: bigint) => bigint} f
 * @param {readonly (readonly number[])[]} points
 */
const table = (name, f, points) => {
  const rows = points.map((point) => {
    const [x, y] = point.map(fromDouble);
    return `      ${printRow([...point, ...toDouble(f(x, y))])}`;
  });
  return `    "${name}": [\n${rows.join(",\n")}\n    ]`;
};

const points = {
  ...Object.fromEntries(Object.entries(ARGUMENTS).map(([name, xs]) => [name, xs.map((x) => [x])])),
  pow: POWERS,
};
const functions = Object.entries(points).map(([name, rows]) => table(name, FUNCTIONS[name], rows));
const derivatives = Object.entries(DERIVATIVE_ARGUMENTS).map(([name, xs]) =>
  table(
    name,
    DERIVATIVES[name],
    xs.map((x) => [x]),
  ),
);
process.stdout.write(`{
  "source": "node scripts/elementary-table.mjs, integer arithmetic of ${BITS} bits",
  "rows": "[x (and y), the double nearest to the value, what it lacks in units of its last place]",
  "functions": {
${functions.join(",\n")}
  },
  "derivatives": {
${derivatives.join(",\n")}
  }
}
`);
