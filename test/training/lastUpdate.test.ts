import {
  adam,
  type Distribution,
  DomainError,
  detach,
  diagonalNormal,
  Flow,
  fit,
  forwardKL,
  laplace,
  layer,
  log,
  logistic,
  mixture,
  mul,
  multivariateNormal,
  NonFiniteError,
  type Optimizer,
  type Parameter,
  parameter,
  Random,
  reverse,
  studentT,
  sub,
  sum,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
  uniform,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, run, smallFlow } from "../support/training.ts";

/** Small points: scales that start at 1 are to shrink, and with such steps some become negative. */
const x = mul(new Random(3).normal([200, 2]), 0.01);
const steep = (): TrainOptions => ({ random: new Random(1), steps: 200, batchSize: 200, learningRate: 0.05 });
const ones = (name: string): Parameter => parameter([1, 1], name);
const over = (base: Distribution): Flow => new Flow(base, reverse({ dimensions: 2 }));

/** What a training throws. */
function thrownBy(training: () => unknown): Error {
  try {
    training();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** Trains with an optimiser that writes down how the parameters were before each of its steps. */
function watched(
  flow: Flow,
  data: Tensor,
  options: TrainOptions,
): { error: Error; before: number[][][]; made: Optimizer } {
  const before: number[][][] = [];
  let made: Optimizer | undefined;
  const optimizer: TrainOptions["optimizer"] = (parameters, given) => {
    const inner = adam(parameters, given);
    made = inner;
    return {
      ...inner,
      step(grads, rate) {
        before.push(bitsOf(parameters));
        inner.step(grads, rate);
      },
    };
  };
  const error = thrownBy(() => run(flow, data, { ...options, optimizer }));
  return { error, before, made: made as Optimizer };
}

const BASES: readonly [string, () => Distribution, RegExp, Partial<TrainOptions>?][] = [
  ["the scale of a Laplace distribution", () => laplace({ loc: 0, scale: ones("s") }), /base\.s so.*/],
  ["the scale of a logistic distribution", () => logistic({ loc: zero(), scale: ones("s") }), /base\.s so/],
  ["the scale of Student's t", () => studentT({ df: 3, loc: zero(), scale: ones("s") }), /base\.s so/],
  [
    "the factor of a covariance",
    () => multivariateNormal({ loc: 0, scaleTril: parameter([[1, 0], [0, 1]], "L") }), // biome-ignore format: a matrix
    /base\.L so/,
    { learningRate: 0.7 }, // the gradient is gentle: it takes a long step to get beyond 0
  ],
  [
    "a scale in a mixture",
    () =>
      mixture({
        logits: parameter([0, 0], "logits"),
        components: [
          laplace({ loc: 0, scale: ones("s") }),
          diagonalNormal({ loc: zero(), logScale: parameter([0, 0]) }),
        ],
      }),
    /base\.components\.0\.s so/,
  ],
];

function zero(): Tensor {
  return tensor([0, 0]);
}

describe("a step that leaves the domain is taken back:", () => {
  it.each(BASES)("%s", (_, base, name, rate) => {
    const flow = over(base());
    const { error, before, made } = watched(flow, x, { ...steep(), ...rate });
    expect(error).toBeInstanceOf(DomainError);
    expect(error.message).toMatch(
      /^train: parameters must stay where the flow is defined; .* must be .*positive.* was taken back \(lower/,
    );
    expect(error.message).toMatch(name);
    expect(error.message).toContain(`step ${before.length} changed`);
    expect(error.cause).toBeInstanceOf(DomainError);
    expect(bitsOf(flow.parameters)).toEqual(before[before.length - 1]);
    expect(Number.isFinite(forwardKL(flow, x).item())).toBe(true);
    // the optimiser, too, is as after one step less
    let undisturbed: Optimizer | undefined;
    const optimizer: TrainOptions["optimizer"] = (parameters, given) => {
      undisturbed = adam(parameters, given);
      return undisturbed;
    };
    run(over(base()), x, { ...steep(), ...rate, steps: before.length - 1, optimizer });
    expect(made.state()).toEqual(undisturbed?.state());
  });

  it("the last one, too, after which nobody evaluates the flow", () => {
    const { before } = watched(over(laplace({ loc: 0, scale: ones("s") })), x, steep());
    const flow = over(laplace({ loc: 0, scale: ones("s") }));
    const { error } = watched(flow, x, { ...steep(), steps: before.length });
    expect(error.message).toContain(`step ${before.length} changed base.s so, and was taken back`);
    expect(bitsOf(flow.parameters)).toEqual(before[before.length - 1]);
    const shorter = over(laplace({ loc: 0, scale: ones("s") }));
    expect(run(shorter, x, { ...steep(), steps: before.length - 1 })).toHaveLength(before.length - 1);
  });

  it("however training ends: aborted, broken off, or out of patience", async () => {
    const { before } = watched(over(laplace({ loc: 0, scale: ones("s") })), x, steep());
    const bad = before.length;
    const controller = new AbortController();
    const onStep = ({ step }: { step: number }): void => {
      if (step === bad) controller.abort();
    };
    const flow = over(laplace({ loc: 0, scale: ones("s") }));
    const { signal } = controller;
    await expect(fit(flow, x, { ...steep(), signal, onStep })).rejects.toThrow(`step ${bad} changed base.s`);
    expect(bitsOf(flow.parameters)).toEqual(before[bad - 1]);

    const other = over(laplace({ loc: 0, scale: ones("s") }));
    const broken = (): void => {
      for (const { step } of train(other, x, { ...steep() })) if (step === bad) break;
    };
    expect(broken).toThrow(`step ${bad} changed base.s`);
    expect(bitsOf(other.parameters)).toEqual(before[bad - 1]);
  });

  it("with validation rows the best weights are restored", () => {
    const flow = over(laplace({ loc: 0, scale: ones("s") }));
    const values: number[] = [];
    const onEpoch = ({ validation }: { validation: number }): void => {
      values.push(validation);
    };
    const options = { ...steep(), validation: x, onEpoch };
    expect(() => run(flow, x, options)).toThrow(/was taken back/);
    expect(forwardKL(flow, x).item()).toBe(Math.min(...values));
  });

  it("with an optimiser of somebody else, who cannot take steps back", () => {
    const flow = over(laplace({ loc: 0, scale: ones("s") }));
    const descent: TrainOptions["optimizer"] = (parameters) => ({
      step: (grads, rate = 1) =>
        parameters.forEach((p, k) => {
          p.assign(detach(sub(p, mul(grads[k], rate))));
        }),
      state: () => ({ numbers: {}, tensors: {} }),
      restore: () => {},
    });
    const scales: number[] = [];
    const onStep = (): void => {
      scales.push(flow.parameters[0].at(0));
    };
    const options = { ...steep(), learningRate: 0.3, optimizer: descent, onStep };
    expect(() => run(flow, x, options)).toThrow(/changed base\.s so, and was taken back/);
    expect(flow.parameters[0].at(0)).toBe([1, ...scales].at(-2));
    expect(scales.at(-1)).toBeLessThan(0.1);
  });

  it("bounds that leave the data outside, and anything else that is not finite any more, by a NonFiniteError", () => {
    const low = parameter([-1, -1], "low");
    const flow = over(uniform({ low, high: tensor([1, 1]) }));
    const { error, before } = watched(flow, x, steep());
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error).toMatchObject({ step: before.length + 1 });
    expect(error.message).toContain(`step ${before.length} changed base.low so, and was taken back`);
    expect(bitsOf([low])).toEqual(before[before.length - 1]);
    expect(Number.isFinite(forwardKL(flow, x).item())).toBe(true);
  });

  it("a layer of somebody else whose parameter leaves its domain", () => {
    const rate = ones("rate");
    const scaled = layer({
      shape: [2],
      parameters: [rate],
      forward: (points) => {
        if (rate.data.some((value) => value > 1.5)) throw new RangeError("rate above 1.5");
        return { z: mul(points, rate), logDet: mul(sum(log(rate)), tensor(new Float64Array(points.shape[0]).fill(1))) };
      },
      inverse: () => {
        throw new Error("no inverse");
      },
    });
    const flow = new Flow(diagonalNormal({ loc: zero(), logScale: zero() }), scaled);
    const error = thrownBy(() => run(flow, x, steep()));
    expect(error).toBeInstanceOf(DomainError);
    expect(error.message).toContain("rate above 1.5; step 11 changed rate so, and was taken back");
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(rate.data.every((value) => value <= 1.5 && value > 1.4)).toBe(true);
  });

  it("but not for an error that has other reasons", () => {
    const flow = smallFlow();
    const data = twoMoons().sample(100, new Random(1));
    let calls = 0;
    const objective: TrainOptions["objective"] = (f, batch) => {
      calls++;
      if (calls === 4) throw new RangeError("mine");
      return forwardKL(f, batch);
    };
    const seen: number[][][] = [];
    const error = thrownBy(() =>
      run(flow, data, { random: new Random(1), steps: 9, objective, onStep: () => seen.push(bitsOf(flow.parameters)) }),
    );
    expect(error).toMatchObject({ name: "RangeError", message: "mine" });
    expect(seen).toHaveLength(3);
    expect(bitsOf(flow.parameters)).toEqual(seen[2]);
  });
});

describe("parameters that someone else changes while they are trained", () => {
  const data = twoMoons().sample(300, new Random(3));
  const options = (): TrainOptions => ({ random: new Random(1), steps: 400, batchSize: 32, validation: 0.2 });

  it("belong to the later of two trainings: the earlier one rejects, and leaves them alone", async () => {
    const flow = smallFlow();
    const controller = new AbortController();
    const first = fit(flow, data, { ...options(), steps: 1e6, signal: controller.signal });
    const outcome = first.catch((error: unknown) => error);
    controller.abort();
    const second = await fit(flow, data, options());
    const after = bitsOf(flow.parameters);
    expect(await outcome).toMatchObject({
      code: "DOMAIN",
      message: expect.stringMatching(
        /^train: parameters that are trained are changed by one training alone; \S+ was assigned by someone else after step \d+ \(end one/,
      ),
    });
    expect(bitsOf(flow.parameters)).toEqual(after);
    expect(second.stopped).toBe("finished");
    expect(second.validation).toContain(Math.min(...second.validation));
  });

  it("are noticed in flows that share them, too", () => {
    const shared = laplace({ loc: parameter([0, 0], "loc"), scale: tensor([1, 1]) });
    const [one, other] = [over(shared), over(shared)];
    const [first, second] = [one, other].map((flow) => train(flow, data, options()));
    first.next();
    second.next();
    const after = bitsOf(one.parameters);
    expect(() => first.next()).toThrow(/; base\.loc was assigned by someone else after step 1/);
    expect(bitsOf(one.parameters)).toEqual(after);
    expect(second.next().value).toMatchObject({ step: 2 });
  });

  it("keep what was assigned between two steps of a generator, which goes no further", () => {
    for (const end of ["next", "return", "throw"] as const) {
      const flow = smallFlow();
      const steps = train(flow, data, { ...options(), batchSize: 240 });
      for (let i = 0; i < 3; i++) steps.next();
      const assigned = flow.named().get("4.logScale") as Parameter;
      assigned.assign(tensor([7, 8]));
      const before = bitsOf(flow.parameters);
      const reason = end === "throw" ? /^mine$/ : /; 4\.logScale was assigned by someone else after step 3/;
      expect(() => steps[end](new Error("mine") as never)).toThrow(reason);
      expect(bitsOf(flow.parameters), end).toEqual(before);
      expect(steps.next().done).toBe(true);
    }
  });

  it("keep what the objective itself has assigned, which is not taken for a step that went wrong", () => {
    const scale = ones("s");
    let calls = 0;
    const objective: TrainOptions["objective"] = (flow, batch) => {
      calls++;
      if (calls === 4) scale.assign(tensor([-1, 2]));
      return forwardKL(flow, batch);
    };
    const error = thrownBy(() => run(over(laplace({ loc: 0, scale })), data, { ...options(), objective }));
    expect(error).toBeInstanceOf(DomainError);
    expect(error.message).toMatch(/positive/);
    expect(error.message).not.toMatch(/taken back/);
    expect(scale.toArray()).toEqual([-1, 2]);
  });

  it("may be exchanged and put back: averages can be tried out between two steps", () => {
    const trained = (between: (flow: Flow) => void): number[][] => {
      const flow = smallFlow();
      for (const _ of train(flow, data, { ...options(), steps: 20 })) between(flow);
      return bitsOf(flow.parameters);
    };
    const plain = trained(() => {});
    const exchanged = trained((flow) => {
      const own = flow.parameters.map(detach);
      for (const p of flow.parameters) p.assign(new Tensor(new Float64Array(p.size), p.shape));
      forwardKL(flow, data);
      flow.parameters.forEach((p, k) => {
        p.assign(own[k]);
      });
    });
    expect(exchanged).toEqual(plain);
  });
});
