import {
  adam,
  adamW,
  DomainError,
  describeModel,
  type Flow,
  FormatError,
  fit,
  type History,
  loadFlow,
  maf,
  NonFiniteError,
  type Optimizer,
  Random,
  realNVP,
  rmsprop,
  StateMismatchError,
  saveCheckpoint,
  saveFlow,
  sgd,
  type Tensor,
  type TrainOptions,
  tensor,
  train,
} from "diffeo";
import { describe, expect, it, test } from "vitest";
import { bitsOf } from "../support/arbitraries.ts";
import { withMetadata } from "../support/modelFiles.ts";
import { timesOf } from "../support/whole.ts";

// D3: stopped, saved, opened and gone on equals never having stopped, bit for bit.

const ROWS = new Random(11).normal([23, 2]);
const CONTEXT = new Random(12).normal([23, 1]);

const makeFlow = (seed: number): Flow =>
  realNVP({ dimensions: 2, layers: 2, hidden: [4], context: 1, random: new Random(seed) });

type Options = Omit<TrainOptions, "random">;

/** What training has changed, all of it. */
interface Outcome {
  readonly history: Omit<History, "seconds">;
  readonly weights: (bigint | number)[][];
  readonly buffers: unknown;
  readonly random: unknown;
  readonly losses: number[];
}

/** Trains up to that step, saves, and goes on with new objects; or to the end, for null. */
function outcomeOf(options: Options, stopAt: number | null, how: "paused" | "broken off"): Outcome {
  let flow = makeFlow(1);
  let random = new Random(2);
  let run = train(flow, ROWS, { ...options, random });
  const losses: number[] = [];
  let next: IteratorResult<{ loss: number }, History> | undefined;
  if (stopAt !== null) {
    for (let k = 0; k < stopAt; k++) {
      next = run.next();
      if (next.done) throw new Error("stopped too late");
      losses.push(next.value.loss);
    }
    if (how === "broken off") run.return(undefined as never);
    const bytes = saveCheckpoint(run);
    expect(describeModel(bytes).checkpoint).toBe(true);
    flow = makeFlow(99); // weights of its own
    random = new Random(98);
    run = train(flow, ROWS, { ...options, random, resume: bytes });
  }
  for (;;) {
    const result = run.next();
    if (!result.done) {
      losses.push(result.value.loss);
      continue;
    }
    const { seconds, ...history } = result.value;
    expect(seconds).toBeGreaterThanOrEqual(0);
    return {
      history,
      losses,
      weights: flow.parameters.map(bitsOf) as never,
      buffers: [...flow.bijection.buffers],
      random: random.state(),
    };
  }
}

const OPTIMIZERS: Readonly<Record<string, Options>> = {
  adam: { optimizer: adam },
  "adam with amsgrad": { optimizer: (parameters, options) => adam(parameters, { ...options, amsgrad: true }) },
  adamW: { optimizer: adamW, weightDecay: 0.1 },
  sgd: { optimizer: sgd },
  "sgd with momentum": { optimizer: (parameters, options) => sgd(parameters, { ...options, momentum: 0.9 }) },
  rmsprop: { optimizer: rmsprop },
  "rmsprop, centred": { optimizer: (parameters, options) => rmsprop(parameters, { ...options, centered: true }) },
};

const STEPS = 13; // epochs of 4 or 5 batches: the last is cut off

