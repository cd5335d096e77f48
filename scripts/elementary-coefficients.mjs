// The constants of src/tensor/kernels/{sinCos,erf}.ts that are not obvious, from exact arithmetic.
//
//   node scripts/elementary-coefficients.mjs

import { BITS, cos, erf, exp, ONE, over, PI, sqrt, times, toDouble } from "./exact.mjs";

/** @param {bigint} v */
const nearest = (v) => toDouble(v)[0];

/**
 * e^{x²}·(1 − erf x), for x > 20 by its continued fraction 1/√π · 1/(x + ½/(x + 1/(x + (3/2)/(x + …)))).
 *
 * @param {bigint} x
 */
function scaledComplement(x) {
  if (x < 20n * ONE) return times(exp(times(x, x)), ONE - erf(x));
  let tail = 0n;
  for (let k = 400n; k > 0n; k--) tail = over((k * ONE) / 2n, x + tail);
  return over(ONE, times(sqrt(PI), x + tail));
}

/**
 * The coefficients of 1, t, …, t^degree of (1 + 2x)·scaledComplement(x) with t = (x − 5)/(x + 4): the Chebyshev series, from the
 * values at 60 Chebyshev nodes, cut and collected.
 *
 * @param {number} degree
 */
function scaledComplementPolynomial(degree) {
  const nodes = 60n;
  const angles = Array.from({ length: Number(nodes) }, (_, j) => (PI * (2n * BigInt(j) + 1n)) / (2n * nodes));
  const values = angles.map((angle) => {
    const x = over(9n * ONE, ONE - cosine(angle)) - 4n * ONE;
    return times(ONE + 2n * x, scaledComplement(x));
  });
  const powers = Array(degree + 1).fill(0n);
  let [previous, current] = [[0n], [1n]]; // the coefficients of T_{k−1} and T_k, which are integers
  for (let k = 0; k <= degree; k++) {
    const sum = values.reduce((total, value, j) => total + times(value, cosine(BigInt(k) * angles[j])), 0n);
    const coefficient = ((k === 0 ? 1n : 2n) * sum) / nodes;
    current.forEach((integer, power) => {
      powers[power] += coefficient * integer;
    });
    const next = [0n, ...current.map((integer) => (k === 0 ? 1n : 2n) * integer)]; // T_{k+1} = 2t·T_k − T_{k−1}
    if (k > 0) {
      previous.forEach((integer, power) => {
        next[power] -= integer;
      });
    }
    [previous, current] = [current, next];
  }
  return powers;
}

/** @param {bigint} angle */
const cosine = (angle) => cos(angle % (2n * PI));

/** π/2 in parts of 33 bits, the last one of 53. */
function halfPiParts() {
  const parts = [];
  let rest = PI / 2n;
  for (let i = 0; i < 3; i++) {
    const unit = 1n << BigInt(rest.toString(2).length - 33);
    parts.push(nearest(rest - (rest % unit)));
    rest %= unit;
  }
  return [...parts, nearest(rest)];
}

/** 2/π in limbs of 24 bits. The first 49 need 1,176 of the 1,500 bits. */
const limbs = Array.from({ length: 49 }, (_, i) => (over(2n * ONE, PI) >> (BITS - 24n * BigInt(i + 1))) & 0xffffffn);

console.log("π/2 in parts:", halfPiParts().join(" "));
console.log("2/π in limbs:", limbs.map((limb) => limb.toString(16).padStart(6, "0")).join(" "));
console.log("(1 + 2x)·e^{x²}·erfc x in powers of t:\n ", scaledComplementPolynomial(22).map(nearest).join("\n  "));
