import { additiveCoupling, affineCoupling, affineElement, coupling, linear, mlp, Random, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";

const random = new Random(1);

describe("affineCoupling", () => {
  it("starts at the identity", () => {
    const layer = affineCoupling({ dimensions: 3, random });
    const x = tensor([[1, -2, 3]]);
    const { z, logDet } = layer.forward(x);
    expect(z.toArray()).toEqual(x.toArray());
    expect(Math.abs(logDet.item())).toBe(0);
  });

  it("is z_b = (x_b − μ)·exp(−log σ) with log σ = c·tanh(a/c), by hand", () => {
    // a = 2·x₁, b = −x₁ from a linear net
    const net = linear({ inputs: 1, outputs: 2, random });
    net.parameters[0].assign(tensor([[2], [-1]]));
    const layer = coupling({
      dimensions: 2,
      element: affineElement({ maximumLogScale: 1.5 }),
      conditioner: net,
      random,
    });
    const logSigma = 1.5 * Math.tanh((2 * 0.4) / 1.5);
    const { z, logDet } = layer.forward(tensor([[0.4, 1]]));
    expect(z.at(0, 0)).toBe(0.4);
    expect(Math.abs(z.at(0, 1) - (1 + 0.4) * Math.exp(-logSigma)) <= 1e-15).toBe(true);
    expect(Math.abs(logDet.item() + logSigma) <= 1e-15).toBe(true);
    const back = layer.inverse(z);
    expect(back.x.at(0, 0)).toBe(0.4);
    expectWithin(back.x.at(0, 1), 1, 1e-15);
    expectWithin(back.logDet.item(), logSigma, 1e-15);
  });

  it("keeps the scale within its bound, and everything finite, however large the input", () => {
    const layer = affineCoupling({ dimensions: 2, maximumLogScale: 2, random });
    randomizeParameters(layer, random);
    for (const size of [1e6, 1e150, 1e300]) {
      const { z, logDet } = layer.forward(tensor([[size, -size]]));
      expect(Array.from(z.data).every(Number.isFinite)).toBe(true);
      expect(Math.abs(logDet.item())).toBeLessThanOrEqual(2);
    }
  });

  it("takes maps of its own for log σ and μ", () => {
    const element = affineElement({ logScale: (a) => a, shift: (_b, logSigma) => logSigma });
    const { z, logDet } = element.forward(tensor([[2]]), tensor([[0.5, 9]]));
    expect(Math.abs(z.item() - (2 - 0.5) * Math.exp(-0.5)) <= 1e-15).toBe(true);
    expect(logDet.item()).toBe(-0.5);
  });

  it("wants a context of its width if it has one, and none otherwise", () => {
    const conditional = affineCoupling({ dimensions: 2, context: 2, random });
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(() => conditional.forward(x)).toThrow("needs a context of width 2; got none");
    expect(() => conditional.forward(x, tensor([[1, 2, 3]]))).toThrow("context must be [2,2] or [1,2]; got [1,3]");
    expect(() => affineCoupling({ dimensions: 2, random }).forward(x, tensor([[1]]))).toThrow(
      "takes no context; got [1,1]",
    );
    randomizeParameters(conditional, new Random(3));
    const shared = conditional.forward(x, tensor([[0.5, -1]])).z;
    const repeated = conditional.forward(
      x,
      tensor([
        [0.5, -1],
        [0.5, -1],
      ]),
    ).z;
    expect(shared.toArray()).toEqual(repeated.toArray());
  });

  it("says what is wrong", () => {
    expect(() => affineCoupling({ dimensions: 1, random })).toThrow("affineCoupling: D must be at least 2; got 1");
    const conditioner = mlp({ inputs: 1, outputs: 1, context: 3, random });
    expect(() => additiveCoupling({ dimensions: 2, conditioner, context: 4, random })).toThrow(
      "additiveCoupling: the conditioner takes a context of width 3; got 4",
    );
    expect(additiveCoupling({ dimensions: 2, conditioner, random }).definition.context).toBe(3);
    expect(() => affineCoupling({ dimensions: 3, mask: [1, 0], random })).toThrow(
      "affineCoupling: the mask needs one entry per coordinate; got 2 for D = 3",
    );
    for (const mask of [
      [1, 1],
      [0, 0],
      [1, 0.5],
    ]) {
      expect(() => affineCoupling({ dimensions: 2, mask, random })).toThrow(
        "a mask has zeros and ones, and some of each",
      );
    }
    expect(() => affineCoupling({ dimensions: 2, maximumLogScale: 0, random })).toThrow(
      "c must be finite and positive; got 0",
    );
    expect(() => affineCoupling({ dimensions: 2, random }).forward(tensor([[1, 2, 3]]))).toThrow(
      "coupling: the rows must be [B,2]; got [1,3]",
    );
  });

  it("can be told apart and rebuilt: its definition is plain JSON", () => {
    const { definition } = affineCoupling({ dimensions: 2, hidden: [3], context: 1, random });
    expect(JSON.parse(JSON.stringify(definition))).toEqual({
      type: "coupling",
      dimensions: 2,
      mask: [1, 0],
      context: 1,
      element: { type: "affine", logScale: "tanh", c: 2 },
      conditioner: { type: "mlp", inputs: 1, outputs: 2, hidden: [3], activation: "tanh", context: 1 },
    });
  });
});
