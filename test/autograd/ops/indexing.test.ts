import {
  DomainError,
  gather,
  grad,
  LimitError,
  mul,
  oneHot,
  ShapeError,
  sum,
  take,
  tensor,
  Variable,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("take", () => {
  it("chooses along an axis, from either end, with repeats", () => {
    expect(take(x, [2, 0, 2, -1], 1).toArray()).toEqual([
      [3, 1, 3, 3],
      [6, 4, 6, 6],
    ]);
    expect(take(x, tensor([1]), 0).toArray()).toEqual([[4, 5, 6]]);
    expect(take(tensor([], [0, 2]), [], 0).shape).toEqual([0, 2]);
  });

  it("says what is not there, and what is no index", () => {
    expect(() => take(x, [3], 1)).toThrow(new ShapeError("take: index out of range; got 3 for an axis of length 3"));
    expect(() => take(tensor([], [0]), [0], 0)).toThrow(ShapeError);
    expect(() => take(x, [0.5], 1)).toThrow(DomainError);
    expect(() => take(x, ["0"] as never, 1)).toThrow(DomainError);
    expect(() => take(x, 0 as never, 1)).toThrow(DomainError);
    expect(() => take(5, [0], 0)).toThrow(ShapeError);
  });
});

describe("gather", () => {
  it("lets each element choose for itself along the axis, from either end", () => {
    expect(gather(x, tensor([[2], [-3]]), 1).toArray()).toEqual([[3], [4]]);
    expect(gather(x, tensor([[1, 0, 1]]), 0).toArray()).toEqual([[4, 2, 6]]);
    expect(gather(x, tensor([[0, 0, 1, 2]]), -1).toArray()).toEqual([[1, 1, 2, 3]]);
    expect(gather(x, tensor([], [0, 3]), 0).shape).toEqual([0, 3]);
  });

  it("adds gradients up where several chose the same, and gives none to the indices", () => {
    const [v, indices] = [
      variable(x),
      variable([
        [0, 0],
        [2, 0],
      ]),
    ];
    const y = sum(
      mul(
        gather(v, indices, 1),
        tensor([
          [1, 10],
          [100, 1000],
        ]),
      ),
    );
    const [gv, gi] = grad(y, [v, indices]);
    expect(gv.toArray()).toEqual([
      [11, 0, 0],
      [1000, 0, 100],
    ]);
    expect(gi.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("says what does not fit", () => {
    expect(() => gather(x, tensor([0]), 1)).toThrow(
      new ShapeError("gather: indices may be longer only along axis 1; [1] into [2,3]"),
    );
    expect(() => gather(x, tensor([[0], [0], [0]]), 1)).toThrow(ShapeError);
    expect(() => gather(x, tensor([[3]]), 1)).toThrow("gather: index out of range; got 3 for an axis of length 3");
    expect(() => gather(x, tensor([[-4]]), 1)).toThrow(ShapeError);
    expect(() => gather(x, tensor([[0.5]]), 1)).toThrow(DomainError);
    expect(() => gather(x, tensor([[Number.NaN]]), 1)).toThrow(DomainError);
    expect(() => gather(x, [[0]] as never, 1)).toThrow(DomainError);
    expect(() => gather(x, tensor([[0]]), 2)).toThrow(ShapeError);
  });
});

describe("oneHot", () => {
  it("has a 1 where the index says, and remembers nothing", () => {
    expect(oneHot([2, 0], 3).toArray()).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(oneHot(tensor([[1]]), 2).toArray()).toEqual([[[0, 1]]]);
    expect(oneHot(1, 2).toArray()).toEqual([0, 1]);
    expect(oneHot([], 0).shape).toEqual([0, 0]);
    const y = oneHot(variable([0]), 1);
    expect(y).toBeInstanceOf(Variable);
    expect(y.source).toBe(null);
  });

  it("refuses labels that are no classes, negative ones as well", () => {
    expect(() => oneHot([3], 3)).toThrow(new ShapeError("oneHot: index out of range; got 3 for 3 classes"));
    expect(() => oneHot([-1], 3)).toThrow(ShapeError);
    expect(() => oneHot([0.5], 3)).toThrow(DomainError);
    expect(() => oneHot(["a"] as never, 3)).toThrow(DomainError);
    for (const classes of [-1, 0.5, Number.NaN, "3"]) expect(() => oneHot([0], classes as never)).toThrow(DomainError);
    expect(() => oneHot([0], 2 ** 31)).toThrow(LimitError);
    expect(() => oneHot(null as never, 3)).toThrow(DomainError);
  });
});
