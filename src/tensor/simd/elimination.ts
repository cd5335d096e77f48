import type { Block } from "../kernels/block.ts";
import type { KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
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
  const there = wasm.i32.add(wasm.get(row), wasm.get(at));
  const above = wasm.i32.add(wasm.get(pivotRow), wasm.get(at));
  const multipliers = wasm.f64x2.splat(wasm.get(multiplier));
  return v.kernel([
    ...wasm.set(pivot, wasm.loadNumber(wasm.get(pivotRow))),
    ...wasm.set(pairsEnd, wasm.i32.sub(wasm.get(bytes), wasm.integer(8))),
    ...wasm.loopTo(row, wasm.get(end), 0, [
      ...wasm.set(multiplier, wasm.loadNumber(wasm.get(row))),
      ...wasm.when(wasm.f64.notEqual(wasm.get(pivot), wasm.number(0)), [
        ...wasm.set(multiplier, wasm.f64.div(wasm.get(multiplier), wasm.get(pivot))),
        ...wasm.storeNumber(wasm.get(row), wasm.get(multiplier)),
      ]),
      ...wasm.set(at, wasm.integer(8)),
      ...wasm.loopTo(
        at,
        wasm.get(pairsEnd),
        16,
        wasm.storePair(there, wasm.f64x2.sub(wasm.loadPair(there), wasm.f64x2.mul(multipliers, wasm.loadPair(above)))),
      ),
      ...wasm.loopTo(
        at,
        wasm.get(bytes),
        8,
        wasm.storeNumber(
          there,
          wasm.f64.sub(wasm.loadNumber(there), wasm.f64.mul(wasm.get(multiplier), wasm.loadNumber(above))),
        ),
      ),
      ...wasm.advance(row, wasm.get(rowBytes)),
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
    wasm.loopTo(X, wasm.get(columnsEnd), 8 * STRIP, [
      ...wasm.set(to, wasm.get(X)),
      ...wasm.set(rowL, wasm.get(L)),
      ...wasm.set(i, wasm.integer(0)),
      ...wasm.loopTo(i, wasm.get(n), 1, [
        ...sums.flatMap((sum, j) => wasm.set(sum, wasm.loadPair(wasm.get(to), 16 * j))),
        ...wasm.set(atL, wasm.get(rowL)),
        ...wasm.set(from, wasm.get(X)),
        ...wasm.set(k, wasm.integer(0)),
        ...wasm.loopTo(k, wasm.get(i), 1, [
          ...wasm.set(factor, wasm.loadSplat(wasm.get(atL))),
          ...sums.flatMap((sum, j) =>
            wasm.set(
              sum,
              wasm.f64x2.sub(wasm.get(sum), wasm.f64x2.mul(wasm.get(factor), wasm.loadPair(wasm.get(from), 16 * j))),
            ),
          ),
          ...wasm.advance(atL, wasm.get(columnOfL)),
          ...wasm.advance(from, wasm.get(rowBytes)),
        ]),
        ...sums.flatMap((sum, j) => wasm.storePair(wasm.get(to), wasm.get(sum), 16 * j)),
        ...wasm.advance(to, wasm.get(rowBytes)),
        ...wasm.advance(rowL, wasm.get(rowOfL)),
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
