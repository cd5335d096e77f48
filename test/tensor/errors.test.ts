import { DiffeoError, DomainError, LimitError, Random, ShapeError, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
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
