import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";

/**
 * The order in which the terms of a sum are added: so many times the same terms, whose operands are so many bytes from where one stands in A and B; or the same walk. After
 * each time one moves on, in bytes.
 */
export interface Stretch {
  readonly times: number;
  readonly stepA: number;
  readonly stepB: number;
  readonly terms?: readonly (readonly [a: number, b: number])[];
  readonly inner?: readonly Stretch[];
}

/** C[i, j] = Σ a_i·b_j over the terms of a walk: for term (p, q) a_i is at a + i·nextA + p, b_j at b + 8j + q, and C[i, j] at c + i·rowBytes + 8j. */
export interface WalkedSteps {
  readonly nextA: number;
  readonly rowBytes: number;
  /** Of a tile, which has so many rows … */
  readonly rows: number;
  /** … and so many pairs of columns. */
  readonly pairs: number;
  /** Where sums begin: at 0; at one row for all rows; or at what is there already, of the same shape as C. */
  readonly start: "zero" | "row" | "matrix";
  /** Whether the sum is added to C. */
  readonly onto: boolean;
  readonly walk: readonly Stretch[];
}

/**
 * run(a, aBytes, b, bStrip, strips, c, start): as `shapedProduct`, but the terms are those of a walk, in its order: what a window covers of an image, say, without what
 * lies outside of the image.
 */
export function walkedProduct({ nextA, rowBytes, rows, pairs, start, onto, walk }: WalkedSteps): KernelCode {
  const v = new Variables();
  const [a, aBytes, b, bStrip, strips, c, from] = v.parameters(7);
  const [row, rowsEnd, atA, atB, to, atStart] = v.locals(6);
  const sums = Array.from({ length: rows }, () => v.locals(pairs, "v128"));
  const vectors = v.locals(pairs, "v128");
  const [factor] = v.locals(1, "v128");
  const { f64x2, get, set } = wasm;

  const term = ([p, q]: readonly [number, number]): Code => [
    ...vectors.flatMap((vector, j) => set(vector, wasm.loadPair(get(atB), q + 16 * j))),
    ...sums.flatMap((ofRow, i) => [
      ...set(factor, wasm.loadSplat(get(atA), p + i * nextA)),
      ...ofRow.flatMap((sum, j) => set(sum, f64x2.add(get(sum), f64x2.mul(get(factor), get(vectors[j]))))),
    ]),
  ];
  const move = (stepA: number, stepB: number): Code => [
    ...(stepA === 0 ? [] : wasm.advance(atA, wasm.integer(stepA))),
    ...(stepB === 0 ? [] : wasm.advance(atB, wasm.integer(stepB))),
  ];
  const stretch = ({ times, stepA, stepB, terms = [], inner = [] }: Stretch): Code => {
    if (terms.length === 0 && inner.length === 0) return move(times * stepA, times * stepB);
    const body = [
      ...terms.flatMap((each, u) => [
        ...term(each),
        // addresses are even: never
        ...(u + 1 < terms.length ? wasm.leaveBlockIf(wasm.i32.equal(get(atB), wasm.integer(2 * u + 1))) : []),
      ]),
      ...inner.flatMap(stretch),
      ...move(stepA, stepB),
    ];
    const [count] = v.locals(1);
    return [
      ...set(count, wasm.integer(times)),
      ...wasm.block(wasm.repeatWhile(get(count), [...body, ...wasm.advance(count, wasm.integer(-1))])),
    ];
  };
  const first = (i: number, j: number): Code => {
    if (start === "zero") return f64x2.splat(wasm.number(0));
    return wasm.loadPair(get(atStart), 16 * j + (start === "matrix" ? i * rowBytes : 0));
  };
  const tile = [
    ...sums.flatMap((ofRow, i) => ofRow.flatMap((sum, j) => set(sum, first(i, j)))),
    ...set(atA, get(row)),
    ...set(atB, get(b)),
    ...walk.flatMap(stretch),
    ...sums.flatMap((ofRow, i) =>
      ofRow.flatMap((sum, j) => {
        const offset = i * rowBytes + 16 * j;
        const value = onto ? f64x2.add(wasm.loadPair(get(to), offset), get(sum)) : get(sum);
        return wasm.storePair(get(to), value, offset);
      }),
    ),
    ...wasm.advance(to, wasm.integer(rows * rowBytes)),
    ...(start === "matrix" ? wasm.advance(atStart, wasm.integer(rows * rowBytes)) : []),
    ...wasm.advance(row, wasm.integer(rows * nextA)),
  ];
  return v.kernel(
    wasm.loopWhile(get(strips), [
      ...set(row, get(a)),
      ...set(rowsEnd, wasm.i32.add(get(a), get(aBytes))),
      ...set(to, get(c)),
      ...set(atStart, get(from)),
      ...wasm.loopTo(row, get(rowsEnd), 0, tile),
      ...wasm.advance(b, get(bStrip)),
      ...wasm.advance(c, wasm.integer(16 * pairs)),
      ...wasm.advance(from, wasm.integer(16 * pairs)),
      ...wasm.advance(strips, wasm.integer(-1)),
    ]),
  );
}

/** run(from, strips, stripBytes, to): to = Σ 0·w over the vectors of each strip of eight: 0, or NaN where one of them is not finite. */
export function tracesOfStrips(): KernelCode {
  const v = new Variables();
  const [from, strips, stripBytes, to] = v.parameters(4);
  const [end] = v.locals(1);
  const sums = v.locals(4, "v128");
  const { f64x2, get, set } = wasm;
  return v.kernel(
    wasm.loopWhile(get(strips), [
      ...sums.flatMap((sum) => set(sum, f64x2.splat(wasm.number(0)))),
      ...set(end, wasm.i32.add(get(from), get(stripBytes))),
      ...wasm.loopTo(
        from,
        get(end),
        64,
        sums.flatMap((sum, j) =>
          set(sum, f64x2.add(get(sum), f64x2.mul(v.constant(0), wasm.loadPair(get(from), 16 * j)))),
        ),
      ),
      ...sums.flatMap((sum, j) => wasm.storePair(get(to), get(sum), 16 * j)),
      ...wasm.advance(to, wasm.integer(64)),
      ...wasm.advance(strips, wasm.integer(-1)),
    ]),
  );
}
