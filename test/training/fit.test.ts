import {
  affineCoupling,
  compose,
  concat,
  Flow,
  fit,
  forwardKL,
  NonFiniteError,
  Random,
  realNVP,
  standardNormal,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { isRecording } from "../../src/autograd/rule.ts";
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

  it("changes nothing when it was aborted before: neither the flow nor random", async () => {
    const flow = smallFlow();
    const random = new Random(1);
    const [before, state] = [bitsOf(flow.parameters), random.state()];
    const options = { random, steps: 10, validation: 0.2, signal: AbortSignal.abort() };
    const history = await fit(flow, x, options);
    expect(history).toMatchObject({ stopped: "aborted", bestStep: 0, train: [], validation: [] });
    expect(bitsOf(flow.parameters)).toEqual(before);
    expect(flow.bijection.buffers.get("0.initialized")?.item()).toBe(0);
    expect(random.state()).toEqual(state);
    expect(train(flow, x, options).next()).toMatchObject({ done: true, value: { stopped: "aborted" } });
    expect(random.state()).toEqual(state);
  });

  it("refuses what is wrong with its rows even when it was aborted before", async () => {
    const options = { random: new Random(1), signal: AbortSignal.abort() };
    await expect(fit(smallFlow(), tensor([[1, 2, 3]]), options)).rejects.toThrow(
      "fit: the rows must be [B,2]; got [1,3]",
    );
  });

  it("waits for the promises of onStep and onEpoch, one after the other, before the next step", async () => {
    const heard: string[] = [];
    const later = (what: string) => async (): Promise<void> => {
      heard.push(`${what} begins`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      heard.push(`${what} ends`);
    };
    const objective: typeof forwardKL = (f, batch, context) => {
      heard.push("step");
      return forwardKL(f, batch, context);
    };
    const options = { random: new Random(1), steps: 2, batchSize: 300, objective };
    await fit(smallFlow(), x, { ...options, onStep: later("onStep"), onEpoch: later("onEpoch") });
    const one = ["step", "onStep begins", "onStep ends", "onEpoch begins", "onEpoch ends"];
    expect(heard).toEqual([...one, ...one]);
  });

  it.each(["onStep", "onEpoch"] as const)("rejects when %s does, with the best weights restored", async (name) => {
    const flow = smallFlow();
    const held = moons.sample(200, new Random(9));
    const values: number[] = [];
    const rejects = async (): Promise<void> => {
      if (values.length >= 40) throw new RangeError("mine");
    };
    const options: TrainOptions = {
      random: new Random(2),
      epochs: 60,
      batchSize: 20,
      learningRate: 0.05, // far too high: the best weights are not the last
      validation: held,
      ...(name === "onStep" ? { onStep: rejects } : {}),
      onEpoch: ({ validation }) => {
        values.push(validation);
        return name === "onEpoch" ? rejects() : undefined;
      },
    };
    await expect(fit(flow, moons.sample(40, new Random(8)), options)).rejects.toThrow(new RangeError("mine"));
    expect(values).toHaveLength(40);
    const best = Math.min(forwardKL(flow, held).item(), ...values);
    expect(forwardKL(flow, held).item()).toBe(best);
    expect(values.at(-1)).toBeGreaterThan(best);
  });

  it.each(["onStep", "onEpoch"] as const)("train, which cannot wait, refuses a promise of %s", (name) => {
    const options = { random: new Random(1), steps: 3, batchSize: 300, [name]: async () => {} };
    expect(() => train(smallFlow(), x, options).next()).toThrow(
      `train: ${name} must be synchronous; got one that returns a promise (fit waits for it)`,
    );
  });

  it("keeps copies of a row on one side of the split, counts them, and counts validation rows that are not new", async () => {
    const points = moons.sample(50, new Random(2));
    const rows = concat([points, points, points], 0); // each point three times
    const [training, held] = [new Set<number>(), new Set<number>()];
    const objective: typeof forwardKL = (f, batch, context) => {
      for (let i = 0; i < batch.shape[0]; i++) (isRecording() ? training : held).add(batch.at(i, 0));
      return forwardKL(f, batch, context);
    };
    const options = { random: new Random(1), epochs: 2, batchSize: 15, validation: 0.2, objective };
    const history = await fit(smallFlow(), rows, options);
    expect([training.size, held.size]).toEqual([40, 10]);
    for (const value of held) expect(training.has(value)).toBe(false);
    expect(history).toMatchObject({ duplicates: 100, leaked: 0 });

    const own = { random: new Random(1), steps: 1, validation: concat([points, x], 0) };
    expect(await fit(smallFlow(), rows, own)).toMatchObject({ duplicates: 100, leaked: 50 });
    expect(await fit(smallFlow(), x, { random: new Random(1), steps: 1 })).toMatchObject({ duplicates: 0, leaked: 0 });
  });

  it("keeps rows of one x together though their contexts differ", async () => {
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], context: 1, random: new Random(1) });
    const points = moons.sample(20, new Random(2));
    const context = tensor(Array.from({ length: 40 }, (_, i) => [i]));
    const sides = new Map<number, Set<boolean>>();
    const objective: typeof forwardKL = (f, batch, given) => {
      for (let i = 0; i < batch.shape[0]; i++) {
        const value = batch.at(i, 0);
        sides.set(value, (sides.get(value) ?? new Set()).add(isRecording()));
      }
      return forwardKL(f, batch, given);
    };
    const options = { random: new Random(1), epochs: 1, batchSize: 4, validation: 0.3, context, objective };
    const history = await fit(flow, concat([points, points], 0), options);
    expect(sides.size).toBe(20);
    expect([...sides.values()].every((side) => side.size === 1)).toBe(true);
    expect(history.duplicates).toBe(20);
  });

  it("cannot hold anything out of a table whose rows are all the same", async () => {
    const flow = smallFlow();
    const random = new Random(1);
    const same = tensor(Array.from({ length: 30 }, () => [1, 2]));
    await expect(fit(flow, same, { random, validation: 0.2 })).rejects.toThrow(
      "fit: holding rows out takes at least 2 different ones; got 1 (30 rows, copies of one another)",
    );
    expect(random.state()).toEqual(new Random(1).state());
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
