import {
  concat,
  DomainError,
  full,
  grad,
  mul,
  NonFiniteError,
  Random,
  reshape,
  sum,
  Variable,
  variable,
  where,
  zeros,
} from "diffeo";
import * as autograd from "diffeo/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin, indicesOf, runs, seeds } from "../../support/arbitraries.ts";
import { Dual, DualTensor, total } from "../../support/dual.ts";
import { expectDerivatives } from "../../support/ops/derivatives.ts";
import { OPS } from "../../support/ops/index.ts";
import { LIMITS } from "../../support/ops/limits.ts";

/** What diffeo/autograd exports besides ops and classes. */
const NOT_OPS = [
  ...["apply", "applyMany", "detach", "grad", "gradcheck", "hessian", "jacobian", "jvp", "noGrad", "numericalJacobian"],
  ...["parameter", "pure", "valueAndGrad", "variable", "vjp"],
];

/** They divide by pivots of a whole matrix, and throw where there is none. */
const FACTORISATIONS = [
  ...["cholesky", "inv", "logAbsDet", "lu", "matrixExp", "qr", "slogdet", "solve", "solveTriangular"],
];

describe("the table of ops", () => {
  const functions = Object.entries(autograd)
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name);

  it("has a row for every op that diffeo/autograd exports, and for nothing else", () => {
    const rows = [...new Set(OPS.map(({ name }) => name))];
    expect(rows.sort()).toEqual(functions.filter((name) => !NOT_OPS.includes(name)).sort());
  });

  it("passes over nothing that is not exported", () => {
    expect(NOT_OPS.filter((name) => !functions.includes(name))).toEqual([]);
  });
});

it.each(LIMITS)(
  "%s has the limits of its value, slope and curvature at 0 and at very small, very large and infinite numbers",
  (_name, f, limits) => {
    for (const [x, ...expected] of limits) {
      const leaf = variable(x);
      const y = f(leaf);
      const [first] = grad(y, [leaf], { createGraph: true });
      const [second] = grad(first, [leaf]);
      // + 0: without the signs of zeros
      expect(
        [y, first, second].map((each) => each.item() + 0),
        `at ${x}`,
      ).toEqual(expected.map((each) => each + 0));
    }
  },
);

describe.each(OPS.map((row) => [`${row.name}, ${row.variant}`, row] as const))("%s", (_name, row) => {
  const { cases, values = [], refusals = [] } = row;

  if (values.length > 0)
    it("has the values that were computed by hand, special ones among them", () => {
      for (const [y, expected] of values) expect(y().toArray(), String(y)).toEqual(expected);
    });

  if (refusals.length > 0)
    it("refuses what does not fit, and says why", () => {
      for (const [call, error] of refusals) expect(call, String(call)).toThrow(error);
    });

  it("refuses an operand that is neither Tensor nor number", () => {
    const [{ f, inputs, call }] = fc.sample(cases, { numRuns: 1, seed: 1 });
    inputs.forEach((_, k) => {
      const operands = inputs.map((x, i) => (i === k ? ("1" as never) : x));
      expect(() => f(...operands), `${call}, operand ${k}`).toThrow(DomainError);
      expect(() => f(...operands), `${call}, operand ${k}`).toThrow(
        /^\w+: operands are Tensors or numbers; got string$/,
      );
    });
  });

  it("has the shape and the values that plain loops give", () => {
    fc.assert(
      fc.property(cases, ({ f, inputs, shape, element, call }) => {
        const y = f(...inputs);
        expect(y.shape).toEqual(shape);
        indicesOf(shape).forEach((index, k) => {
          const { value, bound } = element(index);
          if (bound === 0) expect(y.data[k], `${call} at [${index}]`).toBe(value);
          else expectWithin(y.data[k], value, bound, `${call} at [${index}]`);
        });
      }),
    );
  });

  // test/slow/everyOp.test.ts has 200 and 25 cases of these
  it("has the full Jacobian that a certified numerical one confirms", () => {
    expectDerivatives(row, 1, runs(1 / 2, 50));
  });

  it("has the second derivatives that certified numerical ones confirm", () => {
    expectDerivatives(row, 2, runs(1 / 16, 6));
  });

  it("has the adjoint of the derivative that dual numbers give: ⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩ within 64·eps·Σ|terms|", () => {
    fc.assert(
      fc.property(cases, seeds, ({ f, inputs, shape, dual, call }, seed) => {
        const random = new Random(seed);
        const u = inputs.map((x) => random.normal(x.shape));
        const v = random.normal(shape);
        const moving = inputs.map((x, k) => DualTensor.along(x, u[k]));
        const Ju = indicesOf(shape).map((index) => dual(index, moving)); // forwards
        const leaves = inputs.map((x) => variable(x));
        const JTv = grad(sum(mul(f(...leaves), v)), leaves); // backwards
        const left = total(
          Ju.map(({ tangent, terms }, k) => new Dual(0, v.data[k] * tangent, Math.abs(v.data[k]) * terms)),
        );
        const right = sum(
          concat(
            JTv.map((g, k) => reshape(mul(g, u[k]), [g.size])),
            0,
          ),
        ).item();
        expectWithin(right, left.tangent, 64 * EPSILON * left.terms, `${call}: ⟨Jᵀ·v, u⟩`);
      }),
    );
  });

  if (!FACTORISATIONS.includes(row.name))
    it("passes zeros on as zeros, whatever numbers it was given, also to second derivatives", () => {
      for (const { f, inputs, call } of fc.sample(cases, { numRuns: 20, seed: 1 })) {
        for (const poison of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1, 1e308]) {
          const leaves = inputs.map((x) => variable(full(x.shape, poison)));
          let y: Variable;
          try {
            y = f(...leaves);
          } catch (error) {
            expect(error, call).toBeInstanceOf(NonFiniteError); // checkFinite
            continue;
          }
          const g = variable(zeros(y.shape));
          const first = grad(sum(mul(y, g)), leaves, { createGraph: true }); // exact zeros
          const untaken = grad(sum(where(0, y, 1)), leaves, { createGraph: true });
          const second = [first, untaken].flatMap((gs) => gs.flatMap((each) => grad(sum(mul(each, 0)), leaves)));
          for (const each of [...first, ...untaken, ...second]) {
            for (const value of each.data) if (value !== 0) expect.fail(`${call} at ${poison}: ${value}`);
          }
        }
      }
    });

  it("leaves its inputs alone, forwards and backwards, and gives Tensors and Variables the same bits", () => {
    fc.assert(
      fc.property(cases, ({ f, inputs }) => {
        const before = inputs.map(bitsOf);
        const leaves = inputs.map((x) => variable(x));
        const [plain, recorded] = [f(...inputs), f(...leaves)];
        grad(sum(recorded), leaves);
        expect(inputs.map(bitsOf)).toEqual(before);
        expect(leaves.map(bitsOf)).toEqual(before);
        expect(bitsOf(recorded)).toEqual(bitsOf(plain));
        expect(plain).toBeInstanceOf(Variable);
        expect(plain.data.buffer.byteLength).toBe(8 * plain.size);
      }),
    );
  });
});
