import {
  add,
  DomainError,
  div,
  grad,
  matmul,
  mul,
  type NestedArray,
  pow,
  reciprocal,
  sqrt,
  sub,
  sum,
  Tensor,
  tensor,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { allShapes, broadcastNaively, elementAt, indicesOf } from "../../support/arbitraries.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** The first multiples of a number: from 1 on if it is 1, else from 0 on. */
function counting(shape: readonly number[], step: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return new Tensor(
    Float64Array.from({ length: size }, (_, i) => (step === 1 ? i + 1 : step * i)),
    shape,
  );
}

describe("arithmetic", () => {
  it.each([
    // small integers: every value and every sum of derivatives is exact
    { name: "sub", op: sub, value: (a: number, b: number) => a - b, byA: () => 1, byB: () => -1 },
    {
      name: "mul",
      op: mul,
      value: (a: number, b: number) => a * b,
      byA: (_: number, b: number) => b,
      byB: (a: number) => a,
    },
  ])(
    "$name broadcasts as NumPy does: every pair of shapes of rank ≤ 3 with sides 0 … 3, value and gradient",
    ({ name, op, value, byA, byB }) => {
      const shapes = allShapes(0, 3, 3);
      expect(shapes).toHaveLength(85);
      let refused = 0;
      for (const a of shapes) {
        for (const b of shapes) {
          const [x, y] = [variable(counting(a, 1)), variable(counting(b, 10))];
          const shape = broadcastNaively(a, b);
          if (shape === null) {
            refused++;
            expect(() => op(x, y)).toThrow(`${name}: shapes do not broadcast; [${a}] and [${b}]`);
            continue;
          }
          const z = op(x, y);
          expect(z.shape).toEqual(shape);
          // element by element, from the definition
          const [expectedA, expectedB] = [new Float64Array(x.size), new Float64Array(y.size)];
          indicesOf(shape).forEach((index, k) => {
            const [va, vb] = [elementAt(x, index), elementAt(y, index)];
            if (z.data[k] !== value(va, vb)) throw new Error(`[${a}] and [${b}] at ${index}`);
            expectedA[va - 1] += byA(va, vb); // the values tell where they stand
            expectedB[vb / 10] += byB(va);
          });
          const [gx, gy] = grad(sum(z), [x, y]);
          expect([gx.shape, gy.shape]).toEqual([a, b]);
          expect(Array.from(gx.data)).toEqual(Array.from(expectedA));
          expect(Array.from(gy.data, (v) => v + 0)).toEqual(Array.from(expectedB));
        }
      }
      expect(refused).toBeGreaterThan(1000);
    },
  );

  it("takes powers: integer ones of negative numbers, fractions of positive ones", () => {
    expect(pow(tensor([-2, 3, 0.5]), 3).toArray()).toEqual([-8, 27, 0.125]);
    expect(pow(tensor([-2, 4]), -1).toArray()).toEqual([-0.5, 0.25]);
    expect(pow(tensor([4, 0, 0.25]), 0.5).toArray()).toEqual([2, 0, 0.5]);
    expect(pow(tensor([-1, -0, 0, NAN]), 0.5).toArray()).toEqual([NAN, 0, 0, NAN]);
    expect(pow(tensor([-0, 0, -INF, INF]), -1).toArray()).toEqual([-INF, INF, -0, 0]);
    expect(pow(tensor([-0, 0, -INF]), -2).toArray()).toEqual([INF, INF, 0]);
    expect(pow(3, 2).item()).toBe(9);
  });

  it("gives x⁰ = 1 a gradient of exactly zero, wherever x is, and to any order", () => {
    const x = variable([0, -0, 3, -2, INF, NAN]);
    const y = pow(x, 0);
    expect(y.toArray()).toEqual([1, 1, 1, 1, 1, 1]);
    expect(grad(sum(y), [x])[0].toArray()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("differentiates x³ at 0 and at −2 down to the constant and to zero", () => {
    const x = variable([0, -2]);
    const orders: NestedArray[] = [];
    for (let [order, y] = [0, pow(x, 3)]; order < 4; order++) {
      [y] = grad(sum(y), [x], { createGraph: true });
      orders.push(y.toArray());
    }
    expect(orders).toEqual([
      [0, 12],
      [0, -12],
      [6, 6],
      [0, 0],
    ]);
  });

  it("has the gradient ∞ where a root or a reciprocal is vertical", () => {
    for (const f of [sqrt, (v: Tensor) => pow(v, 0.5)]) {
      const x = variable([0]);
      expect(grad(sum(f(x)), [x])[0].toArray()).toEqual([INF]);
    }
    const x = variable([0, 2]);
    expect(reciprocal(x).toArray()).toEqual([INF, 0.5]);
    expect(grad(sum(reciprocal(x)), [x])[0].toArray()).toEqual([-INF, -0.25]);
  });

  it("refuses exponents that are not finite numbers", () => {
    const message = (got: string): DomainError =>
      new DomainError(`pow: the exponent must be a finite number; got ${got}`);
    expect(() => pow(2, NAN)).toThrow(message("NaN"));
    expect(() => pow(2, INF)).toThrow(message("Infinity"));
    expect(() => pow(2, "2" as never)).toThrow(message("string"));
    expect(() => pow(2, tensor([2]) as never)).toThrow(message("object"));
    expect(() => pow(null as never, 2)).toThrow(DomainError);
  });

  it("follows IEEE arithmetic at the edges", () => {
    expect(div(tensor([1, -1, 0]), 0).toArray()).toEqual([INF, -INF, NAN]);
    expect(sqrt(tensor([4, 0, -1, INF])).toArray()).toEqual([2, 0, NAN, INF]);
    expect(mul(0, INF).item()).toBe(NAN);
  });

  it("refuses what is neither Tensor nor number, naming op and type", () => {
    expect(() => add(tensor([1]), "x" as never)).toThrow(
      new DomainError("add: operands are Tensors or numbers; got string"),
    );
    expect(() => sum(null as never)).toThrow(new DomainError("sum: operands are Tensors or numbers; got null"));
    expect(() => matmul([[1]] as never, tensor([[1]]))).toThrow(DomainError);
  });
});
