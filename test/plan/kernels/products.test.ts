import { Random, type Tensor } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Emitter } from "../../../src/plan/emitter.ts";
import { KernelSet } from "../../../src/plan/kernels/kernelSet.ts";
import {
  levelsOf,
  pack,
  packedSize,
  product,
  productOverRows,
  rowsOfBlock,
  STRIP,
} from "../../../src/plan/kernels/products.ts";
import { matmul } from "../../../src/tensor/kernels/matrixProduct.ts";
import { type Band, bandOf } from "../../../src/tensor/simd/bands.ts";
import { type Kernel, OWN_START, ownMemory } from "../../../src/tensor/simd/webAssembly.ts";

/** Arrays in a memory of their own, with room behind each, and what is emitted on them. */
class Bench {
  readonly #kernels = new KernelSet();
  readonly #writes: [number, Float64Array][] = [];
  readonly emit: Emitter = new Emitter(this.#kernels, () => ({ at: 0, rowBytes: 0 }));
  #end: number = OWN_START;

  /** The address of an array that has those numbers at first, NaN if none are given. */
  put(size: number, numbers: Float64Array = new Float64Array(size).fill(Number.NaN)): number {
    const at = this.#end;
    this.#writes.push([at, numbers]);
    this.#end += 8 * size + 128 - ((8 * size) % 64);
    return at;
  }

  /** Runs everything, and gives the memory. */
  run(): Float64Array {
    const memory = ownMemory(this.#end - OWN_START + 65536);
    if (memory === null) throw new Error("no WebAssembly");
    for (const [at, numbers] of this.#writes) memory.numbers.set(numbers, at / 8);
    const { kernels } = this.#kernels.in(memory) as { kernels: Readonly<Record<string, Kernel>> };
    for (const call of this.emit.calls) if (call.kernel !== null) kernels[call.kernel](...call.args);
    return memory.numbers;
  }
}

/** Sizes on both sides of tiles, strips, shards and chunks. */
const size = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom(62, 63, 64, 65, 66, 127, 128, 129, 255, 256, 257, 259, 300, 301),
);
const sizes = fc.record({ M: size, N: size, K: size, seed: fc.nat(2 ** 31 - 1), padded: fc.boolean() });

/** Fails unless every number has the same bits; NaN counts as the same. */
function expectSameBits(actual: Float64Array, expected: Float64Array): void {
  const k = expected.findIndex((value, i) => !Object.is(value, actual[i]));
  if (k >= 0) expect(`${actual[k]} at ${k}`).toBe(`${expected[k]} at ${k}`);
}

/** The rows of a matrix of that pitch, one after the other. */
function rowsOf(numbers: Float64Array, at: number, [M, N]: readonly [number, number], rowBytes: number): Float64Array {
  const dense = new Float64Array(M * N);
  for (let i = 0; i < M; i++) dense.set(numbers.subarray((at + i * rowBytes) / 8, (at + i * rowBytes) / 8 + N), i * N);
  return dense;
}

const normal = (random: Random, shape: readonly [number, number]): Tensor => random.normal([...shape]);

/** A mask like that of a masked net: rows by units, each with a rank. */
function maskOf(random: Random, rows: number, columns: number): Uint8Array {
  const [a, b] = [rows, columns].map((count) => random.integers([count], 5).data);
  return Uint8Array.from({ length: rows * columns }, (_, i) => (a[Math.floor(i / columns)] >= b[i % columns] ? 1 : 0));
}

const few = { numRuns: 60 };

describe("a product on a memory of its own has the bits of the plain loop", () => {
  it.each(["rows", "columns"] as const)("C = A·B, vectors of B that are %s of a matrix", (vectors) => {
    fc.assert(
      fc.property(sizes, ({ M, N, K, seed, padded }) => {
        const random = new Random(seed);
        const [a, b] = [normal(random, [M, K]), normal(random, vectors === "rows" ? [N, K] : [K, N])];
        const bench = new Bench();
        const rowBytes = 8 * N + (padded ? 64 : 0);
        const [atA, atB, packed, c] = [
          bench.put(M * K + K * 8, a.data),
          bench.put(b.size + 9 * b.shape[1], b.data),
          bench.put(packedSize(N, K)),
          bench.put((M * rowBytes) / 8 + 8),
        ];
        const right = pack(bench.emit, packed, { at: atB, rowBytes: 8 * b.shape[1] }, N, K, vectors);
        const left = { at: atA, next: 8 * K, step: 8 };
        let told = 0;
        product(
          bench.emit,
          (row) => ({ at: c + row * rowBytes, rowBytes }),
          left,
          right,
          [M, N, K],
          undefined,
          (row, rows) => {
            expect(row).toBe(told);
            told += rows;
          },
        );
        expect(told).toBe(M);
        const expected = new Float64Array(M * N);
        matmul(expected, a.data, b.data, M, N, K, vectors === "rows" ? "NT" : "NN");
        expectSameBits(rowsOf(bench.run(), c, [M, N], rowBytes), expected);
      }),
      few,
    );
  });

  it("C = A·Wᵀ, what a mask leaves out of W left out", () => {
    fc.assert(
      fc.property(sizes, ({ M, N, K, seed }) => {
        const random = new Random(seed);
        const [a, w, mask] = [normal(random, [M, K]), normal(random, [N, K]), maskOf(random, N, K)];
        const masked = w.data.map((value, i) => (mask[i] === 1 ? value : 0));
        const bench = new Bench();
        const rowBytes = 8 * STRIP * Math.ceil(N / STRIP);
        const [atA, atW, packed, c] = [
          bench.put(M * K + K * 8, a.data),
          bench.put(N * K + 9 * K, masked),
          bench.put(packedSize(N, K)),
          bench.put((M * rowBytes) / 8 + 8),
        ];
        const right = pack(bench.emit, packed, { at: atW, rowBytes: 8 * K }, N, K, "rows");
        const band: Band = bandOf(mask, N, K, K, 1);
        const place = (row: number): { at: number; rowBytes: number } => ({ at: c + row * rowBytes, rowBytes });
        product(bench.emit, place, { at: atA, next: 8 * K, step: 8 }, right, [M, N, K], band);
        const expected = new Float64Array(M * N);
        matmul(expected, a.data, masked, M, N, K, "NT");
        expectSameBits(rowsOf(bench.run(), c, [M, N], rowBytes), expected);
      }),
      few,
    );
  });

  it("C = H·W, what a mask leaves out of W left out", () => {
    fc.assert(
      fc.property(sizes, ({ M, N, K, seed, padded }) => {
        const random = new Random(seed);
        const [h, w, mask] = [normal(random, [M, K]), normal(random, [K, N]), maskOf(random, K, N)];
        const masked = w.data.map((value, i) => (mask[i] === 1 ? value : 0));
        const bench = new Bench();
        const rowBytes = 8 * N + (padded ? 64 : 0);
        const [atH, atW, packed, c] = [
          bench.put(M * K + K * 8, h.data),
          bench.put(N * K + 9 * N, masked),
          bench.put(packedSize(N, K)),
          bench.put((M * rowBytes) / 8 + 8),
        ];
        const right = pack(bench.emit, packed, { at: atW, rowBytes: 8 * N }, N, K, "columns");
        const band: Band = bandOf(mask, N, K, 1, N);
        const place = (row: number): { at: number; rowBytes: number } => ({ at: c + row * rowBytes, rowBytes });
        product(bench.emit, place, { at: atH, next: 8 * K, step: 8 }, right, [M, N, K], band);
        const expected = new Float64Array(M * N);
        matmul(expected, h.data, masked, M, N, K, "NN");
        expectSameBits(rowsOf(bench.run(), c, [M, N], rowBytes), expected);
      }),
      few,
    );
  });

  it.each([false, true])(
    "C = Aᵀ·B, a sum over rows in shards; rows that a mask leaves out left out: %s",
    (withBand) => {
      fc.assert(
        fc.property(sizes, ({ M, N, K, seed }) => {
          const random = new Random(seed);
          const [a, b, mask] = [normal(random, [K, M]), normal(random, [K, N]), maskOf(random, M, N)];
          const bench = new Bench();
          const [atA, atB, c] = [
            bench.put(K * M + 8 * M, a.data),
            bench.put(K * N + 16, b.data),
            bench.put(M * N + 8, withBand ? new Float64Array(M * N) : undefined),
          ];
          const temporary = Array.from({ length: levelsOf(K) }, () => bench.put(M * N + 8, new Float64Array(M * N)));
          const left = { at: atA, next: 8, step: 8 * M };
          const right = { at: atB, strip: 64, step: 8 * N };
          productOverRows(
            bench.emit,
            c,
            temporary,
            left,
            right,
            [M, N, K],
            withBand ? bandOf(mask, N, M, 1, N) : undefined,
          );
          const expected = new Float64Array(M * N);
          matmul(expected, a.data, b.data, M, N, K, "TN");
          const actual = bench.run().slice(c / 8, c / 8 + M * N);
          const wanted = (each: Float64Array): Float64Array =>
            withBand ? each.map((value, i) => (mask[i] === 0 ? 0 : value)) : each;
          expectSameBits(wanted(actual), wanted(expected));
        }),
        few,
      );
    },
  );
});

it("blocks have as many rows as fit into the cache, sixteen at least, or all", () => {
  expect(rowsOfBlock(1000, 64)).toBe(128);
  expect(rowsOfBlock(1000, 4096)).toBe(32);
  expect(rowsOfBlock(7, 64)).toBe(7);
});