describe("stopped and gone on is never stopped, to the bit", () => {
  const settings: Readonly<Record<string, Options>> = {
    "without validation": { batchSize: 5, steps: STEPS, schedule: "cosine", context: CONTEXT },
    "with validation and clipping": {
      ...{ batchSize: 4, steps: STEPS, validation: 0.25, clipNorm: 0.5, learningRate: 0.05, context: CONTEXT },
    },
    "with averages": { batchSize: 5, steps: STEPS, ema: 0.7, context: CONTEXT },
    "with averages and validation": {
      ...{ batchSize: 4, steps: STEPS, validation: 0.25, ema: 0.7, learningRate: 0.05, context: CONTEXT },
    },
    "with patience": { batchSize: 8, steps: STEPS, validation: 0.3, patience: 2, learningRate: 0.2, context: CONTEXT },
  };
  for (const [what, setting] of Object.entries(settings)) {
    describe(what, () => {
      it.each(Object.entries(OPTIMIZERS))("%s", (_name, optimizer) => {
        const options = { ...setting, ...optimizer };
        const whole = outcomeOf(options, null, "paused");
        const steps = whole.losses.length;
        const places = new Set([0, 1, 3, Math.floor(steps / 2), steps - 1, steps]);
        for (const stopAt of places) {
          for (const how of ["paused", "broken off"] as const) {
            if (stopAt === 0 && how === "broken off") continue; // nothing had begun
            expect(outcomeOf(options, stopAt, how), `${how} after step ${stopAt}`).toEqual(whole);
          }
        }
      });
    });
  }

  it("at any step, of any settings", () => {
    const random = new Random(20_261_129);
    const below = (n: number): number => random.integers([1], n).at(0);
    const optimizers = Object.values(OPTIMIZERS);
    for (let k = 0; k < timesOf(1000); k++) {
      const options: Options = {
        ...optimizers[below(optimizers.length)],
        ...{ batchSize: 1 + below(25), steps: 1 + below(12), context: CONTEXT },
        ...(below(2) === 0 ? { validation: 0.1 + 0.3 * random.uniform([1]).at(0) } : {}),
        ...(below(3) === 0 ? { schedule: "cosine" } : {}),
        ...(below(3) === 0 ? { ema: 0.9 } : {}),
        learningRate: 10 ** -(1 + below(3)),
      };
      const whole = outcomeOf(options, null, "paused");
      const stopAt = below(whole.losses.length + 1);
      const how = stopAt > 0 && below(2) === 0 ? "broken off" : "paused";
      expect(outcomeOf(options, stopAt, how), `${JSON.stringify(options)} at ${stopAt}`).toEqual(whole);
    }
  });

  it("also many times over, and on to more steps than were asked for at first", () => {
    const options: Options = { batchSize: 5, validation: 0.2, context: CONTEXT };
    const whole = outcomeOf({ ...options, steps: 17 }, null, "paused");
    let flow = makeFlow(1);
    let random = new Random(2);
    let run = train(flow, ROWS, { ...options, steps: 3, random });
    for (const steps of [7, 8, 17]) {
      const done = [...run].length;
      expect(done).toBeGreaterThan(0);
      const resume = saveCheckpoint(run);
      flow = makeFlow(steps);
      random = new Random(steps);
      run = train(flow, ROWS, { ...options, steps, random, resume });
    }
    let result = run.next();
    while (!result.done) result = run.next();
    expect(flow.parameters.map(bitsOf)).toEqual(whole.weights);
    expect(result.value).toMatchObject(whole.history);
  });
});

test("fit can be saved, by the promise that it returns, and goes on", async () => {
  const options = { batchSize: 5, steps: 9, context: CONTEXT };
  const whole = outcomeOf(options, null, "paused");
  const controller = new AbortController();
  const flow = makeFlow(1);
  const onStep = ({ step }: { step: number }): void => {
    if (step === 4) controller.abort();
  };
  const run = fit(flow, ROWS, { ...options, random: new Random(2), signal: controller.signal, onStep });
  expect((await run).stopped).toBe("aborted");
  const again = makeFlow(5);
  const history = await fit(again, ROWS, { ...options, random: new Random(6), resume: saveCheckpoint(run) });
  expect(again.parameters.map(bitsOf)).toEqual(whole.weights);
  expect(history).toMatchObject(whole.history);
});

test("a checkpoint is a model file: the flow as it is when it is saved", () => {
  const flow = makeFlow(1);
  const run = train(flow, ROWS, {
    random: new Random(2),
    steps: 6,
    context: CONTEXT,
    validation: 0.3,
    learningRate: 0.3,
  });
  run.next();
  const [x, context] = [tensor([[0.3, -1]]), tensor([[2]])];
  const midway = loadFlow(saveCheckpoint(run, { seed: 3 }));
  expect(bitsOf(midway.score(x, context))).toEqual(bitsOf(flow.score(x, context)));
  expect([...run]).toHaveLength(5);
  const best = loadFlow(saveCheckpoint(run));
  expect(bitsOf(best.score(x, context))).toEqual(bitsOf(flow.score(x, context)));
  expect(saveCheckpoint(run)).toEqual(saveCheckpoint(run));
});

