import { type Block, block, matrixAt, transposed } from "../kernels/block.ts";
import { subtractProduct } from "../simd/simdSubtractProduct.ts";
import { BLOCK_SIZE } from "./triangular.ts";

/** Sums of squares between these are free of overflow, and of underflow that matters: 2^±900. */
const LARGEST_SQUARE = 8.452712498170644e270;
const SMALLEST_SQUARE = 1.1830521861667747e-271;

/** A product of reflections in compact form: H₁H₂⋯H_b = I − V·T·Vᵀ. */
interface BlockReflector {
  /** [rows, b], ones on the diagonal and zeros above it. */
  readonly V: Block;
  /** [b, b], upper triangular. */
  readonly T: Block;
}

/**
 * A = Q·R by Householder reflections, A [m, n], k = min(m, n): Q [m, k] with orthonormal columns, R [k, n] upper triangular with
 * a diagonal ≥ 0. A is row-major, and overwritten.
 *
 *     [ A₁ | A₂ ]      1. the panel A₁, column by column: H_b⋯H₁·A₁ = R₁, every H = I − τ·v·vᵀ
 *                      2. the same reflections, gathered into I − V·T·Vᵀ, applied to A₂: the bulk of the work
 *     Q = (I − V₁T₁V₁ᵀ)(I − V₂T₂V₂ᵀ)⋯ applied to the first columns of I, the last first
 *
 * Invariant: before each round, A = H₁H₂⋯H_j·[current A], whose first j columns are upper triangular. At the end the rows of
 * R with a negative diagonal change their sign together with the columns of Q, which makes the factors of a matrix of full
 * column rank unique. A column that is zero below the diagonal is left alone (τ = 0), so that no rank is too low.
 *
 * Gathering reflections rounds otherwise than applying them singly: the block size is part of the result's last bits.
 * Cost: 4mnk − 2(m + n)k² + 4k³/3 operations for R, and as many again for Q.
 * Reference: Schreiber & Van Loan (1989), A storage-efficient WY representation for products of Householder
 * transformations; Golub & Van Loan, Matrix Computations (4th ed.), §5.1 and §5.2.
 */
export function qr(A: Block, Q: Block, R: Block, blockSize: number = BLOCK_SIZE): void {
  const { rows: m, columns: n } = A;
  const size = Math.min(m, n);
  const reflectors: BlockReflector[] = [];
  for (let j = 0; j < size; j += blockSize) {
    const jEnd = Math.min(j + blockSize, size);
    const reflector = factorPanel(block(A, j, m, j, jEnd));
    applyReflector(reflector, "transposed", block(A, j, m, jEnd, n));
    reflectors.push(reflector);
  }

  for (let i = 0; i < size; i++) {
    for (let j = 0; j < n; j++) R.data[R.start + i * n + j] = j < i ? 0 : A.data[A.start + i * n + j];
  }
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < size; j++) Q.data[Q.start + i * size + j] = i === j ? 1 : 0;
  }
  for (let last = reflectors.length - 1; last >= 0; last--) {
    const j = last * blockSize; // what is left of column j and above row j is still I
    applyReflector(reflectors[last], "plain", block(Q, j, m, j, size));
  }

  for (let i = 0; i < size; i++) {
    if (!(R.data[R.start + i * n + i] < 0)) continue;
    for (let j = i; j < n; j++) R.data[R.start + i * n + j] *= -1;
    for (let row = 0; row < m; row++) Q.data[Q.start + row * size + i] *= -1;
  }
}

