import { DomainError, gradcheck, linear, mlp, namedParameters, Random, ShapeError, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { randomizeParameters } from "../support/flows/parameters.ts";

const random = new Random(1);

describe("linear", () => {
  it("is x Wᵀ + b, by hand", () => {
    const net = linear({ inputs: 2, outputs: 1, random });
    net.parameters[0].assign(tensor([[2, 3]]));
    net.parameters[1].assign(tensor([10]));
    expect(
      net
        .apply(
          tensor([
            [1, 1],
            [0, 2],
          ]),
        )
        .toArray(),
    ).toEqual([[15], [16]]);
  });

  it("starts at zero, or within ±1/√inputs", () => {
    const zero = linear({ inputs: 3, outputs: 2, random });
    expect(zero.parameters.flatMap(({ data }) => Array.from(data)).every((value) => value === 0)).toBe(true);
    const start = linear({ inputs: 16, outputs: 50, random, start: "random" });
    const sizes = start.parameters.flatMap(({ data }) => Array.from(data, Math.abs));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.25);
    expect(Math.max(...sizes)).toBeGreaterThan(0.24);
  });

  it("says what does not fit", () => {
    const net = linear({ inputs: 2, outputs: 1, random });
    expect(() => net.apply(tensor([[1, 2, 3]]))).toThrow(new ShapeError("linear: the rows must be [B,2]; got [1,3]"));
    expect(() => linear({ inputs: -1, outputs: 1, random })).toThrow(DomainError);
  });
});

describe("mlp", () => {
  it("gives zero until it is trained, whatever goes in", () => {
    const net = mlp({ inputs: 2, outputs: 3, hidden: [8, 8], random });
    expect(net.apply(random.normal([4, 2])).toArray()).toEqual(Array(4).fill([0, 0, 0]));
    expect([...namedParameters(net).keys()]).toEqual([
      "0.weight",
      "0.bias",
      "1.weight",
      "1.bias",
      "2.weight",
      "2.bias",
    ]);
    expect(net.parameters.map(({ shape }) => shape)).toEqual([[8, 2], [8], [8, 8], [8], [3, 8], [3]]);
  });

  it.each(["tanh", "silu", "softplus"] as const)("can be differentiated through %s", (activation) => {
    const net = mlp({ inputs: 2, outputs: 2, hidden: [4], activation, context: 1, random });
    randomizeParameters(net, new Random(2));
    const report = gradcheck((x, context) => net.apply(x, context), [random.normal([3, 2]), random.normal([3, 1])], {
      order: 2,
    });
    expect(report).toMatchObject({ passed: true, failures: [] });
  });

  it("is linear without hidden layers, and the same for the same seed", () => {
    expect(mlp({ inputs: 2, outputs: 1, hidden: [], random }).parameters).toHaveLength(2);
    const weights = (): unknown =>
      mlp({ inputs: 2, outputs: 1, random: new Random(5) }).parameters.map((p) => p.toArray());
    expect(weights()).toEqual(weights());
  });

  it("refuses activations that it does not know", () => {
    for (const activation of ["relu6", "constructor"]) {
      expect(() => mlp({ inputs: 1, outputs: 1, activation: activation as never, random })).toThrow(
        `mlp: the activation is one of tanh, silu, softplus, relu; got ${activation}`,
      );
    }
  });
});
