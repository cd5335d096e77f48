import {
  diagonalNormal,
  Flow,
  fit,
  forwardKL,
  type History,
  parameter,
  Random,
  reverse,
  reverseKL,
  StateMismatchError,
  saveCheckpoint,
  slice,
  standardNormal,
  type Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, smallFlow } from "../support/training.ts";

const moons = twoMoons();
const x = moons.sample(300, new Random(3));

/** What fit makes of a flow of the plane in a few steps. */
async function fitted(data: Tensor, more: Partial<TrainOptions> = {}): Promise<{ history: History; bits: number[][] }> {
  const flow = smallFlow();
  const history = await fit(flow, data, { random: new Random(1), steps: 6, batchSize: 100, ...more });
  return { history, bits: bitsOf(flow.parameters) };
}

describe("fit holds a tenth of the rows back", () => {
  it("from 300 rows on: the same as validation: 0.1", async () => {
    const { history, bits } = await fitted(x);
    expect(history.heldOut).toBe(30);
    expect(history.validation).toHaveLength(3); // epochs of 2 steps: 270 rows
    expect(bits).toEqual((await fitted(x, { validation: 0.1 })).bits);
    const fewer = await fitted(slice(x, [0, 299]));
    expect(fewer.history).toMatchObject({ heldOut: 0, validation: [] });
  });

  it("with patience, which needs no more than that", async () => {
    const { history } = await fitted(x, { patience: 2, steps: 10_000, learningRate: 0.3 });
    expect(history.stopped).toBe("patience");
  });

  it("not if it is told not to, or has rows of their own", async () => {
    const all = await fitted(x, { validation: false });
    expect(all.history).toMatchObject({ heldOut: 0, validation: [] });
    const flow = smallFlow();
    const steps = [...train(flow, x, { random: new Random(1), steps: 6, batchSize: 100 })];
    expect(steps).toHaveLength(6);
    expect(all.bits).toEqual(bitsOf(flow.parameters)); // train holds nothing back
    const own = await fitted(x, { validation: moons.sample(50, new Random(4)) });
    expect(own.history.heldOut).toBe(50);
  });

  it("and train takes false, which is its default", () => {
    const [one, other] = [smallFlow(), smallFlow()];
    const options = (): TrainOptions => ({ random: new Random(1), steps: 3, batchSize: 100 });
    for (const _ of train(one, x, options()));
    for (const _ of train(other, x, { ...options(), validation: false }));
    expect(bitsOf(one.parameters)).toEqual(bitsOf(other.parameters));
  });

  it("not with another objective, where rows held back may mean nothing", async () => {
    const random = new Random(2);
    const objective: TrainOptions["objective"] = (flow, batch) =>
      reverseKL(flow, standardNormal([2]), batch.shape[0], random);
    expect((await fitted(x, { objective })).history.heldOut).toBe(0);
    expect((await fitted(x, { objective: forwardKL })).history.heldOut).toBe(30);
  });

  it("not of rows that are all the same, of which none can be spared", async () => {
    const loc = parameter([0, 0], "loc");
    const flow = new Flow(diagonalNormal({ loc, logScale: 0 }), reverse({ dimensions: 2 }));
    const same = tensor(Array.from({ length: 400 }, () => [1, 2]));
    const history = await fit(flow, same, { random: new Random(1), steps: 5 });
    expect(history).toMatchObject({ heldOut: 0, duplicates: 399, stopped: "finished" });
  });

  it("so that a checkpoint of train has to be gone on with as it was made", async () => {
    const flow = smallFlow();
    const run = train(flow, x, { random: new Random(1), steps: 4, batchSize: 100 });
    run.next();
    const resume = saveCheckpoint(run);
    await expect(fitted(x, { resume })).rejects.toThrow(StateMismatchError);
    await expect(fitted(x, { resume })).rejects.toThrow('validation is 0.1, there it was "none"');
    expect((await fitted(x, { resume, validation: false })).history.bestStep).toBe(6);
  });
});
