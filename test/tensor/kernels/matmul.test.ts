import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matmul } from "../../../src/tensor/kernels/matmul.ts";

describe("matmul", () => {
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
