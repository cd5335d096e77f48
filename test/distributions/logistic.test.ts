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

  // computed by mpmath 1.4.1 with 50 digits
  it.each([
    [-40.0, 4.408531331463226e-71],
    [-8.0, 1.71390843154201e-15],
    [-1.25, 0.0009110511944006454],
    [0.0, 0.11920292202211756],
    [0.375, 0.37754066879814546],
    [0.5, 0.5],
    [0.5625, 0.5621765008857981],
    [0.75, 0.7310585786300049],
    [1.5, 0.9820137900379085],
    [4.0, 0.9999991684719723],
  ])("has the share of the distribution below %d: %d", (x, expected) => {
    const F = logistic({ loc: 0.5, scale: 0.25 })
      .cdf(tensor([x]))
      .item();
    expectWithin(F, expected, 4 * EPSILON * expected);
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
