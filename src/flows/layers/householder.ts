import { add, mul, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/broadcast.ts";
import { diagonal, diagonalMatrix, triu } from "../../autograd/ops/diagonal.ts";
import { solveTriangular } from "../../autograd/ops/linalg/solveTriangular.ts";
import { matmul } from "../../autograd/ops/matmul.ts";
import { split } from "../../autograd/ops/rearrange.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { Place } from "../../tensor/definitions/reading.ts";
import { DomainError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { checkCount, checkShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

// K reflections of D dimensions, H_k = I − 2·v_k·v_kᵀ/|v_k|²; N rows

/** How many reflections reach every rotation: the even number among D − 1 and D. */
function reflectionsOfRotations(D: number): number {
  return D - (D % 2);
}

/** The vectors of random reflections [K, D]. An even number of them, the default, makes a rotation. Throws DomainError. */
export function randomReflections(
  operation: string,
  D: number,
  random: Random,
  K: number = reflectionsOfRotations(D),
): Tensor {
  checkCount(operation, "reflections", K, 0);
  return random.normal(checkShape(operation, [K, D]));
}

/** How many reflections are gathered. 32 is among the fastest from K = D = 64 to 256 (npm run bench -- reflections). */
const BLOCK_SIZE = 32;

/**
 * Q·x for each row x, or Qᵀ·x, with Q = H_K⋯H_2·H_1: the reflection of the first vector acts first. A block of them at once:
 *
 *     H_b⋯H_1 = I − Vᵀ·S⁻ᵀ·V,   S the upper triangle of V·Vᵀ with half its diagonal
 *
 * which takes three products and a substitution, all of them ops. S⁻¹, the compact WY form's T, is never formed. Of 256 rows,
 * K = D = 64, that took 1.2 ms, and 7.0 ms one by one; of 64 rows, K = D = 256, it took 11 ms, 42 ms all in one block, and
 * 85 ms one by one (npm run bench -- reflections, Node 20).
 *
 * Cost: 4NKD + 3·32·KD operations. Throws DomainError for a vector of zeros, or one whose square underflows.
 * Reference: Joffrain, Low, Quintana-Ortí, van de Geijn & Van Zee (2006), Accumulating Householder transformations,
 * revisited, https://doi.org/10.1145/1141885.1141886.
 */
export function reflectRows(operation: string, X: Tensor, vectors: Tensor, transposed: boolean): Variable {
  const K = vectors.shape[0];
  const sizes = Array.from({ length: Math.ceil(K / BLOCK_SIZE) }, (_, b) => Math.min(BLOCK_SIZE, K - b * BLOCK_SIZE));
  const blocks = split(vectors, sizes, 0);
  if (transposed) blocks.reverse();
  let Y = reshape(X, X.shape);
  blocks.forEach((V) => {
    Y = reflectRowsAtOnce(operation, Y, V, transposed);
  });
  return Y;
}

/** The same for the vectors of one block, [b, D]. */
function reflectRowsAtOnce(operation: string, X: Tensor, V: Tensor, transposed: boolean): Variable {
  const gram = matmul(V, V, "NT"); // [b, b]
  const squares = diagonal(gram); // |v_k|²
  if (squares.data.includes(0))
    throw new DomainError(`${operation}: a reflection needs a direction; got a zero vector`);
  const S = add(triu(gram, 1), diagonalMatrix(mul(squares, 0.5)));
  // rows: x ↦ Q·x is X ↦ X·Qᵀ = X − (X·Vᵀ)·(S⁻¹·V), and x ↦ Qᵀ·x the same with S⁻ᵀ
  return sub(X, matmul(matmul(X, V, "NT"), solveTriangular(S, V, { lower: false, transposed })));
}

/**
 * The vectors [K, D] of reflections whose product H_K⋯H_1 is a given orthogonal Q; K is the largest number ≤ D that gives
 * the sign of det Q.
 *
 * Column by column H maps what is left of the column, x, to e_j, v = x − e_j; a column that is e_j already needs none. Should
 * fewer reflections do than K, pairs of equal ones, which cancel, fill up, so that training can reach every such Q.
 *
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §5.1; v_j = x_j − 1 = −Σ_{i>j} x_i²/(x_j + 1) does not cancel.
 */
export function reflectionsOf(Q: Tensor): Tensor {
  const D = Q.shape[0];
  const work = Q.data.slice();
  const vectors: Float64Array[] = [];
  const fixed: number[] = [];
  for (let j = 0; j < D; j++) {
    const v = reflectionOfColumn(work, D, j);
    if (v === null) {
      fixed.push(j);
      continue;
    }
    reflectColumns(work, D, j, v);
    vectors.push(v);
  }
  // H_last⋯H_first·Q = I: the last one found acts first
  vectors.reverse();
  const axes = fixed.values();
  while (vectors.length + 2 <= D) {
    const unit = new Float64Array(D);
    unit[axes.next().value as number] = 1;
    vectors.push(unit, unit);
  }
  const data = new Float64Array(vectors.length * D);
  for (let k = 0; k < vectors.length; k++) data.set(vectors[k], k * D);
  return new Tensor(data, [vectors.length, D]);
}

/** v of the reflection that maps column j, from row j on a unit vector, to e_j; null if the column is e_j but for rounding. */
function reflectionOfColumn(work: Float64Array, D: number, j: number): Float64Array | null {
  const v = new Float64Array(D);
  let below = 0; // Σ_{i>j} x_i²
  for (let i = j + 1; i < D; i++) {
    v[i] = work[i * D + j];
    below += v[i] * v[i];
  }
  const first = work[j * D + j];
  const rounding = D * 2.220446049250313e-16;
  if (first > 0 && below <= rounding * rounding) return null;
  const norm = Math.sqrt(first * first + below);
  v[j] = first > 0 ? -below / (first + norm) : first - norm;
  const length = Math.sqrt(v[j] * v[j] + below);
  for (let i = j; i < D; i++) v[i] /= length;
  return v;
}

/** Columns j … D − 1 ← (I − 2·v·vᵀ)·columns, for a unit vector v that is zero above row j. */
function reflectColumns(work: Float64Array, D: number, j: number, v: Float64Array): void {
  for (let column = j; column < D; column++) {
    let product = 0;
    for (let i = j; i < D; i++) product += v[i] * work[i * D + column];
    for (let i = j; i < D; i++) work[i * D + column] -= 2 * product * v[i];
  }
}

/** Throws DomainError unless a definition says how many reflections there are just where it should. */
export function checkReflections(at: Place, reflections: number | undefined, wanted: boolean): void {
  if ((reflections !== undefined) === wanted) return;
  throw at.refusal(wanted ? "must say how many reflections" : "has no reflections in that parametrization");
}
