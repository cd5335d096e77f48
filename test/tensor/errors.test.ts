import { DiffeoError, DomainError, LimitError, ShapeError } from "diffeo";
import { describe, expect, it } from "vitest";

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
