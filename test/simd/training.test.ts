import { fit, type Parameter, Random, realNVP, twoMoons, useKernels } from "diffeo";
import { afterEach, expect, it } from "vitest";

afterEach(() => {
  useKernels("simd");
});

it("500 steps of training end at the same parameters, to the bit, on plain loops and in WebAssembly", async () => {
  const trained = async (kernels: "plain" | "simd"): Promise<readonly Parameter[]> => {
    expect(useKernels(kernels)).toBe(kernels);
    const random = new Random(1);
    const flow = realNVP({ dimensions: 2, layers: 3, hidden: [24, 24], random });
    await fit(flow, twoMoons().sample(600, random), { random, steps: 500, batchSize: 64, clipNorm: 5 });
    return flow.parameters;
  };
  const plain = await trained("plain");
  const simd = await trained("simd");
  expect(plain.some(({ data }) => data.some((value) => value !== 0))).toBe(true);
  expect(simd.map(({ data }) => data)).toEqual(plain.map(({ data }) => data));
});
