import { Random, sum } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePlan, kernelsIn } from "../../support/plans.ts";
import { values } from "../../support/sameBits.ts";

describe("sums in a plan have the bits of the op", () => {
  const cases = fc.record({
    shape: fc.array(fc.oneof(fc.constantFrom(1, 1, 2, 3, 5), fc.constantFrom(63, 64, 65, 130)), {
      minLength: 1,
      maxLength: 4,
    }),
    seed: fc.nat(2 ** 31 - 1),
    mask: fc.nat(15),
  });

  it("over any axes, neighbours or not, with axes of length 1 between them", () => {
    fc.assert(
      fc.property(cases, ({ shape, seed, mask }) => {
        fc.pre(shape.reduce<number>((size, length) => size * length, 1) < 40_000);
        const axes = shape.flatMap((_, axis) => ((mask >> axis) & 1 ? [axis] : []));
        const random = new Random(seed);
        comparePlan((x) => [sum(x, axes)], [values(shape, random)], [random.normal(shape)]);
      }),
    );
  });

  it.each([
    [
      [20, 1, 3, 3],
      [0, 2, 3],
      ["rowSums 9,72", "columnSums 20,1,8,1"],
    ], // two groups of neighbours, one after the other
    [[20, 1, 3], [0, 1, 2], ["columnSums 60,1,8,1"]],
    [[130, 3], [0], ["columnSums 128,3,24,2", "columnSums 2,3,24,1"]],
    [[9, 5], [1], ["rowSums 5,40"]],
    [[9, 65], [1], ["rowSums 64,520", "rowSums 1,520"]],
  ])("%j over %j takes %j", (shape, axes, kernels) => {
    const planned = comparePlan((x) => [sum(x, axes)], [new Random(1).normal(shape)]);
    expect(kernelsIn(planned).filter((name) => /Sums/.test(name))).toEqual(kernels);
  });
});
