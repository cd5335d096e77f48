import type { Block } from "../kernels/block.ts";
import {
  advance,
  f64,
  f64x2,
  get,
  i32,
  integer,
  type KernelCode,
  loadNumber,
  loadPair,
  loadSplat,
  loopTo,
  number,
  set,
  storeNumber,
  storePair,
  when,
} from "./assembler.ts";
import { isInScratch } from "./scratchCopies.ts";
import { Variables } from "./variables.ts";
import { kernelModule, kernelsOf } from "./webAssembly.ts";

// The inner loops of factorisations that are no matrix products, on rows in the scratch memory.

/**
 * eliminate(pivotRow, row, end, rowBytes, bytes): for each row up to `end` its first number is divided by that of the pivot row, and
 * that multiple of the pivot row is taken from what follows, `bytes` in all. Nothing is divided by a pivot of 0.
 */
function eliminateKernel(): KernelCode {
  const v = new Variables();
  const [pivotRow, row, end] = v.parameters(3);
  const [rowBytes, bytes] = v.parameters(2);
  const [at, pairsEnd] = v.locals(2);
  const [pivot, multiplier] = v.locals(2, "f64");
  const there = i32.add(get(row), get(at));
  const above = i32.add(get(pivotRow), get(at));
  const multipliers = f64x2.splat(get(multiplier));
  return v.kernel([
    ...set(pivot, loadNumber(get(pivotRow))),
    ...set(pairsEnd, i32.sub(get(bytes), integer(8))),
    ...loopTo(row, get(end), 0, [
      ...set(multiplier, loadNumber(get(row))),
      ...when(f64.notEqual(get(pivot), number(0)), [
        ...set(multiplier, f64.div(get(multiplier), get(pivot))),
        ...storeNumber(get(row), get(multiplier)),
      ]),
      ...set(at, integer(8)),
      ...loopTo(
        at,
        get(pairsEnd),
        16,
        storePair(there, f64x2.sub(loadPair(there), f64x2.mul(multipliers, loadPair(above)))),
      ),
      ...loopTo(
        at,
        get(bytes),
        8,
        storeNumber(there, f64.sub(loadNumber(there), f64.mul(get(multiplier), loadNumber(above)))),
      ),
      ...advance(row, get(rowBytes)),
    ]),
  ]);
}

const STRIP = 8;

/**
 * substitute(L, rowOfL, columnOfL, X, rowBytes, n, columnsEnd): X_i ← X_i − L_i0·X_0 − … − L_{i,i−1}·X_{i−1} for n rows of X, eight columns at a
 * time from the address X to columnsEnd; distances in bytes.
 */
function substituteKernel(): KernelCode {
  const v = new Variables();
  const [L, rowOfL, columnOfL] = v.parameters(3);
  const [X, rowBytes, n, columnsEnd] = v.parameters(4);
  const [i, k, rowL, atL, to, from] = v.locals(6);
  const sums = v.locals(STRIP / 2, "v128");
  const [factor] = v.locals(1, "v128");
  return v.kernel(
    loopTo(X, get(columnsEnd), 8 * STRIP, [
      ...set(to, get(X)),
      ...set(rowL, get(L)),
      ...set(i, integer(0)),
      ...loopTo(i, get(n), 1, [
        ...sums.flatMap((sum, j) => set(sum, loadPair(get(to), 16 * j))),
        ...set(atL, get(rowL)),
        ...set(from, get(X)),
        ...set(k, integer(0)),
        ...loopTo(k, get(i), 1, [
          ...set(factor, loadSplat(get(atL))),
          ...sums.flatMap((sum, j) =>
            set(sum, f64x2.sub(get(sum), f64x2.mul(get(factor), loadPair(get(from), 16 * j)))),
          ),
          ...advance(atL, get(columnOfL)),
          ...advance(from, get(rowBytes)),
        ]),
        ...sums.flatMap((sum, j) => storePair(get(to), get(sum), 16 * j)),
        ...advance(to, get(rowBytes)),
        ...advance(rowL, get(rowOfL)),
      ]),
    ]),
  );
}

const rowsModule = /*#__PURE__*/ kernelModule(() => ({ eliminate: eliminateKernel(), substitute: substituteKernel() }));

/**
 * Column j of a panel: multipliers L_ij = A_ij/A_jj below the diagonal, and row i less L_ij times row j up to column `end`. False, and
 * nothing done, if the plain loop has to be used.
 */
export function eliminateColumn(A: Block, j: number, end: number): boolean {
  const kernels = isInScratch(A) ? kernelsOf(rowsModule) : null;
  if (kernels === null) return false;
  const first = 8 * (A.start + j * A.rowStride + j);
  const rowBytes = 8 * A.rowStride;
  kernels.eliminate(first, first + rowBytes, first + (A.rows - j) * rowBytes, rowBytes, 8 * (end - j));
  return true;
}

/**
 * X ← L⁻¹X for the first columns of X, a multiple of eight of them, L with a diagonal of ones. Returns how many columns have been
 * done: the others are left to the plain loops.
 */
export function substituteColumns(L: Block, X: Block): number {
  const columns = X.columns - (X.columns % STRIP);
  const kernels = columns > 0 && isInScratch(X) && L.data === X.data ? kernelsOf(rowsModule) : null;
  if (kernels === null) return 0;
  const start = 8 * X.start;
  kernels.substitute(
    8 * L.start,
    8 * L.rowStride,
    8 * L.columnStride,
    start,
    8 * X.rowStride,
    X.rows,
    start + 8 * columns,
  );
  return columns;
}
