import { DomainError, forwardKL, pure, standardNormal } from "diffeo";
import { expect, it } from "vitest";
import { isDeclaredPure } from "../../src/autograd/pure.ts";

it("declares a part, or a function, and nobody else", () => {
  const [own, copy] = [{ ...standardNormal([2]) }, { ...standardNormal([2]) }];
  expect(pure(own)).toBe(own);
  expect([isDeclaredPure(own), isDeclaredPure(copy)]).toEqual([true, false]);
  const objective = (...args: Parameters<typeof forwardKL>) => forwardKL(...args);
  expect(pure(objective)).toBe(objective);
  expect([isDeclaredPure(objective), isDeclaredPure(forwardKL)]).toEqual([true, false]);
});

it.each([[null], [undefined], [1], ["coupling"], [true]])("refuses %s", (given) => {
  expect(() => pure(given as never)).toThrow(DomainError);
  expect(() => pure(given as never)).toThrow(/^pure: takes a layer, /);
});
