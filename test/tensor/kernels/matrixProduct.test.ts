import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Layout, matmul } from "../../../src/tensor/kernels/matrixProduct.ts";

describe("matmul", () => {
  it("is 1·5 + 2·6 = 17 and 3·5 + 4·6 = 39 for [1 2; 3 4]·[5; 6]", () => {
    const c = new Float64Array(2);
    matmul(c, Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6), 2, 1, 2, "NN");
    expect(Array.from(c)).toEqual([17, 39]);
  });

  it.each<Layout>(["NN", "TN", "NT"])("%s adds in the documented order, to the bit, at every size", (layout) => {
    const sizes = fc.integer({ min: 0, max: 11 });
    const inner = fc.oneof(
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(63, 64, 65, 128, 129, 192, 255, 256, 257, 511, 512, 513),
    );
    fc.assert(
      fc.property(sizes, sizes, inner, (M, N, K) => {
        const random = new Random(M + 100 * N + 10_000 * K);
        const [a, b] = [random.normal([M * K]).data, random.normal([K * N]).data];
        const c = new Float64Array(M * N).fill(Number.NaN); // whatever was there before
        matmul(c, a, b, M, N, K, layout);
        for (let i = 0; i < M; i++) {
          for (let j = 0; j < N; j++) {
            const inOrder = (from: number, to: number): number => {
              let sum = 0;
              for (let k = from; k < to; k++) {
                sum += a[layout === "TN" ? k * M + i : i * K + k] * b[layout === "NT" ? j * K + k : k * N + j];
              }
              return sum;
            };
            /** Rows: shards of 64, pairwise. */
            const pairwise = (from: number, to: number): number => {
              if (to - from <= 64) return inOrder(from, to);
              let half = 64;
              while (2 * half < to - from) half *= 2;
              return pairwise(from, from + half) + pairwise(from + half, to);
            };
            /** Everything else: chunks of 256, one after the other. */
            const chunks = (): number => {
              let total = 0;
              for (let k = 0; k < K; k += 256) total += inOrder(k, Math.min(K, k + 256));
              return total;
            };
            expect(c[i * N + j]).toBe(layout === "TN" ? pairwise(0, K) : chunks());
          }
        }
      }),
    );
  });

  it("reads and writes matrices anywhere in their buffers, and nothing beside them", () => {
    const side = fc.nat(9);
    fc.assert(
      fc.property(side, side, side, fc.constantFrom("NN", "TN", "NT"), (M, N, K, layout) => {
        const random = new Random(M + 10 * N + 100 * K);
        const [a, b] = [random.normal([M * K]).data, random.normal([K * N]).data];
        const alone = new Float64Array(M * N);
        matmul(alone, a, b, M, N, K, layout);
        const around = (x: Float64Array, before: number): Float64Array =>
          Float64Array.of(...new Array(before).fill(Number.NaN), ...x, Number.NaN);
        const c = around(new Float64Array(M * N), 3);
        matmul(c, around(a, 1), around(b, 2), M, N, K, layout, 3, 1, 2);
        expect(c).toEqual(around(alone, 3));
      }),
    );
  });
});
