import { inspect } from "node:util";
import { arange, parameter, Tensor, tensor, Variable, variable, zeros } from "diffeo";
import { describe, expect, it } from "vitest";

/** A tensor of 0, 1, 2, … */
function counting(shape: readonly number[]): Tensor {
  return new Tensor(arange(shape.reduce((size, length) => size * length, 1)).data, shape);
}

describe("a printed tensor", () => {
  it("shows kind, shape and aligned values", () => {
    expect(
      String(
        tensor([
          [1, -20, 3.5],
          [4, 5, 6],
        ]),
      ),
    ).toBe(
      // biome-ignore format: the rows are what is printed
      ["Tensor [2,3]", "[[  1, -20, 3.5],", " [  4,   5,   6]]"].join("\n"),
    );
  });

  it("is a single line for a scalar", () => {
    expect(String(tensor(-2.5))).toBe("Tensor -2.5");
  });

  it("is one row below its shape for a vector", () => {
    expect(String(tensor([1, 2, 3]))).toBe("Tensor [3]\n[1, 2, 3]");
  });

  it("separates the matrices of a stack by empty lines, one more for each further axis", () => {
    expect(String(counting([2, 2, 2]))).toBe(
      ["Tensor [2,2,2]", "[[[0, 1],", "  [2, 3]],", "", " [[4, 5],", "  [6, 7]]]"].join("\n"),
    );
    expect(String(counting([2, 1, 1, 2]))).toBe(
      ["Tensor [2,1,1,2]", "[[[[0, 1]]],", "", "", " [[[2, 3]]]]"].join("\n"),
    );
  });

  it("names NaN, the infinities and −0", () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
    expect(String(tensor(values))).toBe("Tensor [5]\n[      NaN,  Infinity, -Infinity,        -0,         0]");
  });

  it("shows integers up to 2⁵³ digit by digit", () => {
    expect(String(tensor([123456789, 16777217, 2 ** 53, -(2 ** 53 - 1), 1e6]))).toBe(
      "Tensor [5]\n[        123456789,          16777217,  9007199254740992, -9007199254740991,           1000000]",
    );
  });

  it("writes no zero in the place of a digit that it does not show", () => {
    const values = [1234567.5, -16777217.5, 2 ** 53 + 2, 2 ** 60, 999999.9, 123456.7, 12345678901.25];
    expect(String(tensor(values))).toBe(
      "Tensor [7]\n[ 1.23457e+6, -1.67772e+7,  9.0072e+15, 1.15292e+18,        1e+6,      123457, 1.23457e+10]",
    );
  });

  it("keeps columns aligned, whatever stands in them", () => {
    const values = [
      [0, -0, Number.NaN],
      [5e-324, 1.7976931348623157e308, -1 / 3],
      [123456789, 1e-7, -Infinity],
    ];
    const [, ...rows] = String(tensor(values)).split("\n");
    expect(rows).toEqual([
      "[[           0,           -0,          NaN],",
      " [      5e-324, 1.79769e+308,    -0.333333],",
      " [   123456789,         1e-7,    -Infinity]]",
    ]);
  });

  it("rounds other numbers to six digits, and writes exponents where they are shorter", () => {
    expect(String(tensor(0.1 + 0.2))).toBe("Tensor 0.3");
    expect(String(tensor(Math.PI))).toBe("Tensor 3.14159");
    expect(String(tensor(-1 / 3))).toBe("Tensor -0.333333");
    expect(String(tensor([1e-9, 1e21, 1.5]))).toBe("Tensor [3]\n[ 1e-9, 1e+21,   1.5]");
  });

  it("shows the brackets of what is empty", () => {
    expect(String(tensor([]))).toBe("Tensor [0]\n[]");
    expect(String(zeros([2, 0]))).toBe("Tensor [2,0]\n[[],\n []]");
    expect(String(zeros([0, 2]))).toBe("Tensor [0,2]\n[]");
  });

  it("shows all of 200 elements", () => {
    const printed = String(arange(200));
    expect(printed).not.toContain("…");
    expect(printed.match(/\d+/g)).toHaveLength(201); // and the one of the shape
  });

  it("shows three entries at each end of long axes, once there are more than 200 elements", () => {
    expect(String(arange(201))).toBe("Tensor [201]\n[  0,   1,   2, …, 198, 199, 200]");
    expect(String(counting([7, 100]))).toBe(
      [
        "Tensor [7,100]",
        "[[  0,   1,   2, …,  97,  98,  99],",
        " [100, 101, 102, …, 197, 198, 199],",
        " [200, 201, 202, …, 297, 298, 299],",
        " …,",
        " [400, 401, 402, …, 497, 498, 499],",
        " [500, 501, 502, …, 597, 598, 599],",
        " [600, 601, 602, …, 697, 698, 699]]",
      ].join("\n"),
    );
  });

  it("keeps short axes of large tensors whole", () => {
    expect(String(counting([2, 2, 60]))).toBe(
      [
        "Tensor [2,2,60]",
        "[[[  0,   1,   2, …,  57,  58,  59],",
        "  [ 60,  61,  62, …, 117, 118, 119]],",
        "",
        " [[120, 121, 122, …, 177, 178, 179],",
        "  [180, 181, 182, …, 237, 238, 239]]]",
      ].join("\n"),
    );
  });

  it("stays short for a million elements", () => {
    expect(String(zeros([1000, 1000])).split("\n")).toEqual([
      "Tensor [1000,1000]",
      ...["[[0, 0, 0, …, 0, 0, 0],", " [0, 0, 0, …, 0, 0, 0],", " [0, 0, 0, …, 0, 0, 0],", " …,"],
      ...[" [0, 0, 0, …, 0, 0, 0],", " [0, 0, 0, …, 0, 0, 0],", " [0, 0, 0, …, 0, 0, 0]]"],
    ]);
  });

  it("has no limit to the number of its short axes", () => {
    expect(String(zeros(new Array(20).fill(2))).startsWith("Tensor [2,2,2,")).toBe(true);
  });

  it("tells Variables and Parameters from plain tensors", () => {
    expect(String(variable(1))).toBe("Variable 1");
    expect(String(parameter([1], "weight"))).toBe("Parameter [1]\n[1]");
  });

  it("keeps its name when a bundler renames the classes", () => {
    const renamed = { Tensor: class t extends Tensor {}, Variable: class e extends Variable {} };
    expect(String(new renamed.Tensor(Float64Array.of(1), [1]))).toBe("Tensor [1]\n[1]");
    expect(String(new renamed.Variable(Float64Array.of(1), [1]))).toBe("Variable [1]\n[1]");
  });

  it("is what console.log shows", () => {
    expect(inspect(tensor([1, 2]))).toBe("Tensor [2]\n[1, 2]");
    expect(inspect(variable([1, 2]))).toBe("Variable [2]\n[1, 2]");
    expect(inspect({ x: tensor(1) })).toBe("{ x: Tensor 1 }");
  });
});
