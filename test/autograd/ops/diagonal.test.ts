import { DomainError, diagonal, diagonalMatrix, LimitError, ShapeError, tensor, tril, triu } from "diffeo";
import { describe, expect, it } from "vitest";

const NAN = Number.NaN;

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("tril and triu", () => {
  it("keep one side of a diagonal", () => {
    expect(tril(x).toArray()).toEqual([
      [1, 0, 0],
      [4, 5, 0],
    ]);
    expect(tril(x, 1).toArray()).toEqual([
      [1, 2, 0],
      [4, 5, 6],
    ]);
    expect(tril(x, -1).toArray()).toEqual([
      [0, 0, 0],
      [4, 0, 0],
    ]);
    expect(triu(x).toArray()).toEqual([
      [1, 2, 3],
      [0, 5, 6],
    ]);
    expect(triu(x, 2).toArray()).toEqual([
      [0, 0, 3],
      [0, 0, 0],
    ]);
    expect([tril(x, 99).toArray(), triu(x, -99).toArray()]).toEqual([x.toArray(), x.toArray()]);
    expect(tril(tensor([], [2, 0, 3])).shape).toEqual([2, 0, 3]);
    expect(triu(tensor([], [2, 3, 0])).shape).toEqual([2, 3, 0]);
  });

  it("do not let NaN through from the side that is dropped", () => {
    const poisoned = tensor([
      [1, NAN],
      [2, 3],
    ]);
    expect(tril(poisoned).toArray()).toEqual([
      [1, 0],
      [2, 3],
    ]);
    expect(triu(poisoned).at(0, 1)).toBe(NAN);
  });

  it("want matrices, and an integer", () => {
    expect(() => tril(tensor([1]))).toThrow(new ShapeError("tril: needs at least two axes; got [1]"));
    expect(() => triu(x, 0.5)).toThrow(new DomainError("triu: a diagonal is an integer; got 0.5"));
    expect(() => triu(x, "0" as never)).toThrow(DomainError);
    expect(() => tril(null as never)).toThrow(DomainError);
  });
});

describe("diagonal and diagonalMatrix", () => {
  it("read and write a diagonal", () => {
    expect(diagonal(x).toArray()).toEqual([1, 5]);
    expect(diagonal(x, 1).toArray()).toEqual([2, 6]);
    expect(diagonal(x, -1).toArray()).toEqual([4]);
    expect(diagonal(x, 3).toArray()).toEqual([]);
    expect(diagonal(x, -2).toArray()).toEqual([]);
    expect(diagonalMatrix(tensor([1, 2])).toArray()).toEqual([
      [1, 0],
      [0, 2],
    ]);
    expect(diagonalMatrix(tensor([1, 2]), -1).toArray()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]);
    expect(diagonalMatrix(tensor([], [0]), 1).toArray()).toEqual([[0]]);
    expect(diagonalMatrix(tensor([], [3, 0])).shape).toEqual([3, 0, 0]);
  });

  it("say what does not fit", () => {
    expect(() => diagonal(tensor([1]))).toThrow(ShapeError);
    expect(() => diagonal(x, NAN)).toThrow(DomainError);
    expect(() => diagonalMatrix(1)).toThrow(ShapeError);
    expect(() => diagonalMatrix(tensor([1]), 0.5)).toThrow(DomainError);
    expect(() => diagonalMatrix(tensor([1]), 2 ** 20)).toThrow(LimitError);
  });
});
