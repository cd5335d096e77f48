import { broadcastTo, concat, DomainError, reshape, ShapeError, split, take, tensor, transpose } from "diffeo";
import { describe, expect, it } from "vitest";

describe("shapes", () => {
  it("reshape keeps the order, and works out one −1", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(reshape(x, [3, -1]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    for (const shape of [[4], [-1, -1], [5, -1], [-2, -3]]) {
      expect(() => reshape(x, shape)).toThrow(`reshape: sizes must be equal; [2,3] to [${shape}]`);
    }
  });

  it("take, concat, split, transpose, broadcastTo do as they say", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(take(x, [2, 0, 2, -1], 1).toArray()).toEqual([
      [3, 1, 3, 3],
      [6, 4, 6, 6],
    ]);
    expect(take(x, tensor([1]), 0).toArray()).toEqual([[4, 5, 6]]);
    expect(concat([x, tensor([[9], [8]])], 1).toArray()).toEqual([
      [1, 2, 3, 9],
      [4, 5, 6, 8],
    ]);
    expect(split(x, [1, 0, 2], -1).map((part) => part.toArray())).toEqual([
      [[1], [4]],
      [[], []],
      [
        [2, 3],
        [5, 6],
      ],
    ]);
    expect(transpose(x).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(broadcastTo(tensor([[1], [2]]), [2, 2]).toArray()).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("say what does not fit", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(() => take(x, [3], 1)).toThrow("take: index out of range; got 3 for an axis of length 3");
    expect(() => take(x, [0.5], 1)).toThrow(DomainError);
    expect(() => concat([x, tensor([[1]])], 1)).toThrow("concat: shapes must agree but on axis 1; [2,3] and [1,1]");
    expect(() => concat([], 0)).toThrow(ShapeError);
    expect(() => split(x, [1, 1], 1)).toThrow("split: sizes must add up to the axis; [1,1] for axis 1 of [2,3]");
    expect(() => transpose(tensor([1]))).toThrow("transpose: needs at least two axes; got [1]");
    expect(() => broadcastTo(x, [3])).toThrow("broadcastTo: axes only stretch from 1; [2,3] to [3]");
  });
});
