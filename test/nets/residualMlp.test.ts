import { DomainError, gradcheck, namedParameters, Random, residualMlp, ShapeError, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";

const random = new Random(1);

describe("residualMlp", () => {
  it("is W·(h + B₂(tanh(B₁(tanh(h))))) + b with h = W₀x + b₀, by hand", () => {
    const net = residualMlp({ inputs: 1, outputs: 1, hidden: [1], random });
    [[2], [0.1], [-1], [0.3], [1.5], [-0.2], [3], [0.7]].forEach((values, k) => {
      net.parameters[k].assign(tensor(values, net.parameters[k].shape));
    });
    const h = 2 * 0.4 + 0.1;
    const after = h + (1.5 * Math.tanh(-1 * Math.tanh(h) + 0.3) - 0.2);
    expectWithin(net.apply(tensor([[0.4]])).item(), 3 * after + 0.7, 1e-15 * 8);
  });

  it("has one width per block, numbers its maps, and gives zero until it is trained", () => {
    const net = residualMlp({ inputs: 2, outputs: 3, hidden: [5, 5], context: 1, random });
    const shapes = net.parameters.filter((_, k) => k % 2 === 0).map(({ shape }) => shape);
    expect(shapes).toEqual([
      [5, 3],
      [5, 5],
      [5, 5],
      [5, 5],
      [5, 5],
      [3, 5],
    ]);
    expect([...namedParameters(net).keys()].slice(-2)).toEqual(["5.weight", "5.bias"]);
    expect(net.apply(random.normal([2, 2]), random.normal([1, 1])).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it("can be differentiated twice, in x and context", () => {
    const net = residualMlp({ inputs: 2, outputs: 2, hidden: [3, 3], activation: "silu", context: 1, random });
    randomizeParameters(net, random);
    const inputs = [random.normal([2, 2]), random.normal([2, 1])];
    expect(gradcheck((x, context) => net.apply(x, context), inputs, { order: 2 })).toMatchObject({ passed: true });
  });

  it("says what does not fit", () => {
    const sizes = { inputs: 2, outputs: 1, random };
    expect(() => residualMlp({ ...sizes, hidden: [] })).toThrow(
      new DomainError("residualMlp: hidden of a residual net is one width per block, all equal; got []"),
    );
    expect(() => residualMlp({ ...sizes, hidden: [3, 4] })).toThrow("all equal; got [3,4]");
    expect(() => residualMlp({ ...sizes, activation: "sine" as never })).toThrow(
      "residualMlp: the activation is one of tanh, silu, softplus, relu; got sine",
    );
    expect(() => residualMlp(sizes).apply(tensor([[1]]))).toThrow(ShapeError);
    expect(() => residualMlp(sizes).apply(tensor([[1, 2]]), tensor([[1]]))).toThrow("takes no context; got [1,1]");
  });

  it("can be rebuilt from its definition", () => {
    const { definition } = residualMlp({ inputs: 2, outputs: 1, hidden: [4], random });
    expect(JSON.parse(JSON.stringify(definition))).toEqual({
      type: "residualMlp",
      ...{ inputs: 2, outputs: 1, hidden: [4], activation: "tanh", context: 0 },
    });
  });
});
