import { arange, DomainError, flip, LimitError, pad, type Range, roll, ShapeError, slice, tensor } from "diffeo";
import { describe, expect, it } from "vitest";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("slice", () => {
  it("reads Python's ranges", () => {
    const digits = arange(6);
    const cases: [Range, number[]][] = [
      [null, [0, 1, 2, 3, 4, 5]],
      [
        [1, 4],
        [1, 2, 3],
      ],
      [
        [null, 2],
        [0, 1],
      ],
      [
        [-2, null],
        [4, 5],
      ],
      [
        [null, null, 2],
        [0, 2, 4],
      ],
      [
        [null, null, -1],
        [5, 4, 3, 2, 1, 0],
      ],
      [
        [4, 0, -2],
        [4, 2],
      ],
      [
        [-1, -4, -1],
        [5, 4, 3],
      ],
      [
        [2, null, -1],
        [2, 1, 0],
      ],
      [
        [-100, 100],
        [0, 1, 2, 3, 4, 5],
      ],
      [
        [100, -100, -3],
        [5, 2],
      ],
      [[4, 2], []],
      [[7, 9], []],
      [[-9, -7], []],
      [[0, -100, -1], [0]],
      [[-100, null, -1], []],
      [
        [1, 5, null],
        [1, 2, 3, 4],
      ],
    ];
    for (const [range, expected] of cases) {
      expect(slice(digits, range).toArray(), JSON.stringify(range)).toEqual(expected);
    }
  });

  it("drops axes given a number, and leaves missing ones whole", () => {
    expect(slice(x, 0).toArray()).toEqual([1, 2, 3]);
    expect(slice(x, null, -1).toArray()).toEqual([3, 6]);
    expect(slice(x, -1, 0).item()).toBe(4);
    expect(slice(x).toArray()).toEqual(x.toArray());
    expect(slice(7).item()).toBe(7);
    expect(slice(tensor([], [0, 3]), [null, null, -1], 1).shape).toEqual([0]);
  });

  it("says what is out of range, and what no range is", () => {
    expect(() => slice(x, 2)).toThrow(new ShapeError("slice: index out of range; got 2 for axis 0 of length 2"));
    expect(() => slice(x, null, -4)).toThrow("slice: index out of range; got -4 for axis 1 of length 3");
    expect(() => slice(x, null, null, null)).toThrow("slice: at most one range per axis; got 3 for [2,3]");
    expect(() => slice(x, [0, 1, 0])).toThrow(new DomainError("slice: the step must not be 0; got [0,1,0]"));
    expect(() => slice(x, 0.5)).toThrow(DomainError);
    for (const range of [[0.5, 1], [0, Number.NaN], [0, 1, 0.5], [1], [1, 2, 3, 4], ["a", 2], "0:1"]) {
      expect(() => slice(x, range as never), JSON.stringify(range)).toThrow(DomainError);
    }
  });
});

describe("flip", () => {
  it("reverses axes: one, several, or all", () => {
    expect(flip(x, 1).toArray()).toEqual([
      [3, 2, 1],
      [6, 5, 4],
    ]);
    expect(flip(x, [-1, 0]).toArray()).toEqual(flip(x).toArray());
    expect(flip(x).toArray()).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
    expect(flip(tensor([], [0]), 0).toArray()).toEqual([]);
    expect(() => flip(x, 2)).toThrow(ShapeError);
    expect(() => flip(x, [0, 0])).toThrow(ShapeError);
    expect(() => flip(x, "all" as never)).toThrow(DomainError);
  });
});

describe("pad", () => {
  it("surrounds with a value", () => {
    expect(
      pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        9,
      ).toArray(),
    ).toEqual([
      [9, 9, 9, 9, 9],
      [1, 2, 3, 9, 9],
      [4, 5, 6, 9, 9],
    ]);
    expect(pad(tensor([], [0]), [[1, 1]]).toArray()).toEqual([0, 0]);
    expect(pad(tensor([1]), [[0, 1]], Number.NEGATIVE_INFINITY).toArray()).toEqual([1, Number.NEGATIVE_INFINITY]);
    expect(pad(5, []).item()).toBe(5);
  });

  it("wants a pair for each axis", () => {
    expect(() => pad(x, [[1, 1]])).toThrow(
      new ShapeError("pad: one pair of integers ≥ 0 for each axis; got [[1,1]] for [2,3]"),
    );
    for (const margin of [[1], [-1, 0], [0.5, 0], [Number.NaN, 0], ["1", 0], [0, 0, 0]]) {
      expect(() => pad(tensor([1]), [margin as never])).toThrow(ShapeError);
    }
    expect(() => pad(x, 1 as never)).toThrow(DomainError);
    expect(() => pad(tensor([1]), [1] as never)).toThrow(DomainError);
    expect(() => pad(tensor([1]), [[0, 1]], "0" as never)).toThrow(DomainError);
    expect(() => pad(tensor([1]), [[0, 2 ** 31]])).toThrow(LimitError);
  });
});

describe("roll", () => {
  it("turns round along axes, or in row-major order", () => {
    expect(roll(x, 1).toArray()).toEqual([
      [6, 1, 2],
      [3, 4, 5],
    ]);
    expect(roll(x, -1, 1).toArray()).toEqual([
      [2, 3, 1],
      [5, 6, 4],
    ]);
    expect(roll(x, [1, 4], [0, 1]).toArray()).toEqual([
      [6, 4, 5],
      [3, 1, 2],
    ]);
    expect(roll(x, 1, [0, 1]).toArray()).toEqual(roll(x, [1, 1], [0, 1]).toArray());
    expect(roll(x, [1, 2], [1, 1]).toArray()).toEqual(x.toArray());
    expect(roll(x, [], []).toArray()).toEqual(x.toArray());
    expect(roll(tensor([], [0, 2]), 3, 0).shape).toEqual([0, 2]);
    expect(roll(5, 3).item()).toBe(5);
  });

  it("says what does not fit", () => {
    expect(() => roll(x, [1, 2], [0])).toThrow(new ShapeError("roll: as many shifts as axes; got 2 for 1"));
    expect(() => roll(x, [1, 2])).toThrow("roll: without axes there is one shift; got 2");
    expect(() => roll(x, 1, 2)).toThrow("roll: no such axis; got axis 2 of a tensor of rank 2");
    expect(() => roll(x, 0.5)).toThrow(DomainError);
    expect(() => roll(x, "1" as never)).toThrow(DomainError);
    expect(() => roll(x, 1, "0" as never)).toThrow(ShapeError);
  });
});