/** Reduces a panel to upper triangular form in place, and gathers its reflections. */
function factorPanel(panel: Block): BlockReflector {
  const { rows, columns } = panel;
  const V = matrixAt(new Float64Array(rows * columns), rows, columns);
  const taus = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    taus[j] = reflect(panel, j, V);
    for (let k = j + 1; k < columns; k++) applyReflection(V, j, taus[j], panel, k);
  }

  // T_jj = τ_j and T[0…j−1, j] = −τ_j·T[0…j−1, 0…j−1]·(VᵀV)[0…j−1, j]
  const minusVtV = matrixAt(new Float64Array(columns * columns), columns, columns);
  subtractProduct(minusVtV, transposed(V), V);
  const t = new Float64Array(columns * columns);
  for (let j = 0; j < columns; j++) {
    t[j * columns + j] = taus[j];
    for (let i = 0; i < j; i++) {
      let entry = 0;
      for (let k = i; k < j; k++) entry += t[i * columns + k] * minusVtV.data[k * columns + j];
      t[i * columns + j] = taus[j] * entry;
    }
  }
  return { V, T: matrixAt(t, columns, columns) };
}

/**
 * The reflection I − τ·v·vᵀ, v_j = 1, that maps column j from the diagonal down to a multiple of e₁. Writes v into V and the
 * reflected column into A; returns τ. Of the two such reflections the one that does not cancel: v ∝ x + sign(x₁)·‖x‖·e₁.
 */
function reflect(A: Block, j: number, V: Block): number {
  const { data, start, rows, rowStride } = A;
  const first = start + j * (rowStride + 1);
  V.data[j * (V.rowStride + 1)] = 1;
  let belowIsZero = true;
  for (let i = 1; i < rows - j && belowIsZero; i++) belowIsZero = data[first + i * rowStride] === 0;
  if (belowIsZero) return 0;

  const alpha = data[first];
  const norm = norm2(data, first, rowStride, rows - j);
  const beta = alpha > 0 ? -norm : norm; // what remains of the column
  for (let i = 1; i < rows - j; i++) {
    V.data[(j + i) * V.rowStride + j] = data[first + i * rowStride] / (alpha - beta);
    data[first + i * rowStride] = 0;
  }
  data[first] = beta;
  return (beta - alpha) / beta;
}

/** Column k of A ← (I − τ·v·vᵀ)·column k, v column j of V, zero above its row j. */
function applyReflection(V: Block, j: number, tau: number, A: Block, k: number): void {
  let product = 0;
  for (let i = j; i < A.rows; i++) product += V.data[i * V.rowStride + j] * A.data[A.start + i * A.rowStride + k];
  product *= tau;
  for (let i = j; i < A.rows; i++) A.data[A.start + i * A.rowStride + k] -= V.data[i * V.rowStride + j] * product;
}

/** C ← (I − V·T·Vᵀ)·C, or its transpose times C: three products, and nothing else. */
function applyReflector({ V, T }: BlockReflector, order: "plain" | "transposed", C: Block): void {
  const [size, columns] = [V.columns, C.columns];
  const minusVtC = matrixAt(new Float64Array(size * columns), size, columns);
  subtractProduct(minusVtC, transposed(V), C);
  const TVtC = matrixAt(new Float64Array(size * columns), size, columns); // 0 − T·(−VᵀC)
  subtractProduct(TVtC, order === "plain" ? T : transposed(T), minusVtC);
  subtractProduct(C, V, TVtC);
}

/** √Σx² over `count` numbers, `stride` apart; squares that would over- or underflow are taken of x/max|x|. */
function norm2(x: Float64Array, start: number, stride: number, count: number): number {
  let sum = 0;
  for (let i = 0, at = start; i < count; i++, at += stride) sum += x[at] * x[at];
  if (sum >= SMALLEST_SQUARE && sum <= LARGEST_SQUARE) return Math.sqrt(sum);
  let largest = 0;
  for (let i = 0, at = start; i < count; i++, at += stride) largest = Math.max(largest, Math.abs(x[at]));
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return largest;
  sum = 0;
  for (let i = 0, at = start; i < count; i++, at += stride) sum += (x[at] / largest) * (x[at] / largest);
  return largest * Math.sqrt(sum);
}
