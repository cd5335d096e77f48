import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";

/**
 * A product of matrices whose steps are constants of its code: C[i, j] = Σ_k a_i[k]·b_j[k], where a_i[k] is at a + i·nextA + k·stepA, b_j[k] at
 * b + 8j + k·stepB, and C[i, j] at c + i·rowBytes + 8j. All in bytes.
 */
export interface ProductSteps {
  readonly nextA: number;
  readonly stepA: number;
  readonly stepB: number;
  readonly rowBytes: number;
  /** Of a tile, which has so many rows … */
  readonly rows: number;
  /** … and so many pairs of columns. */
  readonly pairs: number;
  /** So many k are written out one after the other; what there is must be a multiple of it. */
  readonly unroll: number;
  /** Whether the sum is added to C. */
  readonly onto: boolean;
  /** Whether of the last pair of columns only the first is written: the other is the first number of the next row, to which nothing may be added. */
  readonly odd: boolean;
}

/**
 * run(a, aBytes, b, bStrip, strips, c, bBytes): strips of C, as wide as a tile, each bStrip further on in B; the rows of A from a to a + aBytes (as many
 * as tiles have, or a multiple); all k from b to b + bBytes, at least one. Sums begin at 0 and add one k after the other, as `tilesKernel` does.
 *
 * An address that is a constant needs no instruction of its own: 256×64×64 runs at 22 GFLOP/s where the kernel of tiles.ts, which gets its steps as
 * arguments, runs at 18 (Node 20, x64).
 */
export function shapedProduct({
  nextA,
  stepA,
  stepB,
  rowBytes,
  rows,
  pairs,
  unroll,
  onto,
  odd,
}: ProductSteps): KernelCode {
  const v = new Variables();
  const [a, aBytes, b, bStrip, strips, c, bBytes] = v.parameters(7);
  const [row, rowsEnd, atA, atB, end, to] = v.locals(6);
  const sums = Array.from({ length: rows }, () => v.locals(pairs, "v128"));
  const vectors = v.locals(pairs, "v128");
  const [factor] = v.locals(1, "v128");
  const { f64x2, get, set } = wasm;

  const step = (u: number): Code => [
    ...vectors.flatMap((vector, j) => set(vector, wasm.loadPair(get(atB), u * stepB + 16 * j))),
    ...sums.flatMap((ofRow, i) => [
      ...set(factor, wasm.loadSplat(get(atA), u * stepA + i * nextA)),
      ...ofRow.flatMap((sum, j) => set(sum, f64x2.add(get(sum), f64x2.mul(get(factor), get(vectors[j]))))),
    ]),
  ];
  const steps = Array.from({ length: unroll }, (_, u) => [
    ...step(u),
    // addresses are even: never
    ...(u + 1 < unroll ? wasm.leaveBlockIf(wasm.i32.equal(get(atB), wasm.integer(2 * u + 1))) : []),
  ]).flat();
  const tile = [
    ...sums.flatMap((ofRow) => ofRow.flatMap((sum) => set(sum, f64x2.splat(wasm.number(0))))),
    ...set(atA, get(row)),
    ...set(atB, get(b)),
    ...wasm.block(
      wasm.repeatWhile(wasm.i32.less(get(atB), get(end)), [
        ...steps,
        ...wasm.advance(atA, wasm.integer(unroll * stepA)),
        ...wasm.advance(atB, wasm.integer(unroll * stepB)),
      ]),
    ),
    ...sums.flatMap((ofRow, i) =>
      ofRow.flatMap((sum, j) => {
        const offset = i * rowBytes + 16 * j;
        const value = onto ? f64x2.add(wasm.loadPair(get(to), offset), get(sum)) : get(sum);
        if (odd && j === pairs - 1) return wasm.storeNumber(get(to), wasm.lane(value, 0), offset);
        return wasm.storePair(get(to), value, offset);
      }),
    ),
    ...wasm.advance(to, wasm.integer(rows * rowBytes)),
    ...wasm.advance(row, wasm.integer(rows * nextA)),
  ];
  return v.kernel(
    wasm.loopWhile(get(strips), [
      ...set(row, get(a)),
      ...set(rowsEnd, wasm.i32.add(get(a), get(aBytes))),
      ...set(end, wasm.i32.add(get(b), get(bBytes))),
      ...set(to, get(c)),
      ...wasm.loopTo(row, get(rowsEnd), 0, tile),
      ...wasm.advance(b, get(bStrip)),
      ...wasm.advance(c, wasm.integer(16 * pairs)),
      ...wasm.advance(strips, wasm.integer(-1)),
    ]),
  );
}

/** Strips of eight columns, as products read them: number k of column j of strip s is at to + 8·(8·(s·count + k) + j). */
const STRIP = 8;

/**
 * run(to, from): one strip of the vectors that are the *rows* of a matrix, eight of them from `from` on, rowBytes apart; of each `count` numbers. Reads, and
 * writes, a number too many if their count is odd.
 */
export function packRows(rowBytes: number, count: number): KernelCode {
  const v = new Variables();
  const [to, from] = v.parameters(2);
  const [end] = v.locals(1);
  const { get } = wasm;
  const body = Array.from({ length: STRIP / 2 }, (_, pair) => {
    const [a, b] = [0, 1].map((i) => v.keep(wasm.loadPair(get(from), (2 * pair + i) * rowBytes)));
    return [
      ...v.statements().flat(),
      ...wasm.storePair(get(to), wasm.zip(a, b, 0), 16 * pair),
      ...wasm.storePair(get(to), wasm.zip(a, b, 1), 16 * pair + 8 * STRIP),
    ];
  }).flat();
  return v.kernel([
    ...wasm.set(end, wasm.i32.add(get(from), wasm.integer(8 * count))),
    ...wasm.loopTo(from, get(end), 16, [...body, ...wasm.advance(to, wasm.integer(16 * STRIP))]),
  ]);
}

/** run(to, from): one strip of the vectors that are the *columns* of a matrix whose rows are rowBytes apart, `count` rows of it. */
export function packColumns(rowBytes: number, count: number): KernelCode {
  const v = new Variables();
  const [to, from] = v.parameters(2);
  const [end] = v.locals(1);
  const { get } = wasm;
  return v.kernel([
    ...wasm.set(end, wasm.i32.add(get(to), wasm.integer(8 * STRIP * count))),
    ...wasm.loopTo(to, get(end), 8 * STRIP, [
      ...Array.from({ length: STRIP / 2 }, (_, j) =>
        wasm.storePair(get(to), wasm.loadPair(get(from), 16 * j), 16 * j),
      ).flat(),
      ...wasm.advance(from, wasm.integer(rowBytes)),
    ]),
  ]);
}
