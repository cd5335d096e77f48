import { DomainError, LimitError, ShapeError, tensor } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  broadcastShapes,
  checkCount,
  checkShape,
  formatShape,
  MAXIMUM_SIZE,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  sizeOf,
  unravel,
} from "../../src/tensor/shape.ts";
import { allShapes, broadcastNaively, indicesOf, shapes } from "../support/arbitraries.ts";

describe("sizeOf", () => {
  it("is the product of the axes: 1 for a scalar, 0 as soon as one of them is", () => {
    expect([[], [5], [2, 3], [2, 0, 3]].map(sizeOf)).toEqual([1, 5, 6, 0]);
  });
});

describe("formatShape", () => {
  it("writes shapes the way they stand in messages", () => {
    expect([[], [5], [2, 3]].map(formatShape)).toEqual(["[]", "[5]", "[2,3]"]);
  });
});

describe("sameShape", () => {
  it("compares rank and every axis", () => {
    fc.assert(
      fc.property(shapes(), shapes(), (a, b) => {
        expect(sameShape(a, b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        expect(sameShape(a, [...a])).toBe(true);
      }),
    );
  });
});

describe("checkShape", () => {
  it("returns a shape whose axes are integers ≥ 0", () => {
    const shape = [2, 0, 3];
    expect(checkShape("zeros", shape)).toBe(shape);
    expect(checkShape("zeros", [])).toEqual([]);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, undefined])("refuses an axis of %s", (axis) => {
    expect(() => checkShape("zeros", [2, axis as number])).toThrow(
      new DomainError(`zeros: axes must be integers ≥ 0; got [2,${axis}]`),
    );
  });

  it.each<[unknown, string]>([
    [3, "3"],
    ["[3]", '"[3]"'],
    [{}, "Object"],
    [tensor([1, 2]), "Tensor [2]"],
    [undefined, "undefined"],
  ])("refuses %o, which is no array", (shape, name) => {
    expect(() => checkShape("zeros", shape as never)).toThrow(
      new DomainError(`zeros: a shape is an array of integers; got ${name}`),
    );
  });

  it("allows 2³⁰ elements, and not one more", () => {
    expect(checkShape("zeros", [MAXIMUM_SIZE])).toEqual([2 ** 30]);
    expect(checkShape("zeros", [2 ** 15, 2 ** 15])).toEqual([2 ** 15, 2 ** 15]);
    expect(() => checkShape("zeros", [2 ** 30 + 1])).toThrow(
      new LimitError("zeros: at most 1073741824 elements; got [1073741825]"),
    );
    expect(() => checkShape("zeros", [2 ** 40, 2 ** 40])).toThrow(LimitError);
  });

  it("refuses axes whose product overflows, even beside an axis of 0", () => {
    expect(() => checkShape("zeros", [1e200, 1e200])).toThrow(LimitError);
    expect(() => checkShape("zeros", [1e200, 1e200, 0])).toThrow(LimitError);
  });
});

describe("checkCount", () => {
  it("returns an integer that is no less than the least", () => {
    expect([checkCount("nice", "layers", 1, 1), checkCount("linear", "inputs", 0, 0)]).toEqual([1, 0]);
  });

  it.each<[unknown, string]>([
    [1, "1"],
    [2.5, "2.5"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [undefined, "undefined"],
    ["3", '"3"'],
    [[3], "[3]"],
  ])("refuses %o where an integer ≥ 2 is asked for", (value, name) => {
    expect(() => checkCount("glow", "steps", value, 2)).toThrow(
      new DomainError(`glow: steps must be an integer ≥ 2; got ${name}`),
    );
  });
});

describe("unravel", () => {
  it("gives the index of each offset, in row-major order", () => {
    fc.assert(
      fc.property(shapes(), (shape) => {
        expect(Array.from({ length: sizeOf(shape) }, (_, offset) => unravel(offset, shape))).toEqual(indicesOf(shape));
      }),
    );
  });
});

describe("broadcastShapes", () => {
  it("aligns the last axes, and stretches what is 1 or missing", () => {
    expect(broadcastShapes("add", [2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
    expect(broadcastShapes("add", [], [2, 3])).toEqual([2, 3]);
    expect(broadcastShapes("add", [1], [0])).toEqual([0]);
    expect(broadcastShapes("add", [], [])).toEqual([]);
  });

  it("agrees with a naive reading of NumPy's rule on all 7,225 pairs of shapes of rank ≤ 3 with sides 0 … 3", () => {
    const all = allShapes(0, 3, 3);
    let refused = 0;
    for (const a of all) {
      for (const b of all) {
        const expected = broadcastNaively(a, b);
        if (expected !== null) {
          if (!sameShape(broadcastShapes("add", a, b), expected)) expect.fail(`[${a}] and [${b}]`);
          continue;
        }
        refused++;
        expect(() => broadcastShapes("add", a, b)).toThrow(
          new ShapeError(`add: shapes do not broadcast; [${a}] and [${b}]`),
        );
      }
    }
    expect(all).toHaveLength(85);
    expect(refused).toBeGreaterThan(2000);
  });
});

describe("normalizeAxis", () => {
  it("counts negative axes from the end", () => {
    expect([0, 2, -1, -3].map((axis) => normalizeAxis("sum", axis, 3))).toEqual([0, 2, 2, 0]);
  });

  it.each([3, -4, 0.5, Number.NaN, undefined])("refuses axis %s of a tensor of rank 3", (axis) => {
    expect(() => normalizeAxis("sum", axis as number, 3)).toThrow(
      new ShapeError(`sum: no such axis; got axis ${axis} of a tensor of rank 3`),
    );
  });

  it("finds no axis in a scalar", () => {
    expect(() => normalizeAxis("sum", 0, 0)).toThrow("sum: no such axis; got axis 0 of a tensor of rank 0");
  });
});

describe("normalizeAxes", () => {
  it("sorts a list of axes, takes one as a list of one, and none named as all", () => {
    expect(normalizeAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes("sum", -2, 3)).toEqual([1]);
    expect(normalizeAxes("sum", undefined, 3)).toEqual([0, 1, 2]);
    expect(normalizeAxes("sum", [], 3)).toEqual([]);
  });

  it("leaves the list that it was given as it was", () => {
    const axes = [2, 0];
    normalizeAxes("sum", axes, 3);
    expect(axes).toEqual([2, 0]);
  });

  it("refuses an axis named twice, in whatever way", () => {
    expect(() => normalizeAxes("sum", [0, -2], 2)).toThrow(
      new ShapeError("sum: an axis may be named once; got [0,-2]"),
    );
  });

  it.each([null, "0", {}])("refuses %o, which is no list of axes", (axes) => {
    expect(() => normalizeAxes("sum", axes as never, 2)).toThrow(DomainError);
  });
});
