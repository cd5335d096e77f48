import { expect, test } from "vitest";
import { typeFrom } from "../../src/density/columnType.ts";
import { askedType, inferType, typesOf } from "../../src/density/inferTypes.ts";
import { columnFacts } from "../../src/io/tables/columnFacts.ts";
import { Random } from "../../src/tensor/random.ts";

const normal = new Random(1).normal([500]).data;
const inferred = (values: Float64Array): string => inferType(values, columnFacts([{ name: "a", values }])[0]).kind;

test.each([
  ["normal numbers", normal, "real"],
  ["counts", normal.map((x) => Math.round(Math.abs(3 * x))), "integer"],
  ["years, finely", normal.map((x) => Math.round(1000 * x)), "real"],
  ["halves", normal.map((x) => Math.round(2 * x) / 2), "rounded"],
  ["log-normal prices", normal.map((x) => Math.exp(x)), "positive"],
  ["positive, far from 0", normal.map((x) => 100 + x), "real"],
  ["positive, near 0, yet no log-normal", normal.map((_, i) => 0.001 + Math.sqrt((i + 0.5) / 500) * 1.9), "real"],
  ["shares", normal.map((x) => 1 / (1 + Math.exp(-3 * x))), "interval"],
] as const)("%s are %s", (_, values, kind) => {
  expect(inferred(values)).toBe(kind);
});

test("a type is checked against the values, and names the first that is not of it", () => {
  const check = (option: unknown, ...values: number[]) => typeFrom("fit", "a", option, Float64Array.from(values));
  expect(check({ rounded: 0.5 }, 1.3, 1.8)).toEqual({ kind: "rounded", step: 0.5, origin: expect.closeTo(-0.2, 12) });
  expect(() => check("integer", 1, 1.5)).toThrow("fit: column a must be integers; got 1.5");
  expect(() => check("positive", 1, 0)).toThrow("fit: column a must be positive; got 0");
  expect(() => check({ interval: [0, 1] }, 0.5, 1)).toThrow("fit: column a must be between 0 and 1; got 1");
  for (const wrong of ["number", { rounded: 0 }, { rounded: -1 }, { interval: [1, 0] }, { interval: [0] }, null, 3]) {
    expect(() => check(wrong, 1)).toThrow("the type of a must be");
  }
});

test("one type for all, types by name, and the others inferred", () => {
  expect(askedType("real", "a")).toBe("real");
  expect(askedType({ interval: [0, 1] }, "a")).toEqual({ interval: [0, 1] });
  expect(askedType({ a: "integer" }, "a")).toBe("integer");
  expect(askedType({ a: "integer" }, "b")).toBeUndefined();
  expect(askedType("infer", "a")).toBeUndefined();
  const columns = [
    { name: "a", values: normal },
    { name: "b", values: normal.map((x) => Math.exp(x)) },
  ];
  const types = typesOf("fit", columns, columnFacts(columns), { b: "real" });
  expect(types.map(({ kind }) => kind)).toEqual(["real", "real"]);
});
