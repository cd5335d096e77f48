import { grad, type Operand, standardNormal, studentT, sum, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";
import { itIsAFamily } from "../support/distributions.ts";

describe("studentT", () => {
  const [nu, s] = [9, 0.7];
  const variance = (s ** 2 * nu) / (nu - 2);
  itIsAFamily({
    name: "studentT",
    make: studentT,
    member: { df: nu, loc: -0.4, scale: s },
    positive: ["df", "scale"],
    underived: ["df"],
    mean: -0.4,
    variance,
    fourth: (3 + 6 / (nu - 4)) * variance ** 2,
  });

  const at = (x: number, df: Operand, loc = 0, scale = 1): number =>
    studentT({ df, loc, scale })
      .logProb(tensor([x]))
      .item();

  it("is the Cauchy distribution for ν = 1, with its entropy ln 4π, and has closed forms for ν = 2 and 3", () => {
    expectWithin(at(0, 1), -Math.log(Math.PI), 4 * EPSILON);
    expectWithin(at(-2, 1, 1, 3), -Math.log(Math.PI * 3 * 2), 8 * EPSILON);
    expectWithin(Number(studentT({ df: 1, loc: 7, scale: 1 }).entropy()), Math.log(4 * Math.PI), 8 * EPSILON);
    expectWithin(at(1.5, 2), -1.5 * Math.log(2 + 1.5 ** 2), 8 * EPSILON); // 1/(2 + x²)^{3/2}
    expectWithin(at(1.5, 3), Math.log(2 / (Math.PI * Math.sqrt(3))) - 2 * Math.log1p(1.5 ** 2 / 3), 8 * EPSILON);
  });

  it("has a mean for ν > 1 and a finite variance for ν > 2, and a median always", () => {
    const { mean, variance, median } = studentT({ df: tensor([1, 1.5, 2, 2.5, 3]), loc: 7, scale: 2 });
    expect(mean().toArray()).toEqual([Number.NaN, 7, 7, 7, 7]);
    expect(variance().toArray()).toEqual([Number.NaN, Infinity, Infinity, 20, 12]);
    expect(median().toArray()).toEqual([7, 7, 7, 7, 7]);
    const df = variable(3);
    const [slope] = grad(sum(studentT({ df, loc: 0, scale: 1 }).variance()), [df]);
    expect(slope.item()).toBe(-2); // −2/(ν − 2)²
  });

  it("becomes the normal distribution as ν grows, with no loss of digits on the way", () => {
    for (const df of [1e3, 1e6, 1e9, 1e15]) {
      const normal = standardNormal([])
        .logProb(tensor([1.25]))
        .item();
      // log p differs by (x⁴ − 2x² − 1)/(4ν) + O(ν⁻²)
      const first = (1.25 ** 4 - 2 * 1.25 ** 2 - 1) / (4 * df);
      expectWithin(at(1.25, df), normal + first, 1 / df ** 2 + 16 * EPSILON);
      expectWithin(
        Number(studentT({ df, loc: 0, scale: 1 }).entropy()),
        standardNormal([]).entropy() as number,
        2 / df + 16 * EPSILON,
      );
    }
  });

  it("falls like −(ν + 1)·ln|x| to the ends of float64", () => {
    const constant = at(0, 3);
    for (const x of [1e9, 1e160, 1e300]) {
      const tail = constant + 2 * Math.log(3) - 4 * Math.log(x);
      expectWithin(at(x, 3), tail, 8 * EPSILON * Math.abs(tail));
      expectWithin(at(-x, 3), tail, 8 * EPSILON * Math.abs(tail));
    }
  });
});
