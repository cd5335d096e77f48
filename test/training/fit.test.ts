import { affineCoupling, compose, Flow, fit, NonFiniteError, Random, standardNormal, tensor, twoMoons } from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, smallFlow } from "../support/training.ts";

const moons = twoMoons();

describe("fit", () => {
  const x = moons.sample(300, new Random(3));

  it("resolves when aborted, with the best weights so far, those not yet judged included", async () => {
    const flow = smallFlow();
    const controller = new AbortController();
    const history = await fit(flow, x, {
      random: new Random(1),
      steps: 100_000,
      batchSize: 32,
      validation: 0.2,
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 20) controller.abort();
      },
    });
    expect(history.stopped).toBe("aborted");
    expect(history.bestStep).toBeGreaterThanOrEqual(7);
    expect(history.bestStep).toBeLessThanOrEqual(20);
  });

  it("lets the event loop turn: a timer can abort it", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const history = await fit(smallFlow(), x, { random: new Random(1), steps: 1_000_000, signal: controller.signal });
    expect(history.stopped).toBe("aborted");
  });

  it("makes no step when it was aborted before", async () => {
    const flow = smallFlow();
    flow.bijection.initialize?.(x);
    const before = bitsOf(flow.parameters);
    const history = await fit(flow, x, { random: new Random(1), steps: 10, signal: AbortSignal.abort() });
    expect(history).toMatchObject({ stopped: "aborted", bestStep: 0, train: [], validation: [] });
    expect(bitsOf(flow.parameters)).toEqual(before);
  });

  it("works with a flow whose inverse throws: only sampling needs it", async () => {
    const layer = affineCoupling({ dimensions: 2, hidden: [4], random: new Random(1) });
    const oneWay = {
      ...layer,
      inverse: () => {
        throw new Error("no inverse");
      },
    };
    const history = await fit(new Flow(standardNormal([2]), compose(oneWay)), x, { random: new Random(1), steps: 5 });
    expect(history.stopped).toBe("finished");
  });

  it("rejects what train throws", async () => {
    await expect(
      fit(
        smallFlow(),
        tensor([
          [Number.NaN, 1],
          [1, 2],
        ]),
        { random: new Random(1) },
      ),
    ).rejects.toThrow(NonFiniteError);
  });
});
