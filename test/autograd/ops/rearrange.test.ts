import {
  concat,
  DomainError,
  expandDims,
  permute,
  Random,
  ShapeError,
  split,
  squeeze,
  stack,
  tensor,
  transpose,
} from "diffeo";
import { describe, expect, it } from "vitest";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("permute and transpose", () => {
  it("put axes into another order", () => {
    expect(transpose(x).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(permute(x, [-1, 0]).toArray()).toEqual(transpose(x).toArray());
    expect(permute(5, []).item()).toBe(5);
    expect(permute(tensor([], [2, 0, 3]), [2, 1, 0]).shape).toEqual([3, 0, 2]);
  });

  it("go in tiles whose edges do not show", () => {
    const wide = new Random(1).normal([2, 37, 65]);
    const turned = transpose(wide);
    for (let i = 0; i < 37; i++) for (let j = 0; j < 65; j++) expect(turned.at(1, j, i)).toBe(wide.at(1, i, j));
  });

  it("want every axis once", () => {
    expect(() => transpose(tensor([1]))).toThrow(new ShapeError("transpose: needs at least two axes; got [1]"));
    expect(() => permute(x, [0])).toThrow(new ShapeError("permute: every axis once; got [0] for [2,3]"));
    expect(() => permute(x, [0, -2])).toThrow("permute: an axis may be named once; got [0,-2]");
    expect(() => permute(x, [0, 2])).toThrow("permute: no such axis; got axis 2 of a tensor of rank 2");
    expect(() => permute(x, 0 as never)).toThrow(DomainError);
    expect(() => permute(x, ["a", "b"] as never)).toThrow(ShapeError);
  });
});

describe("squeeze and expandDims", () => {
  it("drop and add axes of length 1", () => {
    const y = tensor([[[1], [2]]]);
    expect(squeeze(y).shape).toEqual([2]);
    expect(squeeze(y, 0).shape).toEqual([2, 1]);
    expect(squeeze(y, [-1, 0]).toArray()).toEqual([1, 2]);
    expect(squeeze(y, []).shape).toEqual([1, 2, 1]);
    expect(expandDims(x, 0).shape).toEqual([1, 2, 3]);
    expect(expandDims(x, -1).shape).toEqual([2, 3, 1]);
    expect(expandDims(x, 2).shape).toEqual([2, 3, 1]);
    expect(expandDims(5, 0).toArray()).toEqual([5]);
  });

  it("say which axis is not there, or too long", () => {
    expect(() => squeeze(x, -1)).toThrow(new ShapeError("squeeze: the axis must have length 1; got axis 1 of [2,3]"));
    expect(() => squeeze(x, 2)).toThrow("squeeze: no such axis; got axis 2 of a tensor of rank 2");
    expect(() => expandDims(x, 3)).toThrow("expandDims: no such axis; got axis 3 of a tensor of rank 3");
    expect(() => expandDims(x, -4)).toThrow(ShapeError);
    expect(() => expandDims(x, undefined as never)).toThrow(ShapeError);
    expect(() => squeeze(x, "all" as never)).toThrow(DomainError);
  });
});

describe("concat, stack and split", () => {
  it("join and cut along an axis", () => {
    expect(concat([x, tensor([[9], [8]])], 1).toArray()).toEqual([
      [1, 2, 3, 9],
      [4, 5, 6, 8],
    ]);
    expect(stack([tensor([1, 2]), tensor([3, 4])], 1).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(stack([1, 2], 0).toArray()).toEqual([1, 2]);
    expect(stack([x, x], -1).shape).toEqual([2, 3, 2]);
    expect(split(x, [1, 0, 2], -1).map((part) => part.toArray())).toEqual([
      [[1], [4]],
      [[], []],
      [
        [2, 3],
        [5, 6],
      ],
    ]);
  });

  it("say what does not fit", () => {
    expect(() => concat([x, tensor([[1]])], 1)).toThrow("concat: shapes must agree but on axis 1; [2,3] and [1,1]");
    expect(() => concat([], 0)).toThrow(new ShapeError("concat: needs at least one tensor; got none"));
    expect(() => concat(x as never, 0)).toThrow(DomainError);
    expect(() => concat([1, 2], 0)).toThrow(ShapeError);
    expect(() => stack([x, tensor([1, 2, 3])], 0)).toThrow("stack: shapes must be equal; [2,3] and [3]");
    expect(() => stack([x], 3)).toThrow("stack: no such axis; got axis 3 of a tensor of rank 3");
    expect(() => stack([], 0)).toThrow(ShapeError);
    expect(() => stack([null] as never, 0)).toThrow(DomainError);
    expect(() => split(x, [1, 1], 1)).toThrow("split: sizes must add up to the axis; [1,1] for axis 1 of [2,3]");
    expect(() => split(x, [4, -1], 1)).toThrow(ShapeError);
    expect(() => split(x, [1.5, 1.5], 1)).toThrow(ShapeError);
    expect(() => split(x, 3 as never, 1)).toThrow(DomainError);
  });
});
