import { add, grad, gradcheck, matmul, mul, Random, ShapeError, sum, tanh, tensor, variable, zeros } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affineMap, type FusedActivation } from "../../../src/autograd/ops/affineMap.ts";
import { bitsOf, seeds } from "../../support/arbitraries.ts";

const ways = fc.constantFrom<FusedActivation>("identity", "tanh");
const sides = fc.record({ B: fc.nat(70), inputs: fc.nat(300), outputs: fc.nat(40) });

describe("affineMap", () => {
  it("is x Wᵀ + b, by hand", () => {
    const [x, W, b] = [tensor([[1, 2]]), tensor([[3, 4], [5, 6], [0, 0]]), tensor([0.5, -1, 0.25])]; // biome-ignore format: one line says it
    expect(affineMap(x, W, b).toArray()).toEqual([[11.5, 16, 0.25]]);
    expect(affineMap(x, W, b, "tanh").at(0, 2)).toBe(tanh(0.25).item());
  });

  it("has the bits of the three ops it stands for, whatever the sizes, none among them", () => {
    fc.assert(
      fc.property(seeds, sides, ways, (seed, { B, inputs, outputs }, through) => {
        const random = new Random(seed);
        const [x, W, b] = [[B, inputs], [outputs, inputs], [outputs]].map((shape) => random.normal(shape));
        const sums = add(matmul(x, W, "NT"), b);
        expect(bitsOf(affineMap(x, W, b, through))).toEqual(bitsOf(through === "tanh" ? tanh(sums) : sums));
      }),
    );
  });

  it("has gradients with the bits of those of the three ops, whether x wants one or not", () => {
    const large = fc.record({ B: fc.constantFrom(1, 33, 70, 257), inputs: fc.nat(70), outputs: fc.nat(70) });
    fc.assert(
      fc.property(seeds, large, ways, fc.boolean(), (seed, { B, inputs, outputs }, through, wantsX) => {
        const random = new Random(seed);
        const x = random.normal([B, inputs]);
        const [W, b] = [[outputs, inputs], [outputs]].map((shape) => variable(random.normal(shape)));
        const leaves = wantsX ? [variable(x), W, b] : [W, b];
        const g = random.normal([B, outputs]);
        const sums = add(matmul(wantsX ? leaves[0] : x, W, "NT"), b);
        const expected = grad(sum(mul(through === "tanh" ? tanh(sums) : sums, g)), leaves);
        const found = grad(sum(mul(affineMap(wantsX ? leaves[0] : x, W, b, through), g)), leaves);
        expect(found.map(bitsOf)).toEqual(expected.map(bitsOf));
      }),
    );
  });

  it("has first and second derivatives in x, W and b that numbers confirm", () => {
    const small = fc.record({ B: fc.nat(3), inputs: fc.nat(3), outputs: fc.nat(3) });
    fc.assert(
      fc.property(seeds, small, ways, (seed, { B, inputs, outputs }, through) => {
        const random = new Random(seed);
        const leaves = [[B, inputs], [outputs, inputs], [outputs]].map((shape) => variable(random.normal(shape)));
        const report = gradcheck((x, W, b) => affineMap(x, W, b, through), leaves, { order: 2 });
        expect(report).toMatchObject({ failures: [], passed: true });
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [[2], [3, 2], [3]],
    [[4, 2], [3, 3], [3]],
    [[4, 2], [3, 2], [2]],
    [
      [4, 2],
      [3, 2],
      [1, 3],
    ],
    [[1, 4, 2], [3, 2], [3]],
  ])("refuses shapes that do not fit: %j, %j, %j", (x, W, b) => {
    expect(() => affineMap(zeros(x), zeros(W), zeros(b))).toThrow(ShapeError);
    expect(() => affineMap(zeros(x), zeros(W), zeros(b))).toThrow(`got [${x}], [${W}], [${b}]`);
  });
});
