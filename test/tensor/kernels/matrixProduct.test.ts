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

  it.each<Layout>(["NN", "TN", "NT"])(
    "%s sums k in order within chunks of 256, to the bit, at every size",
    (layout) => {
      const sizes = fc.integer({ min: 0, max: 11 });
      const inner = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(255, 256, 257, 511, 512, 513));
      fc.assert(
        fc.property(sizes, sizes, inner, (M, N, K) => {
          const random = new Random(M + 100 * N + 10_000 * K);
          const [a, b] = [random.normal([M * K]).data, random.normal([K * N]).data];
          const c = new Float64Array(M * N).fill(Number.NaN); // whatever was there before
          matmul(c, a, b, M, N, K, layout);
          for (let i = 0; i < M; i++) {
            for (let j = 0; j < N; j++) {
              let total = 0;
              for (let start = 0; start < K; start += 256) {
                let chunk = 0;
                for (let k = start; k < Math.min(K, start + 256); k++) {
                  chunk += a[layout === "TN" ? k * M + i : i * K + k] * b[layout === "NT" ? j * K + k : k * N + j];
                }
                total += chunk;
              }
              expect(c[i * N + j]).toBe(total);
            }
          }
        }),
      );
    },
  );

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
