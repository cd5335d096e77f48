import { energyU1, energyU2, energyU3, energyU4, gradcheck, noGrad, Random, ShapeError, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

describe.each([energyU1, energyU2, energyU3, energyU4])("%o", (make) => {
  const energy = make();

  it("has the stated normaliser: ∫ exp(−U) over its box, by the trapezoidal rule", () => {
    const cells = 800; // the sums for 400 and 800 cells differ by less than 1e-6
    const step = (2 * energy.reach) / cells;
    const at = (i: number): number => -energy.reach + i * step;
    let total = 0;
    for (let i = 0; i <= cells; i++) {
      const row = new Float64Array(2 * (cells + 1));
      for (let j = 0; j <= cells; j++) {
        row[2 * j] = at(i);
        row[2 * j + 1] = at(j);
      }
      const logs = noGrad(() => energy.logProb(new Tensor(row, [cells + 1, 2]))).data;
      const half = i === 0 || i === cells ? 0.5 : 1;
      logs.forEach((value, j) => {
        total += half * (j === 0 || j === cells ? 0.5 : 1) * Math.exp(value);
      });
    }
    expectWithin(Math.log(total * step * step), energy.logNormalizer, 1e-5);
  });

  it("has gradients that numbers confirm", () => {
    const report = gradcheck((x) => energy.logProb(x), [new Random(3).uniform([4, 2], -2, 2)], { order: 2 });
    expect(report.passed, report.message).toBe(true);
  });

  it("is over points of the plane", () => {
    expect(energy.logProb(tensor([], [0, 2])).shape).toEqual([0]);
    expect(() => energy.logProb(tensor([1, 2]))).toThrow(ShapeError);
  });
});
