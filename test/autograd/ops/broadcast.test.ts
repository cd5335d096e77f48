import {
  broadcastTo,
  DomainError,
  grad,
  LimitError,
  noGrad,
  parameter,
  reshape,
  ShapeError,
  square,
  sum,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("reshape", () => {
  it("keeps the order, and works out one −1", () => {
    expect(reshape(x, [3, -1]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(reshape(tensor([], [0, 3]), [3, 0]).shape).toEqual([3, 0]);
    for (const shape of [[4], [-1, -1], [5, -1], [-2, -3], [1.5, 4]]) {
      expect(() => reshape(x, shape)).toThrow(`reshape: sizes must be equal; [2,3] to [${shape}]`);
    }
    expect(() => reshape(tensor([], [0]), [0, -1])).toThrow(ShapeError);
    expect(() => reshape(x, "6" as never)).toThrow(DomainError);
  });

  it("shares the buffer, which no one overwrites: a parameter that is assigned gets a new one", () => {
    expect(reshape(x, [6]).data).toBe(x.data);
    const p = parameter([1, 2]);
    const column = noGrad(() => reshape(p, [2, 1]));
    p.assign(tensor([7, 8]));
    expect(column.toArray()).toEqual([[1], [2]]);
    expect(p.toArray()).toEqual([7, 8]);
  });

  it("is no way round the check of versions", () => {
    const p = parameter([1, 2]);
    const y = sum(square(reshape(p, [2, 1])));
    p.assign(tensor([7, 8]));
    expect(() => grad(y, [p])).toThrow("reshape read it");
  });
});

describe("broadcastTo", () => {
  it("repeats axes of length 1", () => {
    expect(broadcastTo(tensor([[1], [2]]), [2, 2]).toArray()).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(broadcastTo(3, [2]).toArray()).toEqual([3, 3]);
    expect(broadcastTo(3, [0, 2]).shape).toEqual([0, 2]);
  });

  it("says what cannot be reached", () => {
    expect(() => broadcastTo(x, [3])).toThrow("broadcastTo: axes only stretch from 1; [2,3] to [3]");
    expect(() => broadcastTo(1, [NaN])).toThrow(DomainError);
    expect(() => broadcastTo(1, [0.5])).toThrow(DomainError);
    expect(() => broadcastTo(1, 3 as never)).toThrow(DomainError);
    expect(() => broadcastTo(1, [2 ** 20, 2 ** 20])).toThrow(LimitError);
  });
});
