import {
  DiffeoError,
  type Draw,
  type Flow,
  fit,
  forwardKL,
  type History,
  NonFiniteError,
  Random,
  realNVP,
  ShapeError,
  StateMismatchError,
  saveCheckpoint,
  standardNormal,
  sum,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, noted, smallFlow } from "../support/training.ts";

const moons = twoMoons();
const draw: Draw = (n, random) => moons.sample(n, random);

/** Trains to the end; the history, and the losses. */
function trained(flow: Flow, x: Tensor | Draw, options: TrainOptions): { history: History; losses: number[] } {
  const { history, notes } = noted(flow, x, options, ({ loss }) => loss);
  return { history, losses: notes };
}

describe("a function that draws rows", () => {
  it("is asked for 1,024 first, and for a batch in every step, with the random of the options", () => {
    const asked: number[] = [];
    const options = { random: new Random(1), steps: 3, batchSize: 50 };
    const noting: Draw = (n, random) => {
      expect(random).toBe(options.random);
      asked.push(n);
      return draw(n, random);
    };
    trained(smallFlow(), noting, options);
    expect(asked).toEqual([1024, 50, 50, 50]);
    trained(smallFlow(), noting, { ...options, batchSize: 2000, steps: 1 });
    expect(asked.slice(4)).toEqual([2000, 2000]);
  });

  it("gives the layers their statistics, by what it draws first", () => {
    const flow = smallFlow();
    const first = moons.sample(1024, new Random(4));
    train(flow, draw, { random: new Random(4), steps: 1, learningRate: 1e-12 }).next();
    const mean = flow.bijection.buffers.get("0.mean");
    const expected = [0, 1].map((j) => sum(first, 0).at(j) / 1024);
    expect(mean?.toArray()).toEqual([expect.closeTo(expected[0], 12), expect.closeTo(expected[1], 12)]);
  });

  it("learns: two moons that never repeat come within 0.4 nats of the exact density", async () => {
    const flow = realNVP({ dimensions: 2, layers: 6, hidden: [16], random: new Random(1) });
    const options = {
      random: new Random(2),
      steps: 400,
      batchSize: 128,
      learningRate: 1e-2,
      schedule: "cosine",
    } as const;
    const history = await fit(flow, draw, options);
    const fresh = moons.sample(2000, new Random(3));
    const exact = -sum(moons.logProb(fresh)).item() / 2000;
    expect(forwardKL(flow, fresh).item() - exact).toBeLessThan(0.4); // measured: 0.31, and 1.03 before
    expect(history).toMatchObject({ duplicates: 0, leaked: 0, heldOut: 0, stopped: "finished", bestStep: 400 });
    expect(history.train).toHaveLength(4); // an epoch is 100 steps
  });

  it("has epochs of 100 steps, the last cut off, at whose ends validation rows are judged", () => {
    const epochs: { epoch: number; step: number }[] = [];
    const validation = moons.sample(64, new Random(9));
    const { history, losses } = trained(smallFlow(), draw, {
      ...{ random: new Random(1), steps: 250, batchSize: 8, validation, ema: 0.9 },
      onEpoch: ({ epoch, step }) => epochs.push({ epoch, step }),
    });
    expect(epochs).toEqual([100, 200, 250].map((step, k) => ({ epoch: k + 1, step })));
    expect(history.validation).toHaveLength(3);
    expect(history.heldOut).toBe(64);
    const mean = losses.slice(200).reduce((a, b) => a + b) / 50;
    expect(Math.abs(history.train[2] - mean) <= 1e-12).toBe(true);
    const patient = trained(smallFlow(), draw, {
      ...{ random: new Random(1), steps: 100_000, batchSize: 8, validation, patience: 1, learningRate: 0.1 },
    });
    expect(patient.history.stopped).toBe("patience");
  });

  it("may give a context for each row", () => {
    const conditional: Draw = (n, random) => {
      const context = random.uniform([n, 1], -1, 1);
      const noise = random.normal([n, 2]);
      const x = new Tensor(
        noise.data.map((value, i) => 0.1 * value + 2 * context.at(Math.floor(i / 2), 0)),
        [n, 2],
      );
      return { x, context };
    };
    const flow = realNVP({ dimensions: 2, layers: 4, hidden: [8], context: 1, random: new Random(4) });
    trained(flow, conditional, { random: new Random(4), steps: 300, batchSize: 100, learningRate: 1e-2 });
    const { x, context } = conditional(500, new Random(5)) as { x: Tensor; context: Tensor };
    expect(forwardKL(flow, x, context).item()).toBeLessThan(-0.5); // without the context the best is above 0
  });

  it("may use its arrays again", () => {
    const arrays = new Map<number, Float64Array>();
    const again: Draw = (n, random) => {
      const array = arrays.get(n) ?? new Float64Array(2 * n);
      arrays.set(n, array);
      array.set(moons.sample(n, random).data);
      return new Tensor(array, [n, 2]);
    };
    const run = train(smallFlow(), again, { random: new Random(1), steps: 5, batchSize: 20 });
    run.next();
    const saved = saveCheckpoint(run);
    for (const array of arrays.values()) array.fill(Number.NaN);
    expect(saveCheckpoint(run)).toEqual(saved);
  });
});

