import {
  type Flow,
  fit,
  forwardKL,
  NonFiniteError,
  Random,
  type Step,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, run, smallFlow } from "../support/training.ts";

const moons = twoMoons();
const x = moons.sample(40, new Random(8));
const held = moons.sample(200, new Random(9));
/** A learning rate that is far too high: the best weights are seldom the last. */
const rough = (): TrainOptions => ({
  random: new Random(2),
  epochs: 60,
  batchSize: 20,
  learningRate: 0.05,
  validation: held,
});

/** The validation values of a training, epoch by epoch, as it goes on. */
function listening(): { values: number[]; onEpoch: NonNullable<TrainOptions["onEpoch"]> } {
  const values: number[] = [];
  return { values, onEpoch: ({ validation }) => values.push(validation) };
}

/** Expects that the flow has the weights that did best in these epochs, and that they were not the last. */
function expectBest(flow: Flow, values: readonly number[]): void {
  const best = Math.min(...values);
  expect(forwardKL(flow, held).item()).toBe(best);
  expect(values.at(-1)).toBeGreaterThan(best);
}

describe("the best weights are restored", () => {
  it("when the loop over the steps is broken off", () => {
    const flow = smallFlow();
    const { values, onEpoch } = listening();
    for (const { step } of train(flow, x, { ...rough(), onEpoch })) if (step === 80) break;
    expect(values).toHaveLength(40);
    expectBest(flow, values);
  });

  it("when it is broken off in the middle of an epoch, whose weights are judged first", () => {
    // with a gentle rate the last weights are the best
    const options = { ...rough(), learningRate: 1e-3 };
    const flow = smallFlow();
    let last: number[][] = [];
    for (const { step } of train(flow, x, options)) {
      last = bitsOf(flow.parameters);
      if (step === 7) break;
    }
    expect(bitsOf(flow.parameters)).toEqual(last);
  });

  it.each(["onStep", "onEpoch"] as const)("when %s throws, whose error comes out of train and of fit", async (name) => {
    const values: number[] = [];
    const options = (): TrainOptions => ({
      ...rough(),
      onEpoch: ({ epoch, validation }) => {
        values.push(validation);
        if (name === "onEpoch" && epoch === 40) throw new RangeError("mine");
      },
      onStep: ({ step }) => {
        if (name === "onStep" && step === 81) throw new RangeError("mine");
      },
    });
    const flow = smallFlow();
    expect(() => run(flow, x, options())).toThrow(new RangeError("mine"));
    expectBest(flow, values.splice(0));
    const other = smallFlow();
    await expect(fit(other, x, options())).rejects.toThrow(new RangeError("mine"));
    expectBest(other, values);
  });

  it("when the loop's body throws, and when the generator is told to", () => {
    const flow = smallFlow();
    const { values, onEpoch } = listening();
    const body = (): void => {
      for (const { step } of train(flow, x, { ...rough(), onEpoch })) if (step === 80) throw new RangeError("mine");
    };
    expect(body).toThrow(new RangeError("mine"));
    expectBest(flow, values.splice(0));

    const other = smallFlow();
    const steps = train(other, x, { ...rough(), onEpoch });
    for (let i = 0; i < 80; i++) steps.next();
    expect(() => steps.throw(new RangeError("mine"))).toThrow(new RangeError("mine"));
    expectBest(other, values);
  });

  it("when a loss is not finite", () => {
    const flow = smallFlow();
    const { values, onEpoch } = listening();
    let calls = 0;
    const objective: TrainOptions["objective"] = (f, batch, context) => {
      if (batch.shape[0] === 20) calls++;
      return calls < 81 ? forwardKL(f, batch, context) : forwardKL(f, tensor([[1e200, 0]]));
    };
    expect(() => run(flow, x, { ...rough(), onEpoch, objective })).toThrow(NonFiniteError);
    expectBest(flow, values);
  });

  it("and without validation rows the last ones stay", () => {
    const flow = smallFlow();
    let last: number[][] = [];
    for (const { step } of train(flow, x, { ...rough(), validation: undefined })) {
      last = bitsOf(flow.parameters);
      if (step === 5) break;
    }
    expect(bitsOf(flow.parameters)).toEqual(last);
  });
});

describe("validation values that are not finite", () => {
  const never = tensor([
    [1e200, 1],
    [0, 0],
  ]);
  const options = (): TrainOptions => ({ random: new Random(1), steps: 4, batchSize: 20, validation: never });

  it("end training with an error that says whose weights these are, if none was finite", () => {
    const flow = smallFlow();
    let last: number[][] = [];
    const onStep = (): void => {
      last = bitsOf(flow.parameters);
    };
    expect(() => run(flow, x, { ...options(), onStep })).toThrowError(
      expect.objectContaining({
        code: "NON_FINITE",
        op: "validation",
        step: 4,
        message: expect.stringMatching(
          /^train: the objective on the validation rows must be finite after some epoch; it was (Infinity|NaN) after the last of 2 .* step 4$/,
        ),
      }),
    );
    expect(bitsOf(flow.parameters)).toEqual(last);
  });

  it("do so out of patience, too, and when aborted the history has the step of the weights", async () => {
    await expect(fit(smallFlow(), x, { ...options(), steps: 100, patience: 3 })).rejects.toThrow(NonFiniteError);
    const controller = new AbortController();
    const onStep = ({ step }: Step): void => {
      if (step === 3) controller.abort();
    };
    const history = await fit(smallFlow(), x, { ...options(), steps: 100, signal: controller.signal, onStep });
    expect(history).toMatchObject({ stopped: "aborted", bestStep: 3 });
  });

  it("are never the best: neither −∞ nor NaN", async () => {
    const values = [3, Number.NEGATIVE_INFINITY, 2, Number.NaN, 5];
    let epoch = 0;
    const objective: TrainOptions["objective"] = (f, batch, context) => {
      const loss = forwardKL(f, batch, context);
      return batch.shape[0] === 200 ? Object.assign(loss, { item: () => values[epoch++] }) : loss;
    };
    const history = await fit(smallFlow(), x, { ...rough(), epochs: 5, objective });
    expect(history.validation).toEqual(values);
    expect(history.bestStep).toBe(6);
  });
});
