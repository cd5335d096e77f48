import {
  actNorm,
  adamW,
  Flow,
  fit,
  forwardKL,
  NonFiniteError,
  type OptimizerOptions,
  Random,
  realNVP,
  ShapeError,
  type Step,
  standardNormal,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, run, smallFlow } from "../support/training.ts";

const moons = twoMoons();

describe("train", () => {
  const x = moons.sample(500, new Random(7));

  it("lowers the objective: two moons gain more than half a nat in 150 steps", () => {
    const flow = smallFlow();
    const before = forwardKL(flow, x).item();
    run(flow, x, { random: new Random(2), steps: 150, learningRate: 1e-2 });
    const after = forwardKL(flow, x).item();
    expect(before - after).toBeGreaterThan(0.5);
  });

  it("gives the same bits for the same seed, after 500 steps, and others for another", () => {
    const trained = (seed: number): number[][] => {
      const flow = smallFlow(seed);
      run(flow, x, {
        random: new Random(seed),
        steps: 500,
        batchSize: 32,
        validation: 0.2,
        schedule: "cosine",
        clipNorm: 1,
      });
      return bitsOf(flow.parameters);
    };
    const first = trained(3);
    expect(trained(3)).toEqual(first);
    expect(trained(4)).not.toEqual(first);
  });

  it("yields one step at a time: number, loss before it, learning rate, norm of the gradient", () => {
    const flow = smallFlow();
    const steps = train(flow, x, {
      random: new Random(2),
      steps: 3,
      batchSize: 500,
      learningRate: 0.25,
      schedule: "cosine",
    });
    const untouched = bitsOf(flow.parameters);
    const first = steps.next();
    expect(first.value).toMatchObject({ step: 1, learningRate: 0.25 });
    expect(bitsOf(flow.parameters)).not.toEqual(untouched);
    const second = steps.next().value as Step;
    expect(Math.abs(second.learningRate - 0.25 * 0.75) <= 1e-15).toBe(true); // (1 + cos π/3)/2
    expect(second.gradNorm).toBeGreaterThan(0);
  });

  it("initializes the layers from data before the first step", () => {
    const flow = new Flow(standardNormal([2]), actNorm({ dimensions: 2 }));
    const data = tensor([
      [1, 10],
      [3, 30],
    ]); // mean (2, 20), population deviation (1, 10)
    train(flow, data, { random: new Random(1), steps: 1, learningRate: 1e-12 }).next();
    expect(flow.bijection.buffers.get("mean")?.toArray()).toEqual([2, 20]);
    expect(flow.bijection.buffers.get("deviation")?.toArray()).toEqual([1, 10]);
  });

  it("goes through all rows once per epoch, in a new order each time", () => {
    const seen: number[] = [];
    const rows = tensor(Array.from({ length: 12 }, (_, i) => [i, (7 * i) % 12]));
    const flow = smallFlow();
    run(flow, rows, {
      random: new Random(5),
      epochs: 2,
      batchSize: 4,
      objective: (f, batch) => {
        if (batch.shape[0] === 4) seen.push(...Array.from({ length: 4 }, (_, i) => batch.at(i, 0)));
        return forwardKL(f, batch);
      },
    });
    const sorted = (part: number[]): number[] => [...part].sort((a, b) => a - b);
    const all = Array.from({ length: 12 }, (_, i) => i);
    expect(seen).toHaveLength(24);
    expect(sorted(seen.slice(0, 12))).toEqual(all);
    expect(sorted(seen.slice(12))).toEqual(all);
    expect(seen.slice(0, 12)).not.toEqual(seen.slice(12));
  });

  it("keeps validation rows out of training, and restores the weights that did best on them", async () => {
    const flow = smallFlow();
    const held = moons.sample(200, new Random(9));
    const values: { step: number; validation: number }[] = [];
    // a learning rate that is far too high: the best weights are not the last
    const history = await fit(flow, moons.sample(40, new Random(8)), {
      random: new Random(2),
      epochs: 120,
      batchSize: 20,
      learningRate: 0.05,
      validation: held,
      onEpoch: ({ step, validation }) => values.push({ step, validation }),
    });
    const best = values.reduce((a, b) => (b.validation < a.validation ? b : a));
    expect(history.bestStep).toBe(best.step);
    expect(history.bestStep).toBeLessThan(240);
    expect(forwardKL(flow, held).item()).toBe(best.validation);
    expect(history.validation).toEqual(values.map(({ validation }) => validation));
    expect(history.train).toHaveLength(120);
  });

  it("stops when patience runs out", async () => {
    const history = await fit(smallFlow(), moons.sample(40, new Random(8)), {
      random: new Random(2),
      epochs: 10_000,
      batchSize: 20,
      learningRate: 0.05,
      validation: 0.5,
      patience: 5,
    });
    expect(history.stopped).toBe("patience");
    const { validation } = history;
    const best = validation.indexOf(validation.reduce((a, b) => Math.min(a, b)));
    expect(validation.length - 1 - best).toBe(5);
  });

  it("passes learning rate and weight decay to the optimiser, and no decay that nobody asked for", () => {
    const asked: OptimizerOptions[] = [];
    const optimizer: TrainOptions["optimizer"] = (parameters, options) => {
      asked.push(options);
      return adamW(parameters, options);
    };
    run(smallFlow(), x, { random: new Random(2), steps: 1, learningRate: 0.5, optimizer });
    run(smallFlow(), x, { random: new Random(2), steps: 1, learningRate: 0.5, optimizer, weightDecay: 0 });
    expect(asked).toEqual([{ learningRate: 0.5 }, { learningRate: 0.5, weightDecay: 0 }]);
    expect(Object.keys(asked[0])).toEqual(["learningRate"]);
  });

  it("learns a conditional density: the context reaches the nets", () => {
    const random = new Random(4);
    const N = 400;
    const context = new Tensor(random.uniform([N, 1], -1, 1).data, [N, 1]);
    const noise = random.normal([N, 2]);
    const data = new Tensor(
      noise.data.map((value, i) => 0.1 * value + 2 * context.at(Math.floor(i / 2), 0)),
      [N, 2],
    );
    const flow = realNVP({ dimensions: 2, layers: 4, hidden: [8], context: 1, random });
    run(flow, data, { random, steps: 300, learningRate: 1e-2, context, batchSize: 100 });
    // H of the conditional is ln(2πe) + 2 ln 0.1 = −1.767 nats; without the context the best is above 0
    expect(forwardKL(flow, data, context).item()).toBeLessThan(-0.5);
  });
});

