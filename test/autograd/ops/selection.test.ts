import {
  abs,
  clamp,
  DomainError,
  equal,
  grad,
  gradcheck,
  greater,
  log,
  maximum,
  minimum,
  mul,
  ShapeError,
  sign,
  sum,
  Tensor,
  tensor,
  variable,
  where,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { allShapes, broadcastNaively, elementAt, indicesOf } from "../../support/arbitraries.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** start, start + 1, … */
function counting(shape: readonly number[], start: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return new Tensor(
    Float64Array.from({ length: size }, (_, i) => start + i),
    shape,
  );
}

describe("where", () => {
  it("broadcasts its three operands: every triple of shapes of rank ≤ 2 with sides 0 … 2, value and gradient", () => {
    const shapes = allShapes(0, 2, 2);
    expect(shapes).toHaveLength(13);
    let refused = 0;
    for (const shapeOfCondition of shapes) {
      const condition = new Tensor(
        counting(shapeOfCondition, 0).data.map((i) => i % 2),
        shapeOfCondition,
      );
      for (const shapeA of shapes) {
        for (const shapeB of shapes) {
          const [a, b] = [variable(counting(shapeA, 1)), variable(counting(shapeB, 100))];
          const both = broadcastNaively(shapeA, shapeB);
          const shape = both && broadcastNaively(shapeOfCondition, both);
          if (shape === null) {
            refused++;
            expect(() => where(condition, a, b)).toThrow("where: shapes do not broadcast; ");
            continue;
          }
          const y = where(condition, a, b);
          expect(y.shape).toEqual(shape);
          const [takenA, takenB] = [new Float64Array(a.size), new Float64Array(b.size)];
          indicesOf(shape).forEach((index, k) => {
            const chosen = elementAt(elementAt(condition, index) === 0 ? b : a, index);
            if (y.data[k] !== chosen) throw new Error(`[${shapeOfCondition}] [${shapeA}] [${shapeB}] at ${index}`);
            if (chosen < 100) takenA[chosen - 1]++;
            else takenB[chosen - 100]++;
          });
          const [gA, gB] = grad(sum(y), [a, b]);
          expect([gA.shape, gB.shape]).toEqual([shapeA, shapeB]);
          expect([Array.from(gA.data), Array.from(gB.data)]).toEqual([Array.from(takenA), Array.from(takenB)]);
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
  });

  it("takes anything but zero for true: negative numbers, and NaN", () => {
    expect(where(tensor([1, 0, -0, -2, NAN]), 1, 2).toArray()).toEqual([1, 2, 2, 1, 1]);
    expect(where(1, tensor([3]), NAN).toArray()).toEqual([3]);
  });

  it("writes exact zeros into the gradient of the branch that was not taken, even if it is NaN or infinite", () => {
    const [a, b] = [variable([1, NAN, INF]), variable([NAN, 2, 3])];
    const y = where(tensor([1, 0, 0]), a, b);
    expect(y.toArray()).toEqual([1, 2, 3]);
    const [gA, gB] = grad(sum(mul(y, tensor([2, INF, NAN]))), [a, b]);
    expect(gA.toArray()).toEqual([2, 0, 0]);
    expect(gB.toArray()).toEqual([0, INF, NAN]);
  });

  it("keeps the logarithm of a guarded input from spoiling anything, to second order", () => {
    const f = (x: Tensor) => where(greater(x, 0), log(where(greater(x, 0), x, 1)), 0);
    const x = variable([2, -1, 0]);
    expect(grad(sum(f(x)), [x])[0].toArray()).toEqual([0.5, 0, 0]);
    expect(gradcheck(f, [tensor([2, -1])], { order: 2 }).passed).toBe(true);
  });

  it("does not differentiate the condition", () => {
    const condition = variable([1, 0]);
    expect(grad(sum(where(condition, 1, 2)), [condition])[0].toArray()).toEqual([0, 0]);
  });

  it("names shapes and operands that do not fit", () => {
    expect(() => where(tensor([1, 0, 1]), tensor([1, 2]), 0)).toThrow(
      new ShapeError("where: shapes do not broadcast; [3] and [2]"),
    );
    expect(() => where(true as never, 1, 2)).toThrow(
      new DomainError("where: operands are Tensors or numbers; got boolean"),
    );
  });
});

describe("maximum and minimum", () => {
  it("pick the larger and the smaller, and NaN if there is one", () => {
    const [a, b] = [tensor([1, 5, -INF, NAN, 1, -0]), tensor([2, 3, INF, 1, NAN, 0])];
    expect(maximum(a, b).toArray()).toEqual([2, 5, INF, NAN, NAN, 0]);
    expect(minimum(a, b).toArray()).toEqual([1, 3, -INF, NAN, NAN, -0]);
    expect(() => maximum(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
      new ShapeError("maximum: shapes do not broadcast; [2] and [3]"),
    );
    expect(() => minimum(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
      new ShapeError("minimum: shapes do not broadcast; [2] and [3]"),
    );
  });

  it.each([
    { name: "maximum", f: maximum, larger: 1 },
    { name: "minimum", f: minimum, larger: 0 },
  ])("$name gives the gradient to the one it picked, and half to each at a tie", ({ f, larger }) => {
    const [a, b] = [variable([3, 1, 2, -0]), variable([1, 3, 2, 0])];
    const [gA, gB] = grad(sum(f(a, b)), [a, b]);
    expect(gA.toArray()).toEqual([larger, 1 - larger, 0.5, 0.5]);
    expect(gB.toArray()).toEqual([1 - larger, larger, 0.5, 0.5]);
  });

  it("give all of a tie with itself, and a zero to a loser however large the gradient", () => {
    const x = variable([2]);
    expect(grad(sum(maximum(x, x)), [x])[0].toArray()).toEqual([1]);
    const y = variable([1]);
    expect(grad(sum(mul(minimum(x, y), INF)), [x, y]).map((g) => g.item())).toEqual([0, INF]);
  });

  it("sum the gradient over what was stretched", () => {
    const [a, b] = [variable([[1], [5]]), variable([2, 5, 7])];
    const [gA, gB] = grad(sum(maximum(a, b)), [a, b]);
    expect(gA.toArray()).toEqual([[0], [1.5]]);
    expect(gB.toArray()).toEqual([1, 1.5, 2]);
  });
});

describe("clamp", () => {
  it("moves to the nearest bound; null leaves a side open; NaN passes through", () => {
    const x = tensor([-2, -1, 0, 1, 2, INF, -INF, NAN]);
    expect(clamp(x, -1, 1).toArray()).toEqual([-1, -1, 0, 1, 1, 1, -1, NAN]);
    expect(clamp(x, null, 1).toArray()).toEqual([-2, -1, 0, 1, 1, 1, -INF, NAN]);
    expect(clamp(x, -1, null).toArray()).toEqual([-1, -1, 0, 1, 2, INF, -1, NAN]);
    expect(clamp(x, null, null).toArray()).toEqual(x.toArray());
    expect(clamp(x, 0.5, 0.5).toArray()).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, NAN]);
  });

  it("has gradient 1 at the bounds and exactly 0 beyond", () => {
    const x = variable([-2, -1, 0, 1, 2]);
    expect(grad(sum(clamp(x, -1, 1)), [x])[0].toArray()).toEqual([0, 1, 1, 1, 0]);
    expect(grad(sum(mul(clamp(x, -1, 1), INF)), [x])[0].toArray()).toEqual([0, INF, INF, INF, 0]);
  });

  it("refuses bounds in the wrong order, and what is no bound", () => {
    const message = (got: string): DomainError =>
      new DomainError(`clamp: the bounds must be numbers or null, min ≤ max; got ${got}`);
    expect(() => clamp(1, 2, 1)).toThrow(message("2 and 1"));
    expect(() => clamp(1, NAN, 1)).toThrow(message("NaN and 1"));
    expect(() => clamp(1, null, NAN)).toThrow(message("null and NaN"));
    expect(() => clamp(1, "0" as never, 1)).toThrow(message("string and 1"));
  });
});

describe("abs and sign", () => {
  it("have their values at zero, infinity and NaN", () => {
    expect(abs(tensor([-2, -0, 0, -INF, NAN])).toArray()).toEqual([2, 0, 0, INF, NAN]);
    expect(sign(tensor([-2, -0, 0, 3, INF, NAN])).toArray()).toEqual([-1, -0, 0, 1, 1, NAN]);
  });

  it("have the gradients sign(x), 0 at 0, and 0", () => {
    const x = variable([-2, 0, 3]);
    expect(grad(sum(abs(x)), [x])[0].toArray()).toEqual([-1, 0, 1]);
    expect(grad(sum(sign(x)), [x])[0].toArray()).toEqual([0, 0, 0]);
    expect(equal(abs(x), mul(x, sign(x))).toArray()).toEqual([1, 1, 1]);
  });
});
