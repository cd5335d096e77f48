import {
  detach,
  diagonalNormal,
  elementwiseAffine,
  Flow,
  fit,
  forwardKL,
  type History,
  mul,
  type Objective,
  type Parameter,
  parameter,
  Random,
  reverse,
  type Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { AveragedWeights } from "../../src/training/averagedWeights.ts";
import { bitsOf, noted, smallFlow } from "../support/training.ts";

const moons = twoMoons();
const x = moons.sample(120, new Random(3));
const held = moons.sample(200, new Random(9));

/** Trains to the end; what is told of it, and the weights after every step. */
function trained(flow: Flow, data: Tensor, options: TrainOptions): { history: History; after: Float64Array[][] } {
  const { history, notes } = noted(flow, data, options, () => flow.parameters.map(({ data: values }) => values));
  return { history, after: notes };
}

/** (1 − d)/(1 − dᵗ) Σ dᵗ⁻ˢ θ_s, as it is written. */
function averageOf(after: readonly Float64Array[][], decay: number): number[][] {
  const t = after.length;
  return after[0].map((first, k) =>
    Array.from(first, (_, i) => {
      let [sum, norm] = [0, 0];
      for (let s = 0; s < t; s++) {
        const weight = decay ** (t - 1 - s);
        sum += weight * after[s][k][i];
        norm += weight;
      }
      return sum / norm;
    }),
  );
}

function expectClose(parameters: readonly Parameter[], expected: readonly number[][]): void {
  for (const [k, { data }] of parameters.entries()) {
    data.forEach((value, i) => {
      expect(Math.abs(value - expected[k][i]) <= 1e-13 * (1 + Math.abs(expected[k][i]))).toBe(true);
    });
  }
}

describe("averages of weights", () => {
  it("by hand, d = 1/2: of 1, 2, 4 they are 1, (1 + 2·2)/3 and (1 + 2·2 + 4·4)/7", () => {
    const average = new AveragedWeights(0.5);
    expect(average.state()).toEqual({ power: 1, values: null });
    const seen = [1, 2, 4].map((value) => {
      average.take([Float64Array.of(value)]);
      return average.state().values?.[0][0];
    });
    expect(seen).toEqual([1, 5 / 3 - 2 ** -52, 3]); // rounded once more
    expect(average.state().power).toBe(1 / 8);
  });

  it("of what does not change are what it is, to the bit", () => {
    const average = new AveragedWeights(0.9);
    for (let t = 0; t < 100; t++) average.take([Float64Array.of(0.1, -3e300)]);
    expect(average.state().values).toEqual([Float64Array.of(0.1, -3e300)]);
  });
});

describe("train with ema, without validation rows", () => {
  const options = (): TrainOptions => ({ random: new Random(2), steps: 30, batchSize: 20, learningRate: 0.02 });

  it("leaves the averages, and steps are those without ema", () => {
    const [plain, flow] = [smallFlow(), smallFlow()];
    const without = trained(plain, x, options());
    const { history, after } = trained(flow, x, { ...options(), ema: 0.8 });
    expect(after).toEqual(without.after);
    expectClose(flow.parameters, averageOf(after, 0.8));
    expect(history).toMatchObject({ weights: "averaged", heldOut: 0, bestStep: 30 });
    expect(without.history).toMatchObject({ weights: "raw", heldOut: 0 });
    expect(bitsOf(flow.parameters)).not.toEqual(bitsOf(plain.parameters));
  });

  it("also when broken off or aborted, but after an error the weights themselves", async () => {
    const flow = smallFlow();
    const after: Float64Array[][] = [];
    for (const { step } of train(flow, x, { ...options(), ema: 0.8 })) {
      after.push(flow.parameters.map(({ data }) => data));
      if (step === 7) break;
    }
    expectClose(flow.parameters, averageOf(after, 0.8));

    const controller = new AbortController();
    const other = smallFlow();
    const onStep = ({ step }: { step: number }): void => {
      if (step === 7) controller.abort();
    };
    const history = await fit(other, x, { ...options(), ema: 0.8, signal: controller.signal, onStep });
    expect(history).toMatchObject({ stopped: "aborted", weights: "averaged", bestStep: 7 });
    expect(bitsOf(other.parameters)).toEqual(bitsOf(flow.parameters));

    const failing = smallFlow();
    const fails = ({ step }: { step: number }): void => {
      if (step === 7) throw new RangeError("mine");
    };
    await expect(fit(failing, x, { ...options(), ema: 0.8, onStep: fails })).rejects.toThrow("mine");
    expect(failing.parameters.map(({ data }) => data)).toEqual(after[6]);
  });

  it("leaves the weights where the flow is not defined at the averages", () => {
    // an optimiser that goes to and fro between 2 and 1, and a flow that is defined nowhere else
    const scale = parameter([1, 1], "s");
    const jumping: TrainOptions["optimizer"] = () => {
      let steps = 0;
      return {
        step: () => scale.assign(tensor(++steps % 2 === 1 ? [2, 2] : [1, 1])),
        state: () => ({ numbers: {}, tensors: {} }),
        restore: () => {},
      };
    };
    const flow = new Flow(diagonalNormal({ loc: scale, logScale: 0 }), reverse({ dimensions: 2 }));
    const refuses = new Proxy(flow, {
      get(target, name) {
        if (name !== "logProb") return Reflect.get(target, name, target);
        return (...args: [Tensor]) => {
          if (scale.at(0) !== 1 && scale.at(0) !== 2) throw new RangeError("neither 1 nor 2");
          return target.logProb(...args);
        };
      },
    });
    const { history } = trained(refuses, x, { ...options(), steps: 4, optimizer: jumping, ema: 0.5 });
    expect(history.weights).toBe("raw");
    expect(scale.toArray()).toEqual([1, 1]);
  });
});

describe("train with ema and validation rows", () => {
  const options = (ema?: number): TrainOptions => ({
    ...{ random: new Random(2), epochs: 40, batchSize: 20, learningRate: 0.05, validation: held },
    ...(ema === undefined ? {} : { ema }),
  });

  it("judges weights and averages at the end of every epoch, and restores the better of all", () => {
    const flow = smallFlow();
    const judged: number[] = [];
    const objective: Objective = (f, batch, context) => {
      const loss = forwardKL(f, batch, context);
      if (batch.shape[0] === 200) judged.push(loss.item());
      return loss;
    };
    const { history } = trained(flow, x, { ...options(0.9), objective });
    expect(judged).toHaveLength(80);
    const lesser = history.validation.map((_, k) => Math.min(judged[2 * k], judged[2 * k + 1]));
    expect(history.validation).toEqual(lesser);
    const best = judged.indexOf(Math.min(...judged));
    expect(history.weights).toBe(best % 2 === 1 ? "averaged" : "raw");
    expect(history.weights).toBe("averaged"); // at such a rate they are far less noisy
    expect(history.bestStep).toBe(6 * (Math.floor(best / 2) + 1));
    expect(history.heldOut).toBe(200);
    expect(forwardKL(flow, held).item()).toBe(judged[best]);
  });

  it("restores weights of a step where they are better: averages lag behind", () => {
    const flow = smallFlow();
    const { history, after } = trained(flow, x, { ...options(0.99), epochs: 2, learningRate: 1e-3 });
    expect(history).toMatchObject({ weights: "raw", bestStep: 12 });
    expect(flow.parameters.map(({ data }) => data)).toEqual(after[11]);
  });

  it("counts patience by epochs, not by what is offered in them", () => {
    const { history } = trained(smallFlow(), x, { ...options(0.9), epochs: 10_000, patience: 5 });
    const best = history.validation.indexOf(Math.min(...history.validation));
    expect(history.stopped).toBe("patience");
    expect(history.validation.length - 1 - best).toBe(5);
  });

  it("judges on the side: steps are those without ema", () => {
    const without = trained(smallFlow(), x, options()).after;
    expect(trained(smallFlow(), x, options(0.9)).after).toEqual(without);
  });

  it("puts the weights back when judging averages throws", () => {
    const flow = smallFlow();
    let judgements = 0;
    let steps: Float64Array[] = [];
    const objective: Objective = (f, batch, context) => {
      if (batch.shape[0] === 200 && ++judgements === 2) throw new RangeError("mine");
      if (batch.shape[0] === 20) steps = f.parameters.map(({ data }) => data);
      return forwardKL(f, batch, context);
    };
    const run = train(flow, x, { ...options(0.9), objective });
    const bits: Float64Array[][] = [];
    expect(() => {
      for (const _ of run) bits.push(flow.parameters.map(({ data }) => data));
    }).toThrow("mine");
    expect(bits).toHaveLength(5); // the first epoch has six steps: its weights are the best, being the only ones judged
    expect(flow.parameters.map(({ data }) => data)).not.toEqual(steps);
    const again = smallFlow();
    const { after } = trained(again, x, { ...options(), epochs: 1 });
    expect(flow.parameters.map(({ data }) => data)).toEqual(after[5]);
  });

  it("notices what someone else assigns while averages are judged, and leaves it there", () => {
    const flow = smallFlow();
    const scale = flow.named().get("4.logScale") as Parameter;
    let judgements = 0;
    const objective: Objective = (f, batch, context) => {
      if (batch.shape[0] === 200 && ++judgements === 2) scale.assign(tensor([7, 8]));
      return forwardKL(f, batch, context);
    };
    const end = (more: Partial<TrainOptions>): void => {
      expect(() => trained(flow, x, { ...options(0.9), ...more, objective })).toThrow(
        /; 4\.logScale was assigned by someone else after step/,
      );
      expect(scale.toArray()).toEqual([7, 8]);
    };
    end({});
    judgements = 0;
    scale.assign(tensor([0, 0]));
    end({ epochs: undefined, steps: 3 });
  });

  it("takes no offence at what is exchanged and put back", () => {
    const objective: Objective = (f, batch, context) => {
      const own = f.parameters.map(detach);
      for (const p of f.parameters) p.assign(mul(p, 0));
      f.parameters.forEach((p, k) => {
        p.assign(own[k]);
      });
      return forwardKL(f, batch, context);
    };
    const [plain, flow] = [smallFlow(), smallFlow()];
    trained(plain, x, options(0.9));
    trained(flow, x, { ...options(0.9), objective });
    expect(bitsOf(flow.parameters)).toEqual(bitsOf(plain.parameters));
  });

  it("gives averages that are nearer to what is learned: a mean, by noisy steps", () => {
    const data = new Random(5).normal([4000, 1]);
    const mean = data.data.reduce((a, b) => a + b) / 4000;
    /** The mean square of how far off the mean is, of ten trainings. */
    const error = (more: Partial<TrainOptions>): number => {
      let total = 0;
      for (let seed = 0; seed < 10; seed++) {
        const flow = new Flow(diagonalNormal({ loc: tensor([0]), logScale: 0 }), elementwiseAffine({ dimensions: 1 }));
        trained(flow, data, { random: new Random(seed), steps: 400, batchSize: 4, learningRate: 0.05, ...more });
        total += (flow.toData(tensor([[0]])).item() - mean) ** 2;
      }
      return total / 10;
    };
    const [averaged, raw] = [error({ ema: 0.98 }), error({})]; // measured: 0.0012 and 0.012
    expect(averaged).toBeLessThan(0.3 * raw);
  });
});
