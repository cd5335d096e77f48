import {
  erf,
  exp,
  expm1,
  grad,
  log,
  log1p,
  logSigmoid,
  sigmoid,
  softplus,
  sum,
  type Tensor,
  tanh,
  tensor,
  type Variable,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";
import { type ExactRow, exactRows, ulpsOff } from "../../support/exactTable.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("exponentials", () => {
  it("have their limits", () => {
    expect(exp(tensor([0, -INF, INF, 710, -746, NAN])).toArray()).toEqual([1, 0, INF, INF, 0, NAN]);
    expect(log(tensor([1, 0, INF, -1])).toArray()).toEqual([0, -INF, INF, NAN]);
    expect(tanh(tensor([0, -0, INF, -INF, 1e300])).toArray()).toEqual([0, -0, 1, -1, 1]);
    expect(sigmoid(tensor([0, 800, -800])).toArray()).toEqual([0.5, 1, 0]);
    expect(softplus(tensor([1000, -1000, 0])).toArray()).toEqual([1000, 0, Math.LN2]);
  });

  it("keep the digits of small results: sigmoid(−40) = e⁻⁴⁰, softplus(−40) = e⁻⁴⁰", () => {
    for (const f of [sigmoid, softplus]) expect(Math.abs(f(-40).item() / Math.exp(-40) - 1) <= 1e-15).toBe(true);
  });

  it("keep the digits where one formula would lose them all", () => {
    expect(expm1(tensor([1e-17, -0, INF, -INF, NAN])).toArray()).toEqual([1e-17, -0, INF, -1, NAN]);
    expect(log1p(tensor([1e-17, -0, INF, -1, -1.5])).toArray()).toEqual([1e-17, -0, INF, -INF, NAN]);
    expect(logSigmoid(tensor([1000, -1000, 0, -INF, NAN])).toArray()).toEqual([0, -1000, -Math.LN2, -INF, NAN]);
  });
});

describe("the derivatives of", () => {
  /** f′ at every row of the table, through grad. */
  function derivativesOf(f: (x: Tensor) => Variable, rows: readonly ExactRow[]): Float64Array {
    const x = variable(rows.map(([at]) => at));
    return grad(sum(f(x)), [x])[0].data;
  }

  it.each(Object.entries({ exp, expm1, log, log1p, softplus, logSigmoid, erf }))(
    "%s are within 4 ULP of the values of exact integer arithmetic, tails included",
    (name, f) => {
      const rows = exactRows("derivatives", name);
      const derivatives = derivativesOf(f, rows);
      const wrong = rows.filter((row, i) => !(ulpsOff(derivatives[i], row) <= 4));
      expect(wrong).toEqual([]);
    },
  );

  it.each(Object.entries({ tanh, sigmoid }))(
    "%s, formed from the value, are within 2·eps of those of exact integer arithmetic",
    (name, f) => {
      const rows = exactRows("derivatives", name);
      const derivatives = derivativesOf(f, rows);
      rows.forEach(([x, nearest], i) => {
        expectWithin(derivatives[i], nearest, 2 * EPSILON, `${name}′(${x})`);
      });
    },
  );

  it("log1p and expm1 keep their digits next to −1 and in the tail: 1/(1 + x) = 2⁵³, e⁻⁷⁰⁰", () => {
    const x = variable([-1 + 2 ** -53]);
    expect(grad(sum(log1p(x)), [x])[0].toArray()).toEqual([2 ** 53]);
    const far = variable([-700]);
    expect(grad(sum(expm1(far)), [far])[0].item()).toBe(exp(-700).item());
  });
});
