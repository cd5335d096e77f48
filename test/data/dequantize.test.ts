import {
  bitsPerDim,
  compose,
  DomainError,
  dequantize,
  elementwiseAffine,
  Flow,
  grad,
  leakyReluFlow,
  mean,
  Random,
  sum,
  tensor,
  uniform,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

describe("dequantize", () => {
  it("spreads each integer over its own bin of [0, 1), from which it comes back", () => {
    for (const bins of [1, 2, 3, 255, 256, 2 ** 31 - 1]) {
      const integers = new Random(bins).integers([200, 3], bins);
      const y = dequantize(integers, bins, new Random(1));
      expect(y.shape).toEqual([200, 3]);
      y.data.forEach((value, i) => {
        expect(value >= 0 && value < 1).toBe(true);
        expect(Math.floor(bins * value)).toBe(integers.data[i]);
      });
    }
  });

  it("is (x + u)/bins with the uniform numbers of one draw", () => {
    const u = new Random(3).uniform([2]);
    const y = dequantize(tensor([5, 0]), 8, new Random(3));
    expect(y.toArray()).toEqual([(5 + u.at(0)) / 8, u.at(1) / 8]);
  });

  it("refuses what is not among the integers, and bins that are none", () => {
    for (const wrong of [-1, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => dequantize(tensor([0, wrong]), 4, new Random(1))).toThrow(
        new DomainError(`dequantize: values must be integers from 0 to 3; got ${wrong} at index 1`),
      );
    }
    for (const bins of [0, 1.5, -2, Number.NaN, 2 ** 54, "8" as never]) {
      expect(() => dequantize(tensor([0]), bins, new Random(1))).toThrow("dequantize: bins must be an integer ≥ 1");
    }
    expect(() => dequantize([1] as never, 2, new Random(1))).toThrow("integers must be a Tensor");
  });
});

describe("bitsPerDim", () => {
  it("is the entropy of the source, if the model is the source", () => {
    // bits that are 0 once in four times: dequantized, their density is ½ on [0, ½) and 3/2 on [½, 1), which a leaky ReLU of
    // slope ⅓ around ½ makes uniform on [−⅙, ½)
    for (const D of [1, 3]) {
      const toTheKink = elementwiseAffine({ dimensions: D });
      toTheKink.parameters[0].assign(tensor(new Array(D).fill(0.5)));
      const flow = new Flow(
        uniform({ low: tensor(new Array(D).fill(-1 / 6)), high: tensor(new Array(D).fill(0.5)) }),
        compose(toTheKink, leakyReluFlow({ dimensions: D, slope: 1 / 3 })),
      );
      // each of four rows as often as the source makes it
      const bits = tensor([0, 1, 1, 1].map((bit) => new Array(D).fill(bit)));
      const y = dequantize(bits, 2, new Random(4));
      const entropy = -(0.25 * Math.log2(0.25) + 0.75 * Math.log2(0.75)); // 0.8113 bits
      expectWithin(bitsPerDim(mean(flow.logProb(y)).item(), D, 2), entropy, 64 * EPSILON);
    }
  });

  it("is log₂ bins under a model that knows nothing, and 0 under one that knows all", () => {
    expect(bitsPerDim(0, 784, 256)).toBe(8);
    expectWithin(bitsPerDim(784 * Math.log(256), 784, 256), 0, 64 * EPSILON);
    expectWithin(bitsPerDim(0, 3, 10), Math.log2(10), 4 * EPSILON);
  });

  it("gives back what it is given: tensors, and Variables that gradients flow through", () => {
    expect(bitsPerDim(tensor([0, -2 * Math.log(2)]), 2, 4).toArray()).toEqual([2, 3]);
    const logProb = variable([1, 2]);
    const [g] = grad(sum(bitsPerDim(logProb, 3, 2)), [logProb]);
    for (const value of g.data) expectWithin(value, -1 / (3 * Math.log(2)), 4 * EPSILON);
  });

  it("refuses dimensions and bins that are none", () => {
    expect(() => bitsPerDim(0, 0, 2)).toThrow("bitsPerDim: dimensions must be an integer ≥ 1; got 0");
    expect(() => bitsPerDim(0, 1, 0.5)).toThrow("bitsPerDim: bins must be an integer ≥ 1; got 0.5");
    expect(() => bitsPerDim("0" as never, 1, 2)).toThrow(DomainError);
  });
});
