import {
  add,
  DomainError,
  exp,
  grad,
  jacobian,
  jvp,
  matmul,
  mul,
  noGrad,
  parameter,
  Random,
  ShapeError,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  type Variable,
  variable,
  vjp,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin, seeds } from "../support/arbitraries.ts";

function weightOf(seed: number): Tensor {
  return new Random(seed).normal([3, 4]);
}

/** [2, 3] → [2, 4], with a curve in it. */
function smoothMap(seed: number): (x: Variable) => Variable {
  const W = weightOf(seed);
  return (x) => add(tanh(matmul(x, W)), square(matmul(x, W)));
}

describe("vjp and jvp", () => {
  it("are Jᵀ·v and J·u, by hand", () => {
    expect(vjp(square, tensor([1, 2]), tensor([1, 10])).toArray()).toEqual([2, 40]);
    expect(jvp(square, tensor([1, 2]), tensor([1, 10])).toArray()).toEqual([2, 40]);
    const total = (x: Variable): Variable => sum(x);
    expect(vjp(total, tensor([1, 2]), tensor(3)).toArray()).toEqual([3, 3]);
    expect(jvp(total, tensor([1, 2]), tensor([1, 10])).toArray()).toBe(11);
  });

  it("are the products with the Jacobian, within 64·eps·Σ|terms|", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const [x, u, v] = [random.normal([2, 3]), random.normal([2, 3]), random.normal([2, 4])];
        const f = smoothMap(seed);
        const W = weightOf(seed);
        const J = jacobian(f, x); // [2, 4, 2, 3]: 8 rows of 6
        const rows = (i: number): number[] => Array.from({ length: 6 }, (_, j) => J.data[6 * i + j] * u.data[j]);
        const columns = (j: number): number[] => Array.from({ length: 8 }, (_, i) => J.data[6 * i + j] * v.data[i]);
        const close = (got: number, terms: number[], size: number): void => {
          const value = terms.reduce((a, b) => a + b, 0);
          expectWithin(got, value, 64 * EPSILON * size);
        };
        // J is made of W·(1 − tanh² p) and W·2p, p = x·W, whose terms are larger than their sums
        const sizeOf = (i: number, j: number): number => {
          const [row, column, k] = [Math.floor(i / 4), i % 4, j % 3];
          if (row !== Math.floor(j / 3)) return 0;
          const p = [0, 1, 2].reduce((sum, m) => sum + Math.abs(x.data[3 * row + m] * W.data[4 * m + column]), 0);
          return Math.abs(W.data[4 * k + column]) * (1 + 2 * p);
        };
        const sizes = (list: Float64Array, at: (m: number) => number): number =>
          list.reduce((sum, value, m) => sum + Math.abs(value) * at(m), 0);
        jvp(f, x, u).data.forEach((value, i) => {
          close(
            value,
            rows(i),
            sizes(u.data, (j) => sizeOf(i, j)),
          );
        });
        vjp(f, x, v).data.forEach((value, j) => {
          close(
            value,
            columns(j),
            sizes(v.data, (i) => sizeOf(i, j)),
          );
        });
      }),
    );
  });

  it("can be differentiated again, with createGraph, in x, in the direction, and in what f uses", () => {
    const [x, u, w] = [variable([0.5]), variable([2]), parameter([3])];
    const f = (z: Variable): Variable => exp(mul(w, z)); // J = w·e^{wz}
    for (const product of [jvp, vjp]) {
      const y = sum(product(f, x, u, { createGraph: true })); // u·w·e^{wx}
      const [inX, inU, inW] = grad(y, [x, u, w]).map((g) => g.item());
      const e = Math.exp(1.5);
      expectWithin(inX, 2 * 9 * e, 16 * EPSILON * 18 * e);
      expectWithin(inU, 3 * e, 16 * EPSILON * 3 * e);
      expectWithin(inW, 2 * e + 2 * 3 * 0.5 * e, 16 * EPSILON * 5 * e);
    }
  });

  it("work where nothing is recorded, and record nothing unless they are asked to", () => {
    const x = variable([1]);
    expect(noGrad(() => jvp(square, x, tensor([1]))).toArray()).toEqual([2]);
    expect(noGrad(() => vjp(square, x, tensor([1]))).toArray()).toEqual([2]);
    expect(jvp(square, x, tensor([1])).source).toBe(null);
    expect(vjp(square, x, tensor([1])).source).toBe(null);
  });

  it("are zero for a function that does not depend on x, and empty for nothing", () => {
    const constant = (): Variable => variable([1, 2, 3]);
    expect(jvp(constant, tensor([1]), tensor([1])).toArray()).toEqual([0, 0, 0]);
    expect(vjp(constant, tensor([1]), tensor([1, 1, 1])).toArray()).toEqual([0]);
    expect(jvp((x) => x, tensor([], [0]), tensor([], [0])).toArray()).toEqual([]);
  });

  it("say what is wrong with a direction", () => {
    const x = tensor([1, 2]);
    expect(() => vjp(square, x, tensor([1]))).toThrow(
      new ShapeError("vjp: the cotangent has the shape of f(x); got [1] for [2]"),
    );
    expect(() => jvp(square, x, tensor(1))).toThrow(
      new ShapeError("jvp: the tangent has the shape of x; got [] for [2]"),
    );
    expect(() => jvp(square, x, [1, 2] as never)).toThrow(
      new DomainError("jvp: the tangent must be a Tensor, as tensor(…) makes it; got [1,2]"),
    );
    expect(() => vjp(square, 1 as never, x)).toThrow(
      new DomainError("vjp: x must be a Tensor, as tensor(…) makes it; got 1"),
    );
    expect(() => vjp((() => x) as never, x, x as Tensor)).toThrow(
      new DomainError("vjp: f must return a Variable, which ops make of its argument; got Tensor [2]"),
    );
  });
});
