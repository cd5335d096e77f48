import {
  adam,
  DiffeoError,
  type Flow,
  fit,
  Random,
  type Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, smallFlow } from "../support/training.ts";

const x = twoMoons().sample(20, new Random(1));
const random = new Random(1);

/** The message of the error with which `train` refuses, at once, what the compiler would have refused. */
function refusal(...args: unknown[]): string {
  try {
    train(...(args as [Flow, Tensor, TrainOptions]));
  } catch (error) {
    expect(error).toBeInstanceOf(DiffeoError);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

describe("train refuses at its call, before the first step, and says what would be right:", () => {
  const flow = smallFlow();

  it.each<[string, unknown[], string]>([
    ["a flow that is none", [3, x, { random }], "train: flow must be a Flow, as new Flow(base, bijection); got 3"],
    [
      "a bijection for a flow",
      [flow.bijection, x, { random }],
      "train: flow must be a Flow, as new Flow(base, bijection); got compose",
    ],
    [
      "rows that are a list",
      [flow, [[1, 2]], { random }],
      "train: x must be a Tensor, as tensor(…) makes it; got [[1,2]]",
    ],
    [
      "a context that is a list",
      [flow, x, { random, context: [[1]] }],
      "train: context must be a Tensor, as tensor(…) makes it; got [[1]]",
    ],
    ["no random", [flow, x, {}], "train: random must be a Random, for instance new Random(1); got undefined"],
    [
      "a seed for random",
      [flow, x, { random: 3 }],
      "train: random must be a Random, for instance new Random(1); got 3",
    ],
    ["a misspelt option", [flow, x, { random, stpes: 5 }], 'train: unknown option "stpes"; did you mean "steps"?'],
    [
      "an option of other libraries",
      [flow, x, { random, lr: 1 }],
      'train: unknown option "lr"; did you mean "learningRate"?',
    ],
    ["a batch", [flow, x, { random, batch: 32 }], 'train: unknown option "batch"; did you mean "batchSize"?'],
    [
      "steps and epochs",
      [flow, x, { random, steps: 5, epochs: 3 }],
      "train: steps or epochs say how long, not both; got 5 and 3",
    ],
    ["half an epoch", [flow, x, { random, epochs: 0.5 }], "train: epochs must be an integer ≥ 1; got 0.5"],
    [
      "a schedule of another name",
      [flow, x, { random, schedule: "cosin" }],
      'train: schedule must be "constant", "cosine" or a function of the step; got "cosin"',
    ],
    [
      "an optimiser instead of what makes one",
      [flow, x, { random, optimizer: adam(flow.parameters, { learningRate: 1 }) }],
      "train: optimizer must be a function that makes one, adam rather than adam(…); got Object",
    ],
    [
      "the name of an optimiser",
      [flow, x, { random, optimizer: "adam" }],
      'train: optimizer must be a function that makes one, adam rather than adam(…); got "adam"',
    ],
    ["a negative clipNorm", [flow, x, { random, clipNorm: -1 }], "train: clipNorm must be positive; got -1"],
    [
      "a negative weightDecay",
      [flow, x, { random, weightDecay: -1 }],
      "train: weightDecay must be finite and ≥ 0; got -1",
    ],
    [
      "a learning rate in words",
      [flow, x, { random, learningRate: "1e-3" }],
      'train: learningRate must be positive; got "1e-3"',
    ],
    [
      "validation in percent",
      [flow, x, { random, validation: 10 }],
      "train: validation is a fraction in (0, 1), a Tensor of rows, { x, context }, or false; got 10",
    ],
    [
      "validation rows that are a list",
      [flow, x, { random, validation: [[1, 2]] }],
      "train: validation is a fraction in (0, 1), a Tensor of rows, { x, context }, or false; got [[1,2]]",
    ],
    [
      "patience without validation",
      [flow, x, { random, validation: false, patience: 3 }],
      "train: patience needs validation rows; got none",
    ],
    [
      "half a patience",
      [flow, x, { random, validation: 0.1, patience: 0.5 }],
      "train: patience must be an integer ≥ 1; got 0.5",
    ],
    [
      "an average that never decays",
      [flow, x, { random, ema: 1 }],
      "train: ema is the decay of averages, between 0 and 1; got 1",
    ],
    [
      "a loss instead of an objective",
      [flow, x, { random, objective: 3 }],
      "train: objective must be a function; got 3",
    ],
    ["onStep that is none", [flow, x, { random, onStep: {} }], "train: onStep must be a function; got Object"],
    [
      "a controller instead of its signal",
      [flow, x, { random, signal: new AbortController() }],
      "train: signal must be an AbortSignal; got AbortController",
    ],
  ])("%s", (_, args, message) => {
    expect(refusal(...args)).toBe(message);
  });

  it("no options at all, by listing them", () => {
    expect(refusal(flow, x)).toMatch(
      /^train: options must be an object \{ random, context, weights, steps, .* \}; got undefined$/,
    );
    expect(refusal(flow, x, new Random(1))).toMatch(/^train: random must be a Random/);
  });

  it("in the name of fit, if that was called, which rejects", async () => {
    await expect(fit(flow, [[1, 2]] as never, { random })).rejects.toThrow("fit: x must be a Tensor");
    await expect(fit(flow, x, { random, stpes: 5 } as never)).rejects.toThrow(
      'fit: unknown option "stpes"; did you mean "steps"?',
    );
    await expect(fit(flow, x, { random, context: tensor([[1], [2]]) })).rejects.toThrow(
      "fit: context must be [20,C] or [1,C]; got [2,1]",
    );
  });

  it("and in all this neither the flow nor random has changed", () => {
    const fresh = smallFlow();
    expect(bitsOf(flow.parameters)).toEqual(bitsOf(fresh.parameters));
    expect(random.state()).toEqual(new Random(1).state());
  });
});

describe("a training whose functions give nonsense ends with an error:", () => {
  const ended = (options: object): string => {
    try {
      train(smallFlow(), x, { random: new Random(1), steps: 3, ...options }).next();
    } catch (error) {
      expect(error).toBeInstanceOf(DiffeoError);
      return (error as Error).message;
    }
    throw new Error("nothing was refused");
  };

  it("a schedule that gives no rate", () => {
    for (const rate of [Number.NaN, -1, undefined, "1", Number.POSITIVE_INFINITY]) {
      expect(ended({ schedule: () => rate })).toMatch(
        /^train: what schedule gives for step 0 must be finite and ≥ 0; got /,
      );
    }
  });

  it("an optimizer that makes none", () => {
    for (const made of [undefined, 1, {}, { step: 3 }]) {
      expect(ended({ optimizer: () => made })).toMatch(/^train: optimizer must make one, with a method step; it made /);
    }
  });
});

describe("any garbage", () => {
  const garbage: unknown[] = [
    null, "x", "", true, 3n, {}, [], [[]], () => 1, new Map(), Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1.5, 2 ** 53,
    Symbol("s"), tensor(1), tensor([]), tensor([[1, 2]]), tensor([[Number.NaN, 1]]), new Random(2), Promise.resolve(1), { aborted: false },
  ]; // biome-ignore format: a table
  const names = [
    "random", "context", "weights", "steps", "epochs", "batchSize", "learningRate", "schedule", "optimizer", "weightDecay", "rateOf", "freeze", "clipNorm", "validation",
    "patience", "ema", "objective", "signal", "onStep", "onEpoch",
  ]; // biome-ignore format: a table

  it("as flow, rows or options of fit: it rejects with a typed error", async () => {
    for (const value of garbage) {
      for (const args of [
        [value, x, { random }],
        [smallFlow(), value, { random }],
        [smallFlow(), x, value],
      ]) {
        const error = await fit(...(args as [Flow, Tensor, TrainOptions])).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(DiffeoError);
        expect((error as Error).message).toMatch(/^[\w.]+: [^\n]+$/);
      }
    }
  });

  it.each(names)("as the option %s: trains, or throws a typed error on one line", (name) => {
    for (const value of garbage) {
      const options = { random: new Random(1), ...(name === "epochs" ? {} : { steps: 1 }), [name]: value };
      if (name === "epochs" && typeof value === "number" && value > 10) continue; // so it would train, for ever
      try {
        train(smallFlow(), x, options as never).next();
      } catch (error) {
        expect(error, `${name}: ${String(value)}`).toBeInstanceOf(DiffeoError);
        expect((error as Error).message).toMatch(/^[\w.]+: [^\n]+$/);
      }
    }
  });
});
