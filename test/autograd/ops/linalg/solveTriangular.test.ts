import {
  grad,
  mul,
  Random,
  ShapeError,
  SingularMatrixError,
  solveTriangular,
  square,
  sum,
  Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, seeds } from "../../../support/arbitraries.ts";
import { poisoned } from "../../../support/randomMatrices.ts";

const lower = { lower: true };

const ways = fc.record({ lower: fc.boolean(), unitDiagonal: fc.boolean(), transposed: fc.boolean() });

describe("solveTriangular", () => {
  it("substitutes: by hand, in all four directions", () => {
    const L = tensor([
      [2, 9],
      [6, 4],
    ]);
    const b = tensor([2, 14]);
    expect(solveTriangular(L, b, lower).toArray()).toEqual([1, 2]);
    expect(solveTriangular(L, b, { lower: true, transposed: true }).toArray()).toEqual([-9.5, 3.5]);
    expect(solveTriangular(L, b, { lower: false }).toArray()).toEqual([-14.75, 3.5]);
    expect(solveTriangular(L, b, { lower: false, transposed: true }).toArray()).toEqual([1, 1.25]);
    expect(solveTriangular(L, b, { lower: true, unitDiagonal: true }).toArray()).toEqual([2, 2]);
  });

  it("never reads the other triangle nor a diagonal of ones, forwards or backwards, to any order", () => {
    fc.assert(
      fc.property(ways, fc.integer({ min: 1, max: 40 }), seeds, (options, n, seed) => {
        const random = new Random(seed);
        const values = random.uniform([2, n, n], 0.5, 1);
        const clean = new Tensor(
          values.data.map((value, k) => ((k % (n * n)) % (n + 1) === 0 ? value : value / n)),
          values.shape,
        );
        const bad = poisoned(clean, options.lower ? "above" : "below", options.unitDiagonal);
        const B = variable(random.normal([n, 2]));
        const results = [clean, bad].map((values) => {
          const A = variable(values);
          const X = solveTriangular(A, B, options);
          const [gA, gB] = grad(sum(square(X)), [A, B], { createGraph: true });
          const [second] = grad(sum(mul(square(gA), square(sum(gB)))), [A]);
          return [X, gA, gB, second];
        });
        expect(results[1].map(bitsOf)).toEqual(results[0].map(bitsOf));
        for (const gradient of [results[0][1], results[0][3]]) {
          gradient.data.forEach((value, k) => {
            const [i, j] = [Math.floor(k / n) % n, k % n];
            const read = i === j ? !options.unitDiagonal : i > j === options.lower;
            if (!read) expect(Math.abs(value)).toBe(0);
          });
        }
      }),
    );
  });

  it("says where a zero stands on the diagonal, exactly, in a stack, too", () => {
    fc.assert(
      fc.property(ways, fc.integer({ min: 1, max: 20 }), fc.nat(100), seeds, (options, n, at, seed) => {
        const data = new Random(seed).uniform([3, n, n], 1, 2).data.slice();
        const index = at % n;
        data[n * n + index * (n + 1)] = at % 2 === 0 ? 0 : -0;
        const f = () => solveTriangular(new Tensor(data, [3, n, n]), zeros([n]), options);
        if (options.unitDiagonal) {
          expect(f().shape).toEqual([3, n]);
        } else {
          const message = `solveTriangular: A is singular; A[1,${index},${index}] = 0`;
          expect(f).toThrow(new SingularMatrixError(message, index, [1]));
        }
      }),
    );
    expect(() => solveTriangular(tensor([[0]]), tensor([1]), lower)).toThrow(
      "solveTriangular: A is singular; A[0,0] = 0",
    );
    expect(new SingularMatrixError("", 3)).toMatchObject({ index: 3, batch: [], code: "SINGULAR_MATRIX" });
  });

  it("takes nothing for what it is, and lets NaN through", () => {
    expect(solveTriangular(zeros([0, 0]), zeros([0, 3]), lower).shape).toEqual([0, 3]);
    expect(solveTriangular(zeros([0, 0]), zeros([0]), lower).shape).toEqual([0]);
    expect(solveTriangular(tensor([[1]]), zeros([2, 1, 0]), lower).shape).toEqual([2, 1, 0]);
    expect(solveTriangular(tensor([[Number.NaN]]), tensor([1]), lower).item()).toBe(Number.NaN);
  });

  it("says what does not fit", () => {
    const A = tensor([
      [1, 0],
      [0, 1],
    ]);
    expect(() => solveTriangular(zeros([2, 3]), zeros([2]), lower)).toThrow(
      new ShapeError("solveTriangular: A must be square; got [2,3]"),
    );
    expect(() => solveTriangular(A, zeros([3]), lower)).toThrow(
      "solveTriangular: B must have as many rows as A; [2,2] and [3]",
    );
    expect(() => solveTriangular(A, zeros([2]), {} as never)).toThrow(
      "solveTriangular: lower must be true or false; got undefined",
    );
    expect(() => solveTriangular(A, zeros([2]), undefined as never)).toThrow("lower must be true or false");
    expect(() => solveTriangular(A, zeros([2]), { lower: true, transposed: 1 as never })).toThrow(
      "solveTriangular: transposed must be true or false; got 1",
    );
  });
});
