import { clipGradNorm, cosineSchedule, gradNorm, tensor } from "diffeo";
import { describe, expect, it } from "vitest";

describe("cosineSchedule", () => {
  it("goes from η₀ over the middle to the minimum along half a cosine, and stays there", () => {
    const rate = cosineSchedule({ learningRate: 1, steps: 10, minimum: 0.2 });
    expect(rate(0)).toBe(1);
    expect(Math.abs(rate(5) - 0.6) <= 1e-15).toBe(true);
    expect(rate(10)).toBe(0.2);
    expect(rate(1000)).toBe(0.2);
    expect(() => cosineSchedule({ learningRate: 1, steps: 0 })).toThrow(
      "cosineSchedule: steps must be positive; got 0",
    );
  });
});

describe("clipGradNorm", () => {
  it("scales all gradients by maxNorm/(‖g‖ + 1e-6) when their common norm is above, and leaves them otherwise", () => {
    const grads = [tensor([3]), tensor([[0, 4]])];
    expect(gradNorm(grads)).toBe(5);
    const [a, b] = clipGradNorm(grads, 1);
    expect(Math.abs(a.item() - 3 / 5.000001) <= 1e-15).toBe(true);
    expect(Math.abs(b.at(0, 1) - 4 / 5.000001) <= 1e-15).toBe(true);
    expect(clipGradNorm(grads, 100)[0]).toBe(grads[0]);
    expect(() => clipGradNorm(grads, 0)).toThrow("clipGradNorm: maxNorm must be positive; got 0");
  });

  it("neither overflows nor hides what is not finite", () => {
    expect(Math.abs(gradNorm([tensor([3e200, 4e200])]) / 5e200 - 1) <= 1e-15).toBe(true);
    expect(gradNorm([tensor([1, Number.NaN])])).toBe(Number.NaN);
    expect(gradNorm([tensor([1, Number.NEGATIVE_INFINITY])])).toBe(Number.POSITIVE_INFINITY);
    expect(gradNorm([])).toBe(0);
  });
});
