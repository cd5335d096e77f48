import { logistic, Random, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";
import { itIsAFamily } from "../support/distributions.ts";

describe("logistic", () => {
  const s = 0.7;
  itIsAFamily({
    name: "logistic",
    make: logistic,
    member: { loc: -0.4, scale: s },
    positive: ["scale"],
    mean: -0.4,
    variance: (Math.PI ** 2 * s ** 2) / 3,
    fourth: (7 * Math.PI ** 4 * s ** 4) / 15,
  });

  it("has the slope of the sigmoid as its density, and the entropy ln s + 2", () => {
    const p = logistic({ loc: 0, scale: 1 });
    expectWithin(p.logProb(tensor([0])).item(), -2 * Math.LN2, EPSILON * 2);
    const y = 1 / (1 + Math.exp(-1.5));
    expectWithin(p.logProb(tensor([1.5])).item(), Math.log(y * (1 - y)), 8 * EPSILON);
    expectWithin(Number(logistic({ loc: 5, scale: 0.25 }).entropy()), 2 - Math.log(4), 4 * EPSILON);
  });

  it("falls like −|z| to the ends of float64", () => {
    const { data } = logistic({ loc: 0, scale: 1 }).logProb(tensor([800, -800, 1e300, -1e300]));
    expect(Array.from(data)).toEqual([-800, -800, -1e300, -1e300]);
  });

  it("draws by its quantile function, ln u − ln(1 − u), from one call of random.uniform", () => {
    const random = new Random(1);
    const x = logistic({ loc: 1, scale: 2 }).sample(5, random);
    const u = new Random(1).uniform([5]).data;
    u.forEach((value, i) => {
      expectWithin(x.at(i), 1 + 2 * (Math.log(value) - Math.log(1 - value)), 32 * EPSILON * (1 + Math.abs(x.at(i))));
    });
    const again = new Random(1);
    again.uniform([5]);
    expect(random.state()).toEqual(again.state());
  });
});
