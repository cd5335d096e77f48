import type { Code, KernelCode, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";
import { type Kernel, kernelModule, kernelsOf } from "./webAssembly.ts";

/**
 * A tile of C is 2×8: eight running sums of two numbers, four registers of one operand and one of the other make 13 of the 16
 * registers. The operand with two vectors in a tile is called the narrow one …
 */
export const NARROW = 2;
/** … and the one with eight vectors the wide one. */
export const WIDE = 8;

/** An operand of a product in the scratch memory, in strips of as many vectors as a tile has; all in bytes. */
export interface Packed {
  /** Where the first strip begins, and where the last one ends. */
  readonly start: number;
  readonly end: number;
  /** From one strip to the next. */
  readonly strip: number;
  /** From a vector to its neighbour in the strip: in the wide operand always one number. */
  readonly next: number;
  /** From a number of a vector to the one for k + 1. */
  readonly step: number;
}

/** What is done with Σ_k narrow[k]·wide[k]: C is that sum; or every term is taken away from C; or the sum is added to C. */
type Task = "multiply" | "subtract" | "add";

/**
 * The kernel that {@link runTiles} calls, for one chunk of k, on a block of C whose rows are rowBytes long. A strip of the wide
 * operand stays in the cache while all strips of the narrow one are read. Tiles of one row are for a last row without a partner.
 */
export function tilesKernel(task: Task, rowsOfTile: 1 | 2 = NARROW): KernelCode {
  const v = new Variables();
  const [narrow, narrowEnd, narrowStrip, narrowNext, narrowStep] = v.parameters(5);
  const [wide, wideEnd, wideStrip, wideStep] = v.parameters(4);
  const [count, c, rowBytes] = v.parameters(3);
  const [atStrip, atWide, atEnd, to] = v.locals(4);
  const atRows = v.locals(rowsOfTile);
  const rows = atRows.map(() => v.locals(WIDE / 2, "v128"));
  const vectors = v.locals(WIDE / 2, "v128");
  const [factor] = v.locals(1, "v128");

  const term = task === "subtract" ? wasm.f64x2.sub : wasm.f64x2.add;
  const before = (i: number, j: number): Code =>
    wasm.loadPair(i === 0 ? wasm.get(to) : wasm.i32.add(wasm.get(to), wasm.get(rowBytes)), 16 * j);
  const first = (i: number, j: number): Code => (task === "subtract" ? before(i, j) : wasm.f64x2.splat(wasm.number(0)));
  const last = (sum: Local, j: number): Code =>
    task === "add" ? wasm.f64x2.add(before(0, j), wasm.get(sum)) : wasm.get(sum);

  const step: Code = [
    ...vectors.flatMap((vector, j) => wasm.set(vector, wasm.loadPair(wasm.get(atWide), 16 * j))),
    ...rows.flatMap((sums, i) => [
      ...wasm.set(factor, wasm.loadSplat(wasm.get(atRows[i]))),
      ...sums.flatMap((sum, j) =>
        wasm.set(sum, term(wasm.get(sum), wasm.f64x2.mul(wasm.get(factor), wasm.get(vectors[j])))),
      ),
    ]),
    ...atRows.flatMap((at) => wasm.advance(at, wasm.get(narrowStep))),
    ...wasm.advance(atWide, wasm.get(wideStep)),
  ];
  const tile: Code = [
    ...rows.flatMap((sums, i) => sums.flatMap((sum, j) => wasm.set(sum, first(i, j)))),
    ...atRows.flatMap((at, i) =>
      wasm.set(at, i === 0 ? wasm.get(atStrip) : wasm.i32.add(wasm.get(atRows[i - 1]), wasm.get(narrowNext))),
    ),
    ...wasm.set(atWide, wasm.get(wide)),
    ...wasm.repeatWhile(wasm.i32.less(wasm.get(atWide), wasm.get(atEnd)), step), // a chunk has at least one k
    ...rows.flatMap((sums) => [
      ...sums.flatMap((sum, j) => wasm.storePair(wasm.get(to), last(sum, j), 16 * j)),
      ...wasm.advance(to, wasm.get(rowBytes)),
    ]),
    ...wasm.advance(atStrip, wasm.get(narrowStrip)),
  ];
  const strip: Code = [
    ...wasm.set(atStrip, wasm.get(narrow)),
    ...wasm.set(atEnd, wasm.i32.add(wasm.get(wide), wasm.i32.mul(wasm.get(count), wasm.get(wideStep)))),
    ...wasm.set(to, wasm.get(c)),
    ...wasm.loopTo(atStrip, wasm.get(narrowEnd), 0, tile),
    ...wasm.advance(c, wasm.integer(8 * WIDE)),
    ...wasm.advance(wide, wasm.get(wideStrip)),
  ];
  return v.kernel(wasm.loopTo(wide, wasm.get(wideEnd), 0, strip));
}

/** The tiles of a block of C that begins at that address, over one chunk of k. */
export function runTiles(
  kernel: Kernel,
  narrow: Packed,
  wide: Packed,
  count: number,
  c: number,
  rowBytes: number,
): void {
  kernel(
    narrow.start,
    narrow.end,
    narrow.strip,
    narrow.next,
    narrow.step,
    wide.start,
    wide.end,
    wide.strip,
    wide.step,
    count,
    c,
    rowBytes,
  );
}

const tilesModule = /*#__PURE__*/ kernelModule(() => ({
  multiply: tilesKernel("multiply"),
  subtract: tilesKernel("subtract"),
}));

/** The kernels; null if the plain ones have to be used. */
export function tileKernels(): Readonly<Record<string, Kernel>> | null {
  return kernelsOf(tilesModule);
}

/** Whether a product is large enough to be worth the copies: 16×16×16 takes 0.7 µs here and 1.8 in the plain kernel, 256×4×4 2.7 and 2.4. */
export function worthwhile(M: number, N: number, K: number, least: number = 2 * NARROW): boolean {
  return M * N * K >= 4096 && M >= least && N >= least;
}