describe("train with resume", () => {
  const options = { batchSize: 5, steps: 8, context: CONTEXT };
  const saved = (more: Partial<TrainOptions> = {}, flow = makeFlow(1), x: Tensor = ROWS): Uint8Array => {
    const run = train(flow, x, { ...options, ...more, random: new Random(2) });
    run.next();
    return saveCheckpoint(run);
  };
  const goOn = (resume: Uint8Array, more: Partial<TrainOptions> = {}, flow = makeFlow(1), x: Tensor = ROWS): unknown =>
    train(flow, x, { ...options, ...more, random: new Random(2), resume }).next();

  it("refuses a checkpoint of another flow, of other data or settings, and changes nothing", () => {
    const bytes = saved();
    const other = maf({ dimensions: 2, layers: 2, hidden: [4], context: 1, random: new Random(1) });
    const before = other.parameters.map(bitsOf);
    expect(() => goOn(bytes, {}, other)).toThrow(StateMismatchError);
    expect(() => goOn(bytes, {}, other)).toThrow("the architecture of the flow is another");
    expect(other.parameters.map(bitsOf)).toEqual(before);
    expect(() => goOn(bytes, {}, makeFlow(1), new Random(3).normal([23, 2]))).toThrow(
      "the rows, their contexts, their weights or",
    );
    expect(() => goOn(bytes, { context: tensor([[1]]) })).toThrow(
      "the rows, their contexts, their weights or the validation rows are others",
    );
    expect(() => goOn(bytes, { batchSize: 6, validation: 0.2 })).toThrow(
      expect.objectContaining({
        code: "STATE_MISMATCH",
        differences: ["batchSize is 6, there it was 5", 'validation is 0.2, there it was "none"'],
      }),
    );
    expect(() => goOn(bytes, { ema: 0.9 })).toThrow('ema is 0.9, there it was "none"');
    expect(() => goOn(saved({ ema: 0.8 }))).toThrow("ema is none, there it was 0.8");
    const fresh = makeFlow(7);
    const random = new Random(7);
    const [weights, state] = [fresh.parameters.map(bitsOf), random.state()];
    expect(() => train(fresh, ROWS, { ...options, random, resume: bytes, optimizer: sgd }).next()).toThrow(
      StateMismatchError,
    );
    expect([fresh.parameters.map(bitsOf), random.state()]).toEqual([weights, state]);
    expect(goOn(bytes, { learningRate: 0.5, clipNorm: 1, schedule: "cosine" })).toMatchObject({ done: false });
  });

  it("refuses what is no checkpoint, and one that was changed", () => {
    const bytes = saved({ ema: 0.9 });
    expect(() => goOn(saveFlow(makeFlow(1)))).toThrow(FormatError);
    expect(() => goOn(saveFlow(makeFlow(1)))).toThrow("diffeo.training");
    const changed = bytes.slice();
    changed[changed.length - 1] ^= 1;
    expect(() => goOn(changed)).toThrow(FormatError);
    expect(() => goOn(new Uint8Array(3))).toThrow(FormatError);
    expect(() => goOn("checkpoint" as never)).toThrow(DomainError);
    const text = JSON.parse(new TextDecoder().decode(bytes).match(/"diffeo\.training":("(?:[^"\\]|\\.)*")/)?.[1] ?? "");
    const training = JSON.parse(text);
    for (const field of Object.keys(training)) {
      for (const strange of [undefined, null, -1, "x", { a: [] }]) {
        const spoilt = withMetadata(bytes, "diffeo.training", JSON.stringify({ ...training, [field]: strange }));
        let error: unknown = null;
        try {
          goOn(spoilt);
        } catch (thrown) {
          error = thrown;
        }
        const known =
          error instanceof FormatError || error instanceof StateMismatchError || error instanceof DomainError;
        expect(
          known || (field === "batches" && strange === null),
          `${field}: ${JSON.stringify(strange)}: ${error}`,
        ).toBe(true);
      }
    }
  });
});

describe("saveCheckpoint", () => {
  it("refuses what is no training, one that failed, and optimisers without a state", () => {
    for (const wrong of [undefined, null, 3, {}, [], makeFlow(1)])
      expect(() => saveCheckpoint(wrong as never)).toThrow(DomainError);
    const own = (parameters: readonly { assign(x: Tensor): void }[]): Optimizer =>
      ({ step: () => expect(parameters.length).toBeGreaterThan(0) }) as unknown as Optimizer;
    const run = train(makeFlow(1), ROWS, {
      random: new Random(1),
      context: CONTEXT,
      steps: 2,
      optimizer: own as never,
    });
    run.next();
    expect(() => saveCheckpoint(run)).toThrow("the optimizer must have methods state and restore");
    const failing = train(makeFlow(1), ROWS, {
      random: new Random(1),
      context: CONTEXT,
      steps: 9,
      learningRate: 1e300,
    });
    expect(() => [...failing]).toThrow(NonFiniteError);
    expect(() => saveCheckpoint(failing)).toThrow("a training that has failed cannot go on");
  });
});
