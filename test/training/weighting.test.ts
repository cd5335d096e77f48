import {
  adam,
  concat,
  DiffeoError,
  type Draw,
  type Flow,
  fit,
  forwardKL,
  type History,
  type Objective,
  Random,
  realNVP,
  reverseKL,
  saveCheckpoint,
  sgd,
  standardNormal,
  sub,
  type Tensor,
  type TrainOptions,
  take,
  tensor,
  train,
  trainTestSplit,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { dataHash } from "../../src/io/files/dataHash.ts";
import { copiesByWeight, counting } from "../../src/training/weighting.ts";
import { bitsOf, noted, smallFlow } from "../support/training.ts";

const moons = twoMoons();
const x = moons.sample(30, new Random(3));
/** 0, 1, 2, 3, 0, 1 … */
const numbers = Array.from({ length: 30 }, (_, i) => i % 4);
const weights = tensor(numbers);
/** The rows, each as often as its weight says. */
const indices = numbers.flatMap((k, i) => Array.from({ length: k }, () => i));
const repeated = take(x, tensor(indices), 0) as Tensor;

/** Trains to the end; the history, and the losses. */
function trained(flow: Flow, data: Tensor | Draw, options: TrainOptions): { history: History; losses: number[] } {
  const { history, notes } = noted(flow, data, options, ({ loss }) => loss);
  return { history, losses: notes };
}

function expectNear(values: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(values.length).toBe(expected.length);
  Array.from(values).forEach((value, i) => {
    expect(Math.abs(value - expected[i]) <= tolerance * (1 + Math.abs(expected[i])), `${i}: ${value}`).toBe(true);
  });
}

/** Expects that two flows have the same parameters and statistics, up to rounding that many steps have spread. */
function expectSame(flow: Flow, other: Flow): void {
  flow.parameters.forEach(({ data }, k) => {
    expectNear(data, other.parameters[k].data, 1e-9);
  });
  for (const [name, { data }] of flow.bijection.buffers) {
    expectNear(data, other.bijection.buffers.get(name)?.data ?? [], 1e-12);
  }
}

describe("forwardKL with weights", () => {
  it("is Σ wᵢ ℓᵢ / Σ wᵢ: the same for all multiples of them, and of equal weights the plain mean", () => {
    const flow = smallFlow();
    const score = flow.score(x);
    let [sum, total] = [0, 0];
    numbers.forEach((k, i) => {
      sum -= k * score.at(i);
      total += k;
    });
    expectNear([forwardKL(flow, x, undefined, weights).item()], [sum / total], 1e-14);
    const tenth = tensor(numbers.map((k) => k / 10));
    expectNear([forwardKL(flow, x, undefined, tenth).item()], [sum / total], 1e-14);
    const equal = tensor(numbers.map(() => 7));
    expectNear([forwardKL(flow, x, undefined, equal).item()], [forwardKL(flow, x).item()], 1e-14);
  });

  it("passes over rows of weight 0, even of density 0", () => {
    const rows = tensor([[1e200, 1], [1, 2]]); // biome-ignore format: rows
    const flow = smallFlow();
    expect(forwardKL(flow, rows, undefined, tensor([0, 3])).item()).toBe(forwardKL(flow, tensor([[1, 2]])).item());
  });

  it("refuses weights that are none", () => {
    const call = (given: unknown) => (): unknown => forwardKL(smallFlow(), x, undefined, given as Tensor);
    expect(call(tensor([1]))).toThrow("forwardKL: weights must be [30], one for each row; got [1]");
    expect(call(tensor(numbers.map(() => 0)))).toThrow("forwardKL: weights must not all be 0");
    expect(call(tensor(numbers.map((k) => k - 1)))).toThrow("forwardKL: weights must be ≥ 0; weights[0] = -1");
    expect(call([1])).toThrow(DiffeoError);
  });
});

describe("training with weights", () => {
  const full = (N: number): TrainOptions => ({
    ...{ random: new Random(2), steps: 25, batchSize: N, learningRate: 1e-2 },
    optimizer: sgd, // adam makes steps of gradients that are nothing but rounding
  });

  it("k equals repeating a row k times: steps, statistics, losses, on batches of all rows", () => {
    const [one, other] = [smallFlow(), smallFlow()];
    const weighted = trained(one, x, { ...full(30), weights });
    const copied = trained(other, repeated, full(repeated.shape[0]));
    expectNear(weighted.losses, copied.losses, 1e-12);
    expectSame(one, other);
    const unweighted = smallFlow();
    trained(unweighted, x, full(30));
    expect(Math.abs(unweighted.parameters[0].data[0] - one.parameters[0].data[0])).toBeGreaterThan(1e-6);
  });

  it("and so with adam, as far as rounding allows", () => {
    const [one, other] = [smallFlow(), smallFlow()];
    const weighted = trained(one, x, { ...full(30), weights, optimizer: adam });
    const copied = trained(other, repeated, { ...full(repeated.shape[0]), optimizer: adam });
    expectNear(weighted.losses, copied.losses, 1e-8);
  });

  it("the same in pieces of a large batch, and with contexts", () => {
    const many = moons.sample(1500, new Random(4));
    const counts = Array.from({ length: 1500 }, (_, i) => (i * 7) % 3);
    const copies = tensor(counts.flatMap((k, i) => Array.from({ length: k }, () => i)));
    const context = new Random(5).normal([1500, 1]);
    const make = (): Flow => realNVP({ dimensions: 2, layers: 2, hidden: [4], context: 1, random: new Random(1) });
    const [one, other] = [make(), make()];
    const options = { steps: 4, batchSize: 5000, learningRate: 1e-2, optimizer: sgd };
    const weighted = trained(one, many, { ...options, random: new Random(2), context, weights: tensor(counts) });
    const rest = { ...options, random: new Random(2), context: take(context, copies, 0) as Tensor };
    const copied = trained(other, take(many, copies, 0) as Tensor, rest);
    expectNear(weighted.losses, copied.losses, 1e-11);
    expectSame(one, other);
  });

  it("has no bias on small batches: their mean over an epoch is the loss of all rows", () => {
    const flow = smallFlow();
    const positive = tensor(numbers.map((k, i) => 0.5 + k * k + (i % 7)));
    const gentle = { random: new Random(2), epochs: 1, batchSize: 5, learningRate: 1e-200 };
    const { history } = trained(flow, x, { ...gentle, weights: positive });
    expectNear(history.train, [forwardKL(flow, x, undefined, positive).item()], 1e-12);
    // and so for another objective, which is given the weights as they are
    const sums: number[] = [];
    const objective: Objective = (f, batch, context, w) => {
      sums.push(w === undefined ? Number.NaN : w.data.reduce((a, b) => a + b));
      return forwardKL(f, batch, context, w);
    };
    expectNear(
      trained(smallFlow(), x, { ...gentle, weights: positive, objective }).history.train,
      history.train,
      1e-12,
    );
    expectNear([sums.reduce((a, b) => a + b)], [positive.data.reduce((a, b) => a + b)], 1e-12);
  });

  it("weighs validation rows, of their own and held out", () => {
    const rows = moons.sample(20, new Random(8));
    const of = tensor(Array.from({ length: 20 }, (_, i) => i % 3));
    const flow = smallFlow();
    const own = trained(flow, x, { ...full(30), steps: 1, validation: { x: rows, weights: of } });
    expectNear(own.history.validation, [forwardKL(flow, rows, undefined, of).item()], 1e-13);
    expect(own.history.heldOut).toBe(13); // rows of weight 0 are not there

    const other = smallFlow();
    const { history } = trained(other, x, { ...full(30), steps: 1, weights, validation: 0.4 });
    const { test } = trainTestSplit(x, { random: new Random(2), test: 0.4, weights });
    expectNear(history.validation, [forwardKL(other, test.x, undefined, test.weights).item()], 1e-13);
    expect(history.heldOut).toBe(test.weights?.data.filter((weight) => weight > 0).length);
  });

  it("weighs what a function draws by the mean weight of what it draws first", () => {
    const draw: Draw = (n, random) => {
      const rows = moons.sample(n, random);
      return { x: rows, weights: tensor(Array.from({ length: n }, (_, i) => (rows.at(i, 0) > 0 ? 3 : 0))) };
    };
    const losses: number[] = [];
    const random = new Random(4);
    const flow = smallFlow();
    const run = train(flow, draw, { random, steps: 3, batchSize: 2, learningRate: 1e-200 });
    for (const { loss } of run) losses.push(loss);
    const again = new Random(4);
    const first = (draw(1024, again) as { weights: Tensor }).weights.data.reduce((a, b) => a + b) / 1024;
    const expected = losses.map(() => {
      const batch = draw(2, again) as { x: Tensor; weights: Tensor };
      const score = flow.score(batch.x);
      return -(batch.weights.at(0) * score.at(0) + batch.weights.at(1) * score.at(1)) / (2 * first) + 0;
    });
    expectNear(losses, expected, 1e-12);

    const sometimes: Draw = (n, r) => (n === 1024 ? draw(n, r) : moons.sample(n, r));
    expect(() => trained(smallFlow(), sometimes, { random, steps: 3 })).toThrow(
      "train: the function must draw weights always or never; got none in step 1",
    );
  });

  it("makes a step of gradient 0 where no row of a batch counts", () => {
    const draw: Draw = (n, random) => ({
      x: moons.sample(n, random),
      weights: tensor(Array.from({ length: n }, () => (n === 4 ? 0 : 1))),
    });
    const flow = smallFlow();
    const options = { random: new Random(1), steps: 2, batchSize: 4, optimizer: sgd };
    expect(trained(flow, draw, options).losses).toEqual([0, 0]);
    expect(bitsOf(flow.parameters)).toEqual(bitsOf(smallFlow().parameters));
  });

  it("is stopped and gone on with, with these weights and no others", async () => {
    const options = (seed: number): TrainOptions => ({ random: new Random(seed), steps: 9, batchSize: 7, weights });
    const whole = smallFlow();
    trained(whole, x, options(1));
    const run = train(smallFlow(), x, options(1));
    for (let k = 0; k < 5; k++) run.next();
    const resume = saveCheckpoint(run);
    const again = smallFlow(9);
    trained(again, x, { ...options(8), resume });
    expect(bitsOf(again.parameters)).toEqual(bitsOf(whole.parameters));
    for (const others of [undefined, tensor(numbers.map((k) => 2 * k))]) {
      const wrong = fit(smallFlow(), x, { ...options(8), weights: others, resume });
      await expect(wrong).rejects.toThrow("the rows, their contexts, their weights or the validation rows are others");
    }
    // without weights the hash is that of the files of before
    const plain = train(smallFlow(), x, { random: new Random(1), steps: 9 });
    plain.next();
    const nothing = tensor([]);
    expect(new TextDecoder().decode(saveCheckpoint(plain))).toContain(dataHash([x, nothing, nothing, nothing]));
  });
});

describe("with weights train refuses", () => {
  it.each<[string, object, string]>([
    ["those that are no Tensor", { weights: numbers }, "train: weights must be a Tensor, as tensor(…) makes it; got "],
    ["too few", { weights: tensor([1, 2]) }, "train: weights must be [30], one for each row; got [2]"],
    ["negative ones", { weights: sub(weights, 1) }, "train: weights must be ≥ 0; weights[0] = -1"],
    ["NaN", { weights: tensor(numbers.map(() => Number.NaN)) }, "train: data must be finite; weights[0] = NaN"],
    ["none but 0", { weights: tensor(numbers.map(() => 0)) }, "train: weights must not all be 0"],
    [
      "an objective that does not know of them",
      {
        weights,
        objective: (flow: Flow, rows: Tensor) => reverseKL(flow, standardNormal([2]), rows.size, new Random(1)),
      },
      "train: with weights the objective must take them, as its fourth argument; got a function of 2",
    ],
    [
      "such an objective for weighted validation rows, too",
      { validation: { x, weights }, objective: (flow: Flow, rows: Tensor) => forwardKL(flow, rows) },
      "train: with weights the objective must take them, as its fourth argument; got a function of 2",
    ],
  ])("%s", (_, options, message) => {
    const flow = smallFlow();
    expect(() => train(flow, x, { random: new Random(1), steps: 2, ...options }).next()).toThrow(message);
    expect(bitsOf(flow.parameters)).toEqual(bitsOf(smallFlow().parameters));
  });

  it("them beside rows that a function draws, and an objective that does not know of those drawn", () => {
    const draw: Draw = (n, random) => ({ x: moons.sample(n, random), weights: tensor(Array(n).fill(1)) });
    expect(() => train(smallFlow(), draw, { random: new Random(1), weights })).toThrow(
      "train: rows that a function draws come with their weights, as { x, weights }; got Tensor [30]",
    );
    const objective: Objective = (flow, rows) => forwardKL(flow, rows);
    expect(() => train(smallFlow(), draw, { random: new Random(1), objective }).next()).toThrow(
      "train: with weights the objective must take them",
    );
  });

  it("a part of the rows in which none counts", () => {
    const one = tensor(numbers.map((_, i) => (i === 0 ? 1 : 0)));
    expect(() => train(smallFlow(), x, { random: new Random(1), weights: one, validation: 0.5 }).next()).toThrow(
      /^train: weights must not all be 0 among the rows (held out|to learn from); they are, of 15$/,
    );
    expect(() => counting("f", "here", { x, weights: tensor(numbers.map(() => 0)) })).toThrow("among the rows here");
  });
});

describe("rows by weight", () => {
  const picked = (given: number[]): number[] => {
    const rows = copiesByWeight({ x: tensor(given.map((_, i) => [i])), weights: tensor(given) }).x;
    return given.map((_, i) => Array.from(rows.data).filter((value) => value === i).length);
  };

  it("are copies where weights are numbers of them, and shares of 1,024 otherwise", () => {
    expect(picked([1, 3, 2])).toEqual([1, 3, 2]);
    expect(picked([0.25, 0.75])).toEqual([256, 768]);
    expect(picked([0.1, 0.2, 0.7])).toEqual([102, 205, 717]);
    expect(picked([1e-300, 1])).toEqual([1, 1]); // one row alone has no deviation
    const rows = { x: concat([x, x], 0), weights: tensor(Array(60).fill(0.3)) };
    expect(copiesByWeight(rows)).toBe(rows);
  });
});
