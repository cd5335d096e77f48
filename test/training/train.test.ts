import {
  actNorm,
  adam,
  adamW,
  affineCoupling,
  compose,
  detach,
  Flow,
  fit,
  forwardKL,
  grad,
  mul,
  NonFiniteError,
  type OptimizerOptions,
  type Parameter,
  parameter,
  Random,
  realNVP,
  ShapeError,
  type Step,
  sqrt,
  standardNormal,
  sum,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { applicationsBehind } from "../../src/autograd/grad.ts";

const moons = twoMoons();

function smallFlow(seed = 1): Flow {
  return realNVP({ dimensions: 2, layers: 4, hidden: [8], random: new Random(seed) });
}

function bitsOf(parameters: readonly Parameter[]): number[][] {
  return parameters.map((p) => Array.from(new Uint32Array(p.data.slice().buffer)));
}

function run(flow: Flow, x: Tensor, options: TrainOptions): Step[] {
  return [...train(flow, x, options)];
}

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
    const [shift, logScale] = flow.parameters;
    expect(Math.abs(shift.at(0) - 2) + Math.abs(shift.at(1) - 20) <= 1e-10).toBe(true);
    expect(Math.abs(logScale.at(0)) + Math.abs(logScale.at(1) - Math.log(10)) <= 1e-10).toBe(true);
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

  it("bounds the step by clipping: with plain gradient descent no longer than η·maxNorm", () => {
    const flow = smallFlow();
    const before = flow.parameters.map(detach);
    const descent = (parameters: readonly Parameter[]) => ({
      step(grads: readonly Tensor[], rate = 1): void {
        parameters.forEach((p, k) => {
          p.assign(
            new Tensor(
              p.data.map((value, i) => value - rate * grads[k].data[i]),
              p.shape,
            ),
          );
        });
      },
      state: () => ({ numbers: {}, tensors: {} }),
      restore: () => {},
    });
    run(flow, x, {
      random: new Random(2),
      steps: 1,
      learningRate: 0.5,
      clipNorm: 0.01,
      optimizer: descent,
      objective: (f, batch) => mul(forwardKL(f, batch), 1000),
    });
    let moved = 0;
    flow.parameters.forEach((p, k) => {
      if (p.name.endsWith("shift") || p.name.endsWith("logScale")) return; // these were set from the data first
      p.data.forEach((value, i) => {
        moved += (value - before[k].data[i]) ** 2;
      });
    });
    expect(Math.sqrt(moved)).toBeLessThanOrEqual(0.5 * 0.01 * (1 + 1e-12));
    expect(moved).toBeGreaterThan(0);
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

  it("never writes into a buffer that someone may hold: one step's Variables keep their bits for 100 steps more", () => {
    const flow = smallFlow();
    const held: { buffer: Float64Array; bits: number[] }[] = [];
    run(flow, x, {
      random: new Random(2),
      steps: 103,
      batchSize: 50,
      objective: (f, batch) => {
        const loss = forwardKL(f, batch);
        if (held.length > 0 || batch.shape[0] !== 50) return loss;
        const all = new Set<Tensor>([loss, ...f.parameters]);
        for (const { inputs, outputs } of applicationsBehind(loss)) {
          for (const t of [...inputs, ...outputs]) all.add(t);
        }
        for (const gradient of grad(loss, f.parameters, { createGraph: true })) {
          for (const { inputs, outputs } of applicationsBehind(gradient)) {
            for (const t of [...inputs, ...outputs]) all.add(t);
          }
        }
        for (const { data } of all) held.push({ buffer: data, bits: Array.from(new Uint32Array(data.slice().buffer)) });
        return loss;
      },
    });
    expect(held.length).toBeGreaterThan(300); // all of the forward and backward pass
    for (const { buffer, bits } of held) expect(Array.from(new Uint32Array(buffer.slice().buffer))).toEqual(bits);
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

describe("a loss or gradient that is not finite", () => {
  it("ends training with the op, the index and the step, and leaves the parameters as they were", () => {
    const flow = smallFlow();
    const x = moons.sample(100, new Random(1));
    let step = 0;
    let before: number[][] = [];
    const poisoned: TrainOptions = {
      random: new Random(1),
      steps: 10,
      batchSize: 50,
      objective: (f, batch) => {
        step++;
        before = bitsOf(f.parameters);
        const loss = forwardKL(f, batch);
        return step < 4 ? loss : mul(loss, Number.POSITIVE_INFINITY);
      },
    };
    expect(() => run(flow, x, poisoned)).toThrowError(
      expect.objectContaining({ code: "NON_FINITE", op: "mul", step: 4, index: [] }),
    );
    expect(bitsOf(flow.parameters)).toEqual(before);
  });

  it("is found in the backward pass, too", () => {
    const weight = parameter([0, 1], "weight");
    const flow = { parameters: [weight], bijection: { dataShape: [2] } } as unknown as Flow;
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    // √0 is finite, its derivative is not
    const options: TrainOptions = { random: new Random(1), steps: 3, objective: () => sum(sqrt(weight)) };
    expect(() => run(flow, x, options)).toThrowError(
      expect.objectContaining({ code: "NON_FINITE", op: "div", step: 1, index: [0] }),
    );
    expect(weight.toArray()).toEqual([0, 1]);
  });

  it("names a parameter that was broken from outside", () => {
    const flow = smallFlow();
    const x = moons.sample(100, new Random(1));
    const steps = train(flow, x, { random: new Random(1), steps: 5 });
    steps.next();
    const broken = flow.parameters.find((p) => p.name.endsWith("logScale")) as Parameter;
    broken.assign(tensor([Number.NaN, 0]));
    expect(() => steps.next()).toThrowError(
      expect.objectContaining({ op: `parameter ${broken.name}`, index: [0], step: 2 }),
    );
  });

  it("is refused by adam before any parameter has changed", () => {
    const a = parameter([1], "a");
    const b = parameter([1e308], "b");
    const optimizer = adam([a, b], { learningRate: 1e308 });
    expect(() => optimizer.step([tensor([1]), tensor([-1])])).toThrowError(
      expect.objectContaining({ op: "adam", index: [0] }),
    );
    expect([a.item(), b.item()]).toEqual([1, 1e308]);
    expect(optimizer.state().numbers).toEqual({ power1: 1, power2: 1 });
  });
});

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
