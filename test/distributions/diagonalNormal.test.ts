import { diagonalNormal, Random, standardNormal, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "../support/arbitraries.ts";
import { itIsAFamily } from "../support/distributions.ts";

const LOG_2PI = Math.log(2 * Math.PI);

describe("diagonalNormal", () => {
  const sigma = Math.exp(-0.3);
  itIsAFamily({
    name: "diagonalNormal",
    make: diagonalNormal,
    member: { loc: -0.4, logScale: -0.3 },
    positive: [],
    mean: -0.4,
    variance: sigma ** 2,
    fourth: 3 * sigma ** 4,
  });

  it("has log p = −½ Σ ((x − μ)/σ)² − Σ log σ − (D/2) ln 2π", () => {
    const p = diagonalNormal({ loc: tensor([1, 2]), logScale: tensor([0, Math.LN2]) });
    expectWithin(p.logProb(tensor([[4, 8]])).item(), -0.5 * (9 + 9) - Math.LN2 - LOG_2PI, 16 * EPSILON * 9);
    expectWithin(p.entropy() as number, Math.LN2 + 1 + LOG_2PI, 8 * EPSILON);
    expect(p.loc.toArray()).toEqual([1, 2]);
    expect(p.logScale.toArray()).toEqual([0, Math.LN2]);
  });

  it("is the standard normal for μ = 0 and log σ = 0, to the bit, draws and all", () => {
    const [p, q] = [diagonalNormal({ loc: tensor([0, 0]), logScale: 0 }), standardNormal([2])];
    const x = new Random(1).normal([6, 2]);
    expect(bitsOf(p.logProb(x))).toEqual(bitsOf(q.logProb(x)));
    expect(bitsOf(p.sample(6, new Random(2)))).toEqual(bitsOf(q.sample(6, new Random(2))));
    expect(bitsOf(p.sampleWithLogProb(6, new Random(2)).logProb)).toEqual(
      bitsOf(q.sampleWithLogProb(6, new Random(2)).logProb),
    );
    expect(p.entropy()).toBe(q.entropy());
  });

  // computed by mpmath 1.4.1 with 50 digits
  it.each([
    [-8.0, 1.1138987855743794e-253],
    [-1.25, 1.279812543885835e-12],
    [0.0, 0.02275013194817921],
    [0.375, 0.3085375387259869],
    [0.4375, 0.4012936743170763],
    [0.5, 0.5],
    [0.5625, 0.5987063256829237],
    [0.75, 0.8413447460685429],
    [1.5, 0.9999683287581669],
    [4.0, 1.0],
  ])("has the share of the distribution below %d: %d", (x, expected) => {
    const F = diagonalNormal({ loc: 0.5, logScale: Math.log(0.25) })
      .cdf(tensor([x]))
      .item();
    expectWithin(F, expected, 64 * (1 + (4 * x - 2) ** 2) * EPSILON * expected);
  });

  it("keeps its digits where σ is far from 1", () => {
    for (const logScale of [-600, 600]) {
      const p = diagonalNormal({ loc: 0, logScale });
      expectWithin(p.logProb(tensor([0])).item(), -logScale - 0.5 * LOG_2PI, 600 * EPSILON);
    }
  });
});
