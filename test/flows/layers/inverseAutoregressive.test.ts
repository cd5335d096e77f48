import { inverseAutoregressive, invert, maskedAutoregressive, Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";

const random = new Random(1);

describe("inverseAutoregressive", () => {
  it("is maskedAutoregressive with data and latent exchanged, costs included", () => {
    const options = { dimensions: 3, hidden: [5], random: new Random(7) };
    const layer = inverseAutoregressive(options);
    const other = invert(maskedAutoregressive({ ...options, random: new Random(7) }));
    randomizeParameters(layer, new Random(8));
    randomizeParameters(other, new Random(8));
    const x = random.normal([4, 3]);
    expect(bitsOf(layer.forward(x).z)).toEqual(bitsOf(other.forward(x).z));
    expect(bitsOf(layer.inverse(x).x)).toEqual(bitsOf(other.inverse(x).x));
    expect(layer.cost).toEqual({ forward: "sequential", inverse: "parallel" });
    expect(invert(layer).cost).toEqual({ forward: "parallel", inverse: "sequential" });
  });
});
