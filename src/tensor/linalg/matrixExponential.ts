import { matrixAt } from "../kernels/block.ts";
import { log } from "../kernels/elementary.ts";
import { matmul } from "../simd/simdMatmul.ts";
import { lu, solveFactored } from "./luFactorization.ts";

const LN_2 = 0.6931471805599453;
/** r₁₃ = p(A)/p(−A), the Padé approximant of exp, has p(x) = Σ b_k·x^k with b_k = (26 − k)!/(k!·(13 − k)!). */
const PADE: readonly number[] = [
  ...[64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600],
  ...[670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1],
];
/** While ‖A‖ stays below, r₁₃(A) = exp(A + E) with ‖E‖ ≤ 2⁻⁵³·‖A‖. log₂ of 5.371920351148152 (Higham 2005, table 2.3). */
const LOG2_THETA = 2.42543791424871;
/** log₂(2⁵³·c), c = 13!²/(26!·27!) the first coefficient of the series of that E. */
const LOG2_FIRST_COEFFICIENT = -63.447004251763;
/** Powers up to A¹⁰ are formed; as long as ‖A‖ ≤ 2¹⁰⁰ they do not overflow. */
const LARGEST_EXPONENT = 100;

/**
 * Y = exp A = Σ A^k/k!, [n, n], by scaling and squaring: exp A = (exp(A/2^s))^(2^s), and near 0 a Padé approximant serves.
 *
 * 1. *Powers* A², A⁴, A⁶, A⁸, A¹⁰. What decides how well a series in A converges is not ‖A‖ but η = ‖A^k‖^(1/k), which for a
 *    matrix like [1 10⁶; 0 −1] is a thousand times less: too much scaling is what costs accuracy.
 * 2. *Scaling* s: the least with η/2^s ≤ θ₁₃, and more if the first term of the backward error, bounded with |A|, asks for it.
 * 3. *Padé* r₁₃(A/2^s) = (V − U)⁻¹(V + U), U the odd and V the even part of p, in three more products and one LU.
 * 4. *Squaring*, s times.
 *
 * Special cases: the exponential of 0 is I, exactly; entries that are not finite give NaN everywhere; a result that overflows
 * has ∞ and NaN in it. Cost: (8 + s)·2n³ + (8/3)n³ operations.
 * Reference: Al-Mohy & Higham (2009), A new scaling and squaring algorithm for the matrix exponential, algorithm 6.1. There
 * norms of powers are estimated and degrees 3, 5, 7, 9 serve small matrices; here powers are formed and the degree is 13.
 */
export function matrixExp(A: Float64Array, n: number, Y: Float64Array): void {
  const norm = norm1(A, n);
  if (!(norm < Number.POSITIVE_INFINITY)) {
    Y.fill(Number.NaN);
    return;
  }

  // 1. powers of A/2^t, t = 0 but for huge matrices
  const t = Math.max(0, Math.ceil(log2(norm)) - LARGEST_EXPONENT);
  const A1 = scaled(A, -t);
  const A2 = product(A1, A1, n);
  const A4 = product(A2, A2, n);
  const A6 = product(A2, A4, n);
  const [root6, root8, root10] = [
    log2(norm1(A6, n)) / 6,
    log2(norm1(product(A4, A4, n), n)) / 8,
    log2(norm1(product(A4, A6, n), n)) / 10,
  ];

  // 2. scaling
  const logEta = Math.min(Math.max(root6, root8), Math.max(root8, root10));
  let s = Math.max(0, t + Math.ceil(logEta - LOG2_THETA));
  s += furtherScaling(scaled(A1, t - s), n);
  const [B1, B2, B4, B6] = [
    scaled(A1, t - s),
    scaled(A2, 2 * (t - s)),
    scaled(A4, 4 * (t - s)),
    scaled(A6, 6 * (t - s)),
  ];

  // 3. U = B(B⁶(b₁₃B⁶ + b₁₁B⁴ + b₉B²) + b₇B⁶ + b₅B⁴ + b₃B² + b₁I), V = B⁶(b₁₂B⁶ + b₁₀B⁴ + b₈B²) + b₆B⁶ + b₄B⁴ + b₂B² + b₀I
  const half = (parity: 0 | 1): Float64Array => {
    const b = (k: number): number => PADE[k + parity];
    const high = B2.map((square, i) => b(12) * B6[i] + b(10) * B4[i] + b(8) * square);
    const sum = product(B6, high, n);
    for (let i = 0; i < sum.length; i++) sum[i] += b(6) * B6[i] + b(4) * B4[i] + b(2) * B2[i];
    for (let i = 0; i < n; i++) sum[i * (n + 1)] += b(0);
    return sum;
  };
  const U = product(B1, half(1), n);
  const V = half(0);
  const denominator = matrixAt(
    V.map((even, i) => even - U[i]),
    n,
    n,
  );
  const numerator = matrixAt(
    V.map((even, i) => even + U[i]),
    n,
    n,
  );
  const permutation = new Float64Array(n);
  lu(denominator, permutation);
  solveFactored(denominator, permutation, false, numerator, matrixAt(Y, n, n));

  // 4. squaring
  for (; s > 0; s--) Y.set(product(Y, Y, n));
}

/**
 * How much more scaling keeps |c|·‖|A|²⁷‖₁ ≤ 2⁻⁵³·‖A‖₁: the bound of the backward error by absolute values. The row sums 1ᵀ|A|^k
 * are carried along, divided by the largest after each step so that they do not overflow.
 */
function furtherScaling(A: Float64Array, n: number): number {
  let sums = new Float64Array(n).fill(1);
  let logGrowth = 0;
  for (let k = 0; k < 27; k++) {
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) next[j] += sums[i] * Math.abs(A[i * n + j]);
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, next[j]);
    if (largest === 0) return 0;
    sums = next.map((sum) => sum / largest);
    logGrowth += log2(largest);
  }
  return Math.max(0, Math.ceil((logGrowth - log2(norm1(A, n)) + LOG2_FIRST_COEFFICIENT) / 26));
}

/** ‖A‖₁, the largest column sum of |A|. */
function norm1(A: Float64Array, n: number): number {
  let norm = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(A[i * n + j]);
    norm = Math.max(norm, sum);
  }
  return norm;
}

function log2(x: number): number {
  return log(x) / LN_2;
}

/** A·2^exponent, exactly. */
function scaled(A: Float64Array, exponent: number): Float64Array {
  const result = A.slice();
  const factor = exponent < 0 ? 0.5 : 2;
  for (let rest = Math.abs(exponent); rest > 0; rest -= 1000) {
    let power = 1;
    for (let k = Math.min(rest, 1000); k > 0; k--) power *= factor;
    for (let i = 0; i < result.length; i++) result[i] *= power;
  }
  return result;
}

function product(A: Float64Array, B: Float64Array, n: number): Float64Array {
  const C = new Float64Array(n * n);
  matmul(C, A, B, n, n, n, "NN");
  return C;
}
