import { DomainError, LimitError, Random, ShapeError, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { checkBatch, checkDraw, checkFunction, checkRandom, checkTensor } from "../../src/tensor/checks.ts";

describe("checkTensor", () => {
  it("returns what is one, and says how to make one of what is none", () => {
    const x = zeros([2]);
    expect(checkTensor("flow", "x", x)).toBe(x);
    expect(() => checkTensor("flow", "x", [1, 2])).toThrow(
      new DomainError("flow: x must be a Tensor, as tensor(…) makes it; got [1,2]"),
    );
  });
});

describe("checkBatch", () => {
  it("returns the number of rows of a batch of events", () => {
    expect(checkBatch("flow", zeros([5, 2]), [2])).toBe(5);
    expect(checkBatch("flow", zeros([5]), [])).toBe(5);
    expect(checkBatch("flow", zeros([0, 2, 3]), [2, 3])).toBe(0);
  });

  it.each([[[2]], [[5, 3]], [[5, 2, 1]], [[]], [[2, 5]]])("says what the rows must be when [%s] comes", (shape) => {
    expect(() => checkBatch("flow", zeros(shape), [2])).toThrow(
      new ShapeError(`flow: the rows must be [B,2]; got [${shape}]`),
    );
  });

  it("refuses what is no Tensor, whatever its shape", () => {
    expect(() => checkBatch("flow", { shape: [5, 2] }, [2])).toThrow(DomainError);
  });
});

describe("checkRandom", () => {
  it("returns a Random, or what draws as one does", () => {
    const random = new Random(1);
    expect(checkRandom("fit", random)).toBe(random);
    const stored = { uniform: zeros, normal: zeros };
    expect(checkRandom("fit", stored)).toBe(stored);
  });

  it.each([undefined, null, 1, {}, Math.random, { uniform: zeros }, { normal: zeros }])(
    "names the remedy for anything else, half a Random among it: %o",
    (value) => {
      expect(() => checkRandom("fit", value)).toThrow(
        /^fit: random must be a Random, for instance new Random\(1\); got /,
      );
    },
  );
});

describe("checkDraw", () => {
  it("lets pass what can be drawn, no points among them", () => {
    expect(() => checkDraw("sample", 0, new Random(1), [2])).not.toThrow();
  });

  it("refuses numbers of points that are none, no Random, and more than can be held", () => {
    const random = new Random(1);
    expect(() => checkDraw("sample", 1.5, random, [2])).toThrow("sample: n must be an integer ≥ 0; got 1.5");
    expect(() => checkDraw("sample", 1, {} as never, [2])).toThrow("sample: random must be a Random");
    expect(() => checkDraw("sample", 2 ** 30, random, [2])).toThrow(LimitError);
  });
});

describe("checkFunction", () => {
  it("refuses what cannot be called", () => {
    expect(() => checkFunction("layer", "forward", () => 1)).not.toThrow();
    expect(() => checkFunction("layer", "forward", {})).toThrow("layer: forward must be a function; got Object");
  });
});
