import {
  advance,
  type Code,
  f64x2,
  get,
  i32,
  integer,
  type KernelCode,
  type Local,
  loadPair,
  loadSplat,
  loopTo,
  number,
  set,
  storePair,
} from "./assembler.ts";
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

  const term = task === "subtract" ? f64x2.sub : f64x2.add;
  const before = (i: number, j: number): Code => loadPair(i === 0 ? get(to) : i32.add(get(to), get(rowBytes)), 16 * j);
  const first = (i: number, j: number): Code => (task === "subtract" ? before(i, j) : f64x2.splat(number(0)));
  const last = (sum: Local, j: number): Code => (task === "add" ? f64x2.add(before(0, j), get(sum)) : get(sum));

  const step: Code = [
    ...vectors.flatMap((vector, j) => set(vector, loadPair(get(atWide), 16 * j))),
    ...rows.flatMap((sums, i) => [
      ...set(factor, loadSplat(get(atRows[i]))),
      ...sums.flatMap((sum, j) => set(sum, term(get(sum), f64x2.mul(get(factor), get(vectors[j]))))),
    ]),
    ...atRows.flatMap((at) => advance(at, get(narrowStep))),
    ...advance(atWide, get(wideStep)),
  ];
  const tile: Code = [
    ...rows.flatMap((sums, i) => sums.flatMap((sum, j) => set(sum, first(i, j)))),
    ...atRows.flatMap((at, i) => set(at, i === 0 ? get(atStrip) : i32.add(get(atRows[i - 1]), get(narrowNext)))),
    ...set(atWide, get(wide)),
    ...loopTo(atWide, get(atEnd), 0, step), // a step moves the pointer itself
    ...rows.flatMap((sums) => [
      ...sums.flatMap((sum, j) => storePair(get(to), last(sum, j), 16 * j)),
      ...advance(to, get(rowBytes)),
    ]),
    ...advance(atStrip, get(narrowStrip)),
  ];
  const strip: Code = [
    ...set(atStrip, get(narrow)),
    ...set(atEnd, i32.add(get(wide), i32.mul(get(count), get(wideStep)))),
    ...set(to, get(c)),
    ...loopTo(atStrip, get(narrowEnd), 0, tile),
    ...advance(c, integer(8 * WIDE)),
    ...advance(wide, get(wideStrip)),
  ];
  return v.kernel(loopTo(wide, get(wideEnd), 0, strip));
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
