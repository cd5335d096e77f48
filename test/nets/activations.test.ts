import { DomainError, Random, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { activationOf } from "../../src/nets/activations.ts";
import { bitsOf, SPECIAL } from "../support/arbitraries.ts";

describe.each(["tanh", "silu", "softplus"] as const)("the activation %s", (name) => {
  it("has the same bits as an op and number by number", () => {
    const { op, value } = activationOf("test", name);
    const x = tensor([...SPECIAL.filter((entry) => !Number.isNaN(entry)), ...new Random(1).normal([200]).data]);
    expect(bitsOf(op(x))).toEqual(bitsOf(tensor(Array.from(x.data, value))));
    expect(value(Number.NaN)).toBeNaN();
  });
});

it("an unknown activation is an error, whatever it is", () => {
  for (const name of ["relu6", "constructor", 3, null, undefined]) {
    expect(() => activationOf("test", name as never)).toThrow(DomainError);
  }
});
