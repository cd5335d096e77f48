import { gradcheck, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { logGammaRatio } from "../../src/distributions/gammaRatio.ts";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

describe("logGammaRatio", () => {
  it("is ln Γ(x + ½)/Γ(x): known at halves and integers", () => {
    // Γ(½) = √π, Γ(1) = 1, Γ(3/2) = √π/2, Γ(2) = 1, Γ(5/2) = 3√π/4
    const root = 0.5 * Math.log(Math.PI);
    const known = [
      [0.5, -root],
      [1, root - Math.LN2],
      [1.5, Math.LN2 - root],
      [2, Math.log(0.75) + root],
    ];
    for (const [x, expected] of known) expectWithin(logGammaRatio(x).item(), expected, 8 * EPSILON, `x = ${x}`);
  });

  it("has the values of a multiple-precision program, small and large", () => {
    const table = [
      [0.001, -6.336774987884822, 998.6169883097939, -999996.7245112157],
      [0.3, -0.9437383164182379, 2.5375156554939946, -9.945890408606031],
      [2.25, 0.3503429520225405, 0.246354558351698, -0.11975789685817997],
      [7.5, 0.9907971243066813, 0.06888399370952321, -0.009478882002672375],
      [19.75, 1.4852483073095843, 0.02563681459644414, -0.0013142768926585609],
      [20.25, 1.4979051840375464, 0.02499609679596092, -0.0012494148234125815],
      [100.5, 2.3038350877858687, 0.004987500156242188, -4.975000624953132e-5],
      [1000000.0, 6.907755153982137, 5.00000125e-7, -5.0000025e-13],
      [1000000000000000.0, 17.269388197455342, 5.000000000000001e-16, -5.000000000000002e-31],
    ];
    for (const [x, zeroth, first, second] of table) {
      expectWithin(logGammaRatio(x).item(), zeroth, 8 * EPSILON * Math.max(1, Math.abs(zeroth)), `x = ${x}`);
      expectWithin(logGammaRatio(x, 1).item(), first, 16 * EPSILON * Math.abs(first), `first derivative at ${x}`);
      expectWithin(logGammaRatio(x, 2).item(), second, 32 * EPSILON * Math.abs(second), `second derivative at ${x}`);
    }
  });

  it("has derivatives of any order, and none outside x > 0", () => {
    expect(gradcheck((x) => logGammaRatio(x), [tensor([0.3, 1, 4.5, 19.7, 20.4, 300])], { order: 3 })).toMatchObject({
      passed: true,
      failures: [],
    });
    for (const x of [0, -1, Number.NaN]) expect(logGammaRatio(x).item()).toBeNaN();
  });
});
