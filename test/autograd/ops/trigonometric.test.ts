import { cos, DomainError, grad, type NestedArray, sin, sum, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("sin and cos", () => {
  it("have their values at zero, at a huge angle, and nowhere at infinity", () => {
    expect(sin(tensor([0, -0, INF, -INF, NAN])).toArray()).toEqual([0, -0, NAN, NAN, NAN]);
    expect(cos(tensor([0, -0, INF, -INF, NAN])).toArray()).toEqual([1, 1, NAN, NAN, NAN]);
    // 10²² is a float64 number, and the classic test of a reduction; an ULP here is eps/2
    expectWithin(sin(1e22).item(), -0.8522008497671888, EPSILON / 2);
    expectWithin(cos(1e22).item(), 0.5232147853951389, EPSILON / 2);
    expect(sin(tensor([], [0, 2])).shape).toEqual([0, 2]);
  });

  it("turn into each other: the fourth derivative of sin is sin again", () => {
    const x = variable([0.3, -2]);
    const orders: NestedArray[] = [];
    for (let [order, y] = [0, sin(x)]; order < 4; order++) {
      [y] = grad(sum(y), [x], { createGraph: true });
      orders.push(y.toArray());
    }
    const [s, c] = [Array.from(sin(x).data), Array.from(cos(x).data)];
    expect(orders).toEqual([c, s.map((v) => -v), c.map((v) => -v), s]);
  });

  it("refuse what is neither Tensor nor number", () => {
    expect(() => sin("1" as never)).toThrow(new DomainError("sin: operands are Tensors or numbers; got string"));
    expect(() => cos(null as never)).toThrow(new DomainError("cos: operands are Tensors or numbers; got null"));
  });
});