describe("train refuses, before anything has changed,", () => {
  const refused = (data: Tensor, options: Partial<TrainOptions> = {}): unknown => {
    const flow = smallFlow();
    const before = bitsOf(flow.parameters);
    try {
      run(flow, data, { random: new Random(1), steps: 5, ...options });
    } catch (error) {
      expect(bitsOf(flow.parameters)).toEqual(before);
      expect(flow.bijection.buffers.get("0.initialized")?.item()).toBe(0);
      return error;
    }
    return null;
  };

  it("NaN and ∞ in the data, saying where", () => {
    const nan = refused(
      tensor([
        [1, 2],
        [3, Number.NaN],
      ]),
    );
    expect(nan).toBeInstanceOf(NonFiniteError);
    expect(nan).toMatchObject({ message: "train: data must be finite; x[1,1] = NaN", op: "x", index: [1, 1] });
    expect(
      refused(
        tensor([
          [1, 2],
          [Number.NEGATIVE_INFINITY, 1],
        ]),
      ),
    ).toMatchObject({ index: [1, 0] });
    expect(
      refused(
        tensor([
          [1, 2],
          [2, 1],
        ]),
        { validation: tensor([[Number.NaN, 1]]) },
      ),
    ).toMatchObject({ op: "validation" });
  });

  it("rows of another shape", () => {
    const error = refused(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    );
    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({ message: "train: the rows must be [B,2]; got [2,3]" });
  });

  it("no rows, one row, constant columns", () => {
    expect(refused(new Tensor(new Float64Array(0), [0, 2]))).toMatchObject({
      message: "train: needs at least two rows; got 0",
    });
    expect(refused(tensor([[1, 2]]))).toMatchObject({ message: "train: needs at least two rows; got 1" });
    expect(
      refused(
        tensor([
          [1, 2],
          [1, 3],
        ]),
      ),
    ).toMatchObject({
      message: "actNorm: every column must vary; column 0 is constant over 2 rows",
    });
  });

  it("options that make no sense", () => {
    const data = moons.sample(10, new Random(1));
    expect(refused(data, { steps: 0 })).toMatchObject({ message: "train: steps must be an integer ≥ 1; got 0" });
    expect(refused(data, { batchSize: 1.5 })).toMatchObject({ code: "DOMAIN" });
    expect(refused(data, { learningRate: Number.NaN })).toMatchObject({ code: "DOMAIN" });
    expect(refused(data, { validation: 1.2 })).toMatchObject({ code: "DOMAIN" });
    expect(refused(data, { patience: 3 })).toMatchObject({
      message: "train: patience needs validation rows; got none",
    });
  });
});
