// High-precision values of the elementary functions: the oracle of test/tensor/kernels/elementary.test.ts.
//
//   node scripts/elementary-table.mjs > test/tensor/kernels/data/elementary.json
//
// Integers only: a number v stands for v/2^BITS. 1500 bits leave more than 400 correct ones in e^−745 and in π·10⁻³⁰⁰, and
// every sum below is off by less than a few hundred units of the last one.

const BITS = 1500n;
const ONE = 1n << BITS;

/**
 * a·b, rounded towards zero: a shift alone rounds −1 to −1 forever, and no series would end.
 *
 * @param {bigint} a
 * @param {bigint} b
 */
const times = (a, b) => (a * b) / ONE;

/** @param {bigint} a @param {bigint} b */
const over = (a, b) => (a << BITS) / b;

/**
 * The exact value of a double.
 *
 * @param {number} x
 */
function fromDouble(x) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (exponent === 0n ? 0n : 1n << 52n);
  const size = mantissa << (BITS + (exponent === 0n ? 1n : exponent) - 1075n); // 1500 − 1074 > 0
  return x < 0 ? -size : size;
}

/**
 * The nearest double (ties away from zero: no value here is one), and what it lacks in units of its last place.
 *
 * @param {bigint} v
 * @returns {[nearest: number, tail: number]}
 */
function toDouble(v) {
  const size = v < 0n ? -v : v;
  const length = BigInt(size.toString(2).length);
  // the last place is 2^(length − 53), but not below 2^−1074
  const place = length - 53n > BITS - 1074n ? length - 53n : BITS - 1074n;
  const mantissa = (size + (1n << (place - 1n))) >> place;
  const tail = Number(((size - (mantissa << place)) * 1_000_000n) >> place) / 1_000_000;
  const exponent = Number(place - BITS);
  const scale = exponent < -1000 ? 2 ** -1000 * 2 ** (exponent + 1000) : 2 ** exponent;
  const nearest = Number(mantissa) * scale;
  return v < 0n ? [-nearest, -tail] : [nearest, tail];
}

/** ln 2 = 2·atanh(1/3) */
const LN2 = 2n * atanh(ONE / 3n);

/**
 * y + y³/3 + y⁵/5 + … for |y| ≤ 1/3.
 *
 * @param {bigint} y
 */
function atanh(y) {
  const square = times(y, y);
  let sum = 0n;
  for (let [k, power] = [1n, y]; power !== 0n; k += 2n, power = times(power, square)) sum += power / k;
  return sum;
}

/**
 * 2ᵏ·eʳ with k = round(x/ln 2) and r + r²/2! + …
 *
 * @param {bigint} x
 */
function exp(x) {
  const k = floorOver(2n * x + LN2, 2n * LN2);
  const r = x - k * LN2;
  let sum = 0n;
  for (let [n, term] = [1n, ONE]; term !== 0n; term = times(term, r) / n, n++) sum += term;
  return k >= 0n ? sum << k : sum >> -k;
}

/** @param {bigint} a @param {bigint} b positive */
const floorOver = (a, b) => (a - (((a % b) + b) % b)) / b;

/**
 * k·ln 2 + 2·atanh((m − 1)/(m + 1)) with x = 2ᵏ·m and ¾ ≤ m ≤ 3/2.
 *
 * @param {bigint} x positive
 */
function log(x) {
  let [m, k] = [x, 0n];
  for (; m > (ONE * 3n) / 2n; k++) m >>= 1n;
  for (; m < (ONE * 3n) / 4n; k--) m <<= 1n;
  return k * LN2 + 2n * atanh(over(m - ONE, m + ONE));
}

/** π = 16·atan(1/5) − 4·atan(1/239) (Machin) */
const PI = 16n * atanOfInverse(5n) - 4n * atanOfInverse(239n);

/** @param {bigint} n */
function atanOfInverse(n) {
  let sum = 0n;
  for (let [k, power] = [1n, ONE / n]; power !== 0n; k += 2n, power /= n * n) {
    sum += k % 4n === 1n ? power / k : -(power / k);
  }
  return sum;
}

/**
 * y − y³/3! + y⁵/5! − …, for sizes up to a few π.
 *
 * @param {bigint} y
 */
function sin(y) {
  const square = times(y, y);
  let sum = 0n;
  for (let [n, term] = [1n, y]; term !== 0n; n += 2n, term = -times(term, square) / ((n - 1n) * n)) sum += term;
  return sum;
}

/** @type {Readonly<Record<string, (x: bigint) => bigint>>} */
const FUNCTIONS = {
  exp,
  expm1: (x) => exp(x) - ONE,
  log,
  log1p: (x) => log(ONE + x),
  tanh: (x) => over(exp(2n * x) - ONE, exp(2n * x) + ONE),
  sigmoid: (x) => over(ONE, ONE + exp(-x)),
  softplus: (x) => log(ONE + exp(x)),
  sinPi: (x) => sin(times(PI, x % (2n * ONE))),
  cosPi: (x) => sin(times(PI, (x % (2n * ONE)) + ONE / 2n)),
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

/**
 * Spread over the range; the seams of the reductions and of the special cases; the tails; and last the hardest of 60,000
 * random arguments for the functions of src/tensor/kernels/elementary.ts, as they were when this was written.
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
};

/** @param {readonly number[]} row */
const printRow = (row) => `    [${row.map((value) => String(value).replace("e+", "e")).join(", ")}]`;

const entries = [
  `"source": "node scripts/elementary-table.mjs, integer arithmetic of ${BITS} bits"`,
  `"rows": "[x, the double nearest to f(x), what it lacks in units of its last place]"`,
  ...Object.entries(ARGUMENTS).map(([name, xs]) => {
    const rows = xs.map((x) => printRow([x, ...toDouble(FUNCTIONS[name](fromDouble(x)))]));
    return `"${name}": [\n${rows.join(",\n")}\n  ]`;
  }),
];
process.stdout.write(`{\n${entries.map((entry) => `  ${entry}`).join(",\n")}\n}\n`);