describe("training on drawn rows that is stopped and gone on with", () => {
  const settings: Partial<TrainOptions>[] = [
    {},
    { ema: 0.9, clipNorm: 1, schedule: "cosine" },
    { ema: 0.9, validation: moons.sample(40, new Random(8)), learningRate: 0.05 },
  ];
  it.each(settings.map((setting, k) => [k, setting] as const))(
    "is never stopped, to the bit (settings %i)",
    (_, setting) => {
      const options = (seed: number): TrainOptions => ({
        random: new Random(seed),
        steps: 230,
        batchSize: 8,
        ...setting,
      });
      const outcome = (flow: Flow, random: Random, history: History): unknown => {
        const { seconds, ...rest } = history;
        return {
          bits: bitsOf(flow.parameters),
          buffers: [...flow.bijection.buffers],
          state: random.state(),
          ...rest,
        };
      };
      const whole = smallFlow();
      const ofWhole = options(1);
      const expected = outcome(whole, ofWhole.random, trained(whole, draw, ofWhole).history);
      for (const stopAt of [0, 1, 117, 230]) {
        const run = train(smallFlow(), draw, options(1));
        for (let k = 0; k < stopAt; k++) run.next();
        const again = smallFlow(77);
        const ofAgain = { ...options(66), resume: saveCheckpoint(run) };
        expect(outcome(again, ofAgain.random, trained(again, draw, ofAgain).history), `after ${stopAt}`).toEqual(
          expected,
        );
      }
    },
  );

  it("is refused for a function that draws others, or for a table; nothing changes", () => {
    const options = { steps: 5, batchSize: 8 };
    const run = train(smallFlow(), draw, { ...options, random: new Random(1) });
    run.next();
    const resume = saveCheckpoint(run);
    const [flow, random] = [smallFlow(5), new Random(6)];
    const [before, state] = [bitsOf(flow.parameters), random.state()];
    const goOn = (x: Tensor | Draw) => (): unknown => train(flow, x, { ...options, random, resume }).next();
    let calls = 0;
    for (const other of [
      (n: number, r: Random) => standardNormal([2]).sample(n, r),
      () => moons.sample(1024, new Random(10 + ++calls)),
    ]) {
      expect(goOn(other)).toThrow(StateMismatchError);
      expect(goOn(other)).toThrow("the function draws other rows from the same state of random");
    }
    expect(goOn(moons.sample(50, new Random(1)))).toThrow(
      "the rows, their contexts, their weights or the validation rows are others",
    );
    expect([bitsOf(flow.parameters), random.state()]).toEqual([before, state]);
    const ofTable = train(smallFlow(), moons.sample(50, new Random(1)), { ...options, random: new Random(1) });
    ofTable.next();
    const table = saveCheckpoint(ofTable);
    expect(() => train(flow, draw, { ...options, random, resume: table }).next()).toThrow(StateMismatchError);
    expect(goOn(draw)()).toMatchObject({ value: { step: 2 } });
  });
});

