import { exp, log, sigmoid, softplus, tanh, tensor } from "diffeo";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("exponentials", () => {
  it("have their limits", () => {
    expect(exp(tensor([0, -INF, INF, 710, -746, NAN])).toArray()).toEqual([1, 0, INF, INF, 0, NAN]);
    expect(log(tensor([1, 0, INF, -1])).toArray()).toEqual([0, -INF, INF, NAN]);
    expect(tanh(tensor([0, -0, INF, -INF, 1e300])).toArray()).toEqual([0, -0, 1, -1, 1]);
    expect(sigmoid(tensor([0, 800, -800])).toArray()).toEqual([0.5, 1, 0]);
    expect(softplus(tensor([1000, -1000, 0])).toArray()).toEqual([1000, 0, Math.LN2]);
  });

  it("keep the digits of small results: sigmoid(−40) = e⁻⁴⁰, softplus(−40) = e⁻⁴⁰", () => {
    for (const f of [sigmoid, softplus]) expect(Math.abs(f(-40).item() / Math.exp(-40) - 1) <= 1e-15).toBe(true);
  });
});
