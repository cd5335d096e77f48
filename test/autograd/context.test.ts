import { ShapeError, tensor, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { contextRows } from "../../src/autograd/context.ts";

describe("contextRows", () => {
  it("gives each point its row, and all of them the only one there is", () => {
    const rows = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(contextRows("net", 2, rows, 2)?.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(contextRows("net", 2, tensor([[5, 6]]), 2)?.toArray()).toEqual([
      [5, 6],
      [5, 6],
    ]);
    expect(contextRows("net", 2, tensor([5, 6]), 2)?.toArray()).toEqual([
      [5, 6],
      [5, 6],
    ]);
    expect(contextRows("net", 2, undefined, 0)).toBe(undefined);
  });

  it("refuses one that is missing, unexpected, or of another shape", () => {
    expect(() => contextRows("net", 2, undefined, 2)).toThrow(
      new ShapeError("net: needs a context of width 2; got none"),
    );
    expect(() => contextRows("net", 2, zeros([2, 2]), 0)).toThrow("net: takes no context; got [2,2]");
    for (const wrong of [zeros([2, 3]), zeros([3, 2]), zeros([3]), zeros([])]) {
      expect(() => contextRows("net", 2, wrong, 2)).toThrow("net: context must be [2,2] or [1,2]; got");
    }
  });
});
