import {
  DiffeoError,
  DomainError,
  detach,
  exp,
  grad,
  jacobian,
  LimitError,
  parameter,
  Random,
  ShapeError,
  type Tensor,
  tensor,
} from "diffeo";
import { describe, expect, it, vi } from "vitest";
import { describeValue } from "../../src/tensor/errors.ts";

describe("errors", () => {
  it.each([
    [ShapeError, "ShapeError", "SHAPE"],
    [DomainError, "DomainError", "DOMAIN"],
    [LimitError, "LimitError", "LIMIT"],
  ])("%o is called %s, has the code %s, and is a DiffeoError", (Kind, name, code) => {
    const error = new Kind("operation: rule; what came");
    expect(error).toBeInstanceOf(DiffeoError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, code, message: "operation: rule; what came" });
    expect(String(error)).toBe(`${name}: operation: rule; what came`);
  });
});

describe("a Tensor of another copy of the library", () => {
  it("is named as one, with what to do", async () => {
    vi.resetModules();
    const other = await import("diffeo");
    expect(other.Tensor).not.toBe(tensor(1).constructor);
    const advice =
      "of another copy of diffeo: load one copy only (npm ls diffeo; import it everywhere in the same way), or rebuild it here with " +
      "tensor(x.data, x.shape)";
    const foreign: [string, Tensor][] = [
      ["Tensor [2]", other.tensor([1, 2])],
      ["Variable [2]", other.variable([1, 2])],
      ["Parameter [2]", other.parameter([1, 2])],
    ];
    for (const [what, x] of foreign) {
      for (const call of [() => exp(x), () => grad(exp(1), [x as never]), () => detach(x)]) {
        expect(call, String(call)).toThrow(`got ${what} ${advice}`);
      }
      expect(() => parameter([1, 2]).assign(x)).toThrow(
        `assign: values must be a Tensor, as tensor(…) makes it; got ${what} ${advice}`,
      );
      expect(() => jacobian(exp, x)).toThrow(
        `jacobian: x must be a Tensor, as tensor(…) makes it; got ${what} ${advice}`,
      );
      expect(() => jacobian(() => x as never, tensor(1))).toThrow(`got ${what} ${advice}`);
      for (const here of [tensor(x.data, x.shape), tensor(x)]) expect(exp(here).shape).toEqual([2]);
    }
    expect(describeValue(tensor([1]))).toBe("Tensor [1]");
  });
});

describe("describeValue", () => {
  it.each<[unknown, string]>([
    [-0, "0"],
    [Number.NaN, "NaN"],
    [null, "null"],
    ["a\nb", '"a\\nb"'],
    [[1, [2, undefined]], "[1,[2,undefined]]"],
    [new Array(20).fill(0), "[0,0,0,0,0,0,0,0,…]"],
    [{ a: 1 }, "Object"],
    [Object.create(null), "Object"],
    [new Float64Array(2), "Float64Array"],
    [new Random(1), "Random"],
    [new Map(), "Map"],
    [tensor([[1], [2]]), "Tensor [2,1]"],
    [() => 1, "a function"],
    [JSON.parse('{"constructor": {"name": {"toString": 1}}}'), "Object"],
    [[[[[[1]]]], 2], "[[[[…]]],2]"],
  ])("says in one line what %o is", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it("ends, however deeply what came is nested", () => {
    expect(describeValue(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toBe("[[[[…]]]]");
    const nested = JSON.parse(`${'{"shape":['.repeat(50_000)}${"]}".repeat(50_000)}`);
    expect(describeValue(nested)).toBe("Object [Object […]]");
  });
});
