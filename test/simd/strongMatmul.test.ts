import { Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { matmul } from "../../src/tensor/simd/simdMatmul.ts";
import { type StrongOperands, strongMatmul } from "../../src/tensor/simd/strongMatmul.ts";

describe("a matrix product with strong zeros", () => {
  const random = new Random(1);
  for (const [M, N, K] of [
    [3, 5, 4],
    [40, 33, 300],
    [1, 70, 520],
  ]) {
    for (const layout of ["NN", "TN", "NT"] as const) {
      it(`${M}×${N}×${K}, ${layout}: leaves out what a zero meets, and has the bits of the product without it`, () => {
        const a = random.normal([M * K]).data.slice();
        const b = random.normal([K * N]).data.slice();
        // the k-th term is 0·b
        const [k, column] = [2, 1];
        for (let i = 0; i < M; i++) a[layout === "TN" ? k * M + i : i * K + k] = 0;
        const expected = new Float64Array(M * N);
        matmul(expected, a, b, M, N, K, layout);
        for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const spoilt = b.slice();
          spoilt[layout === "NT" ? column * K + k : k * N + column] = poison;
          const product = (strong: StrongOperands): Float64Array => {
            const c = new Float64Array(M * N);
            strongMatmul(strong, c, a, spoilt, M, N, K, layout);
            return c;
          };
          expect(product("A")).toEqual(expected);
          expect(product("AB")).toEqual(expected);
          for (const strong of ["none", "B"] as const) {
            expect(product(strong).filter(Number.isNaN).length, strong).toBe(M);
          }
        }
      });
    }
  }

  it("keeps NaN and ∞ that no zero meets", () => {
    const c = new Float64Array(4);
    const [a, b] = [Float64Array.of(0, 1, 0, Number.POSITIVE_INFINITY), Float64Array.of(Number.NaN, Number.NaN, 2, -1)];
    strongMatmul("A", c, a, b, 2, 2, 2, "NN");
    expect([...c]).toEqual([2, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });
});