describe("what is drawn is checked in every step:", () => {
  /** The error of a training whose function draws this in its call number `at`; the calls begin with 0, before the first step. */
  const ended = (
    at: number,
    spoilt: (n: number) => unknown,
  ): { error: Error & { step?: number }; flow: Flow; random: Random } => {
    const [flow, random] = [smallFlow(), new Random(1)];
    let calls = 0;
    const drawing = (n: number, r: Random): unknown => (calls++ === at ? spoilt(n) : draw(n, r));
    try {
      trained(flow, drawing as Draw, { random, steps: 5, batchSize: 4 });
    } catch (error) {
      return { error: error as Error, flow, random };
    }
    throw new Error("nothing was refused");
  };
  const rows = (n: number, columns: number, value = 1): Tensor =>
    new Tensor(new Float64Array(n * columns).fill(value), [n, columns]);

  it("rows of another shape, too few, not finite, or none, by errors that name the step", () => {
    const shape = ended(3, (n) => rows(n, 3)).error;
    expect(shape).toBeInstanceOf(ShapeError);
    expect(shape.message).toBe("train: the rows must be [B,2]; got [4,3] in step 3");
    const nan = ended(2, (n) => rows(n, 2, Number.NaN)).error;
    expect(nan).toBeInstanceOf(NonFiniteError);
    expect(nan).toMatchObject({ message: "train: data must be finite; x[0,0] = NaN in step 2", step: 2, op: "x" });
    expect(ended(1, (n) => rows(n - 1, 2)).error.message).toBe(
      "train: the function must draw as many rows as it is asked for, 4; got 3 in step 1",
    );
    expect(ended(2, (n) => ({ x: rows(n, 2), context: rows(3, 1) })).error.message).toBe(
      "train: context must be [4,C] or [1,C]; got [3,1] in step 2",
    );
    for (const none of [undefined, null, [[1, 2]], Promise.resolve(rows(4, 2)), { y: rows(4, 2) }, 3]) {
      const { error } = ended(2, () => none);
      expect(error).toBeInstanceOf(DiffeoError);
      expect(error.message).toMatch(/^train: the function must draw rows at once, a Tensor .* in step 2$/);
    }
  });

  it("and before the first, where neither flow nor random has changed", () => {
    const { error, flow, random } = ended(0, (n) => rows(n, 3));
    expect(error.message).toBe("train: the rows must be [B,2]; got [1024,3] before step 1");
    expect(bitsOf(flow.parameters)).toEqual(bitsOf(smallFlow().parameters));
    expect(random.state()).toEqual(new Random(1).state());
  });

  it("and what the function throws comes out, with the weights of the step before", () => {
    const { error, flow } = ended(4, () => {
      throw new RangeError("mine");
    });
    expect(error).toMatchObject({ name: "RangeError", message: "mine" });
    const three = smallFlow();
    trained(three, draw, { random: new Random(1), steps: 3, batchSize: 4 });
    expect(bitsOf(flow.parameters)).toEqual(bitsOf(three.parameters));
  });
});

describe("with drawn rows train refuses at its call", () => {
  it.each<[string, object, string]>([
    ["epochs", { epochs: 3 }, "train: rows that a function draws have no epochs (say steps); got 3"],
    [
      "a context",
      { context: tensor([[1]]) },
      "train: rows that a function draws come with their contexts, as { x, context }; got Tensor [1,1]",
    ],
    [
      "a fraction for validation",
      { validation: 0.1 },
      "train: rows that a function draws have no fraction for validation (give rows of their own); got 0.1",
    ],
    ["patience without rows", { patience: 2 }, "train: patience needs validation rows; got none"],
  ])("%s", (_, options, message) => {
    expect(() => train(smallFlow(), draw, { random: new Random(1), ...options })).toThrow(message);
  });
});
