import { grad, laplace, Random, sum, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";
import { itIsAFamily } from "../support/distributions.ts";

describe("laplace", () => {
  const s = 0.7;
  itIsAFamily({
    name: "laplace",
    make: laplace,
    member: { loc: -0.4, scale: s },
    positive: ["scale"],
    mean: -0.4,
    variance: 2 * s ** 2,
    fourth: 24 * s ** 4,
  });

  it("has log p = −|x − μ|/s − ln 2s, and the entropy 1 + ln 2s", () => {
    const p = laplace({ loc: 1, scale: 2 });
    expectWithin(p.logProb(tensor([-2])).item(), -1.5 - Math.log(4), 4 * EPSILON);
    expectWithin(Number(p.entropy()), 1 + Math.log(4), 4 * EPSILON);
    const { data } = laplace({ loc: 0, scale: 1 }).logProb(tensor([1e300, -1e300]));
    expect(Array.from(data)).toEqual([-1e300, -1e300]);
  });

  // computed by mpmath 1.4.1 with 50 digits
  it.each([
    [-40.0, 2.204265665731613e-71],
    [-8.0, 8.569542157710065e-16],
    [-1.25, 0.0004559409827772581],
    [0.0, 0.06766764161830635],
    [0.375, 0.3032653298563167],
    [0.5, 0.5],
    [0.5625, 0.6105996084642976],
    [0.75, 0.8160602794142788],
    [1.5, 0.9908421805556329],
    [4.0, 0.9999995842356404],
  ])("has the share of the distribution below %d: %d", (x, expected) => {
    const F = laplace({ loc: 0.5, scale: 0.25 })
      .cdf(tensor([x]))
      .item();
    expectWithin(F, expected, 4 * EPSILON * expected);
  });

  it("has the density for the slope of its distribution function at its peak, too, and infinite quantiles at the ends", () => {
    const p = laplace({ loc: 1, scale: 2 });
    const x = variable([1]);
    expect(grad(sum(p.cdf(x)), [x])[0].item()).toBe(0.25);
    expect(p.icdf(tensor([0, 0.5, 1])).toArray()).toEqual([-Infinity, 1, Infinity]);
  });

  it("has the gradient 0 at its peak, where there is none", () => {
    const x = variable([1, 0, 3]);
    const [slope] = grad(sum(laplace({ loc: 1, scale: 2 }).logProb(x)), [x]);
    expect(Array.from(slope.data, (value) => value + 0)).toEqual([0, 0.5, -0.5]); // + 0 makes −0 a 0
  });

  it("draws μ − s·sign(u − ½)·ln(1 − 2|u − ½|) from one call of random.uniform", () => {
    const random = new Random(1);
    const x = laplace({ loc: 1, scale: 2 }).sample(5, random);
    const again = new Random(1);
    again.uniform([5]).data.forEach((u, i) => {
      const expected = 1 - 2 * Math.sign(u - 0.5) * Math.log(1 - 2 * Math.abs(u - 0.5));
      expectWithin(x.at(i), expected, 32 * EPSILON * (1 + Math.abs(expected)));
    });
    expect(random.state()).toEqual(again.state());
  });
});
