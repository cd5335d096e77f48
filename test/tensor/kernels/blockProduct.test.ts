import { Random } from "diffeo";
import fc from "fast-check";
import { expect, it } from "vitest";
import { blockProduct } from "../../../src/tensor/kernels/blockProduct.ts";
import { matmul } from "../../../src/tensor/kernels/matmul.ts";
import { seeds } from "../../support/arbitraries.ts";

const sizes = fc.record({
  M: fc.nat(11),
  K: fc.oneof(fc.nat(9), fc.constantFrom(255, 256, 257, 600)),
  N: fc.constantFrom(1, 4, 8, 12),
  seed: seeds,
});

it("gives the bits of matmul at its place in a larger array, and touches nothing else", () => {
  fc.assert(
    fc.property(sizes, ({ M, K, N, seed }) => {
      const random = new Random(seed);
      const [ic, iw] = [random.integers([], 5).item(), random.integers([], 5).item()];
      const w = random.normal([iw + M * K + 3]).data;
      const h = random.normal([K * N + 4]).data;
      const c = random.normal([ic + M * N + 5]).data;
      const before = c.slice();
      blockProduct(c, ic, w, iw, h, M, K, N);
      const expected = new Float64Array(M * N);
      matmul(expected, w.slice(iw, iw + M * K), h.slice(0, K * N), M, N, K, "NN");
      expect(Array.from(c.slice(ic, ic + M * N))).toEqual(Array.from(expected));
      expect(Array.from(c.slice(0, ic))).toEqual(Array.from(before.slice(0, ic)));
      expect(Array.from(c.slice(ic + M * N))).toEqual(Array.from(before.slice(ic + M * N)));
    }),
  );
});

it("is 1·5 + 2·6 = 17 and 3·5 + 4·6 = 39 for [1 2; 3 4]·[5; 6]", () => {
  const c = new Float64Array(2);
  blockProduct(c, 0, Float64Array.of(1, 2, 3, 4), 0, Float64Array.of(5, 6), 2, 2, 1);
  expect(Array.from(c)).toEqual([17, 39]);
});
