import {
  compose,
  DomainError,
  diagonalNormal,
  elementwiseAffine,
  elementwiseSpline,
  Flow,
  fullLinear,
  laplace,
  logitFlow,
  NonFiniteError,
  type Parameter,
  parameter,
  Random,
  realNVP,
  reverse,
  standardNormal,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  triangularLinear,
  uniform,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { type Outcome, outcomesOf, withoutPlans } from "../../src/plan/planning.ts";
import { bitsOf } from "../support/training.ts";

type Options = Partial<TrainOptions>;

/** How a training ends: all losses, the error, and the parameters that it leaves. */
interface Ending {
  readonly losses: readonly number[];
  readonly error: unknown;
  readonly parameters: readonly (readonly number[])[];
}

function endingOf(make: () => Flow, x: Tensor, options: Options): Ending {
  const flow = make();
  const losses: number[] = [];
  let error: unknown = null;
  try {
    const all = { random: new Random(3), steps: 60, batchSize: 16, learningRate: 0.01, ...options };
    for (const { loss } of train(flow, x, all)) losses.push(loss);
  } catch (thrown) {
    error = thrown;
  }
  return { losses, error, parameters: bitsOf(flow.parameters) };
}

/** Fails unless training ends with the same error and the same parameters as without plans, after the first repetitions. */
function compareEndings(make: () => Flow, x: Tensor, options: Options): { error: unknown } & Ended {
  const { result, outcomes } = outcomesOf(() => endingOf(make, x, options));
  const eager = withoutPlans(() => endingOf(make, x, options));
  expect(eager.losses.length).toBeGreaterThan(2);
  expect(result).toEqual(eager);
  expect(`${result.error}`).toBe(`${eager.error}`);
  return { error: result.error, outcomes };
}

interface Ended {
  readonly outcomes: Partial<Record<Outcome, number>>;
}

const random = new Random(1);
const x = random.normal([64, 2]);

/** Rows that stay as they are for so many steps: then one number becomes what is given. */
function spoiled(to: number): (n: number, random: Random) => Tensor {
  let calls = 0;
  return (n, own) => {
    const rows = own.normal([n, 2]);
    if (calls++ === 30) rows.data[3] = to;
    return rows;
  };
}

describe("a guard that fails in the middle of training with a plan gives the same error and parameters as without:", () => {
  it("a scale that becomes negative is taken back", () => {
    const make = (): Flow =>
      new Flow(laplace({ loc: tensor([0, 0]), scale: parameter([0.3, 0.4], "scale") }), reverse({ dimensions: 2 }));
    const { error, outcomes } = compareEndings(
      make,
      new Tensor(
        x.data.map((v) => v * 1e-3),
        [64, 2],
      ),
      { learningRate: 0.02 },
    );
    expect(error).toBeInstanceOf(DomainError);
    expect(outcomes.stopped).toBe(1);
    expect(outcomes.used).toBeGreaterThan(1);
  });

  it("a point outside of a uniform base, and of a spline without tails", () => {
    const box = (): Flow =>
      new Flow(uniform({ low: tensor([-3, -3]), high: tensor([3, 3]) }), elementwiseAffine({ dimensions: 2 }));
    const shrunk = new Tensor(
      x.data.map((v) => v / 2),
      [64, 2],
    );
    expect(compareEndings(box, shrunk, { learningRate: 0.1 }).error).toBeInstanceOf(NonFiniteError);
    const spline = (): Flow =>
      new Flow(
        standardNormal([2]),
        compose(elementwiseAffine({ dimensions: 2 }), elementwiseSpline({ dimensions: 2, bound: 4, tails: "none" })),
      );
    const { error, outcomes } = compareEndings(spline, x, { learningRate: 0.3 });
    expect(error).toBeInstanceOf(DomainError);
    expect(outcomes.stopped).toBe(1);
  });

  it("a point outside of (0, 1)", () => {
    const make = (): Flow =>
      new Flow(standardNormal([2]), compose(elementwiseAffine({ dimensions: 2 }), logitFlow({ dimensions: 2 })));
    const inside = new Tensor(
      x.data.map((v, i) => (i === 0 ? 0.9 : 0.5 + v / 200)),
      [64, 2],
    );
    const { error, outcomes } = compareEndings(make, inside, { learningRate: 0.03 });
    expect(error).toBeInstanceOf(DomainError);
    expect(outcomes.stopped).toBe(1);
  });

  it("a loss that is not finite, of rows that are", () => {
    const make = (): Flow => new Flow(standardNormal([2]), elementwiseAffine({ dimensions: 2 }));
    const { result, outcomes } = outcomesOf(() => drawnEnding(make, 1e200));
    const eager = withoutPlans(() => drawnEnding(make, 1e200));
    expect(result).toEqual(eager);
    expect(result.error).toBeInstanceOf(NonFiniteError);
    expect(outcomes).toEqual({ made: 1, proven: 1, used: 27, stopped: 1 });
  });

  it("a gradient that is not finite, of a loss that is", () => {
    // tanh saturates, and the loss is finite
    const make = (): Flow => realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) });
    const { result } = outcomesOf(() => drawnEnding(make, 1e160));
    expect(result).toEqual(withoutPlans(() => drawnEnding(make, 1e160)));
  });

  it("a matrix that becomes singular", () => {
    let stepped = 0;
    const flows: Parameter[] = [];
    const make = (): Flow => {
      stepped = 0;
      const flow = new Flow(
        standardNormal([2]),
        triangularLinear({
          weight: tensor([
            [1, 0],
            [0, 1],
          ]),
        }),
      );
      flows.length = 0;
      flows.push(...flow.parameters);
      return flow;
    };
    /** Sets everything to zero in step 20: no flow of ours becomes singular by itself. */
    const toZero: TrainOptions["optimizer"] = (parameters) => ({
      step: () => {
        if (++stepped === 20) for (const each of parameters) each.assign(zeros(each.shape));
      },
      state: () => ({ numbers: {}, tensors: {} }),
      restore: () => {},
    });
    compareEndings(make, x, { optimizer: toZero });
    const full = (): Flow => {
      stepped = 0;
      return new Flow(
        diagonalNormal({ loc: tensor([0, 0]), logScale: 0 }),
        fullLinear({ dimensions: 2, random: new Random(1) }),
      );
    };
    const { error } = compareEndings(full, x, { optimizer: toZero });
    expect(error).not.toBeNull();
  });
});

/** {@link endingOf} rows that are drawn, one of which becomes that number after a while. */
function drawnEnding(make: () => Flow, to: number): Ending {
  const flow = make();
  const losses: number[] = [];
  let error: unknown = null;
  try {
    for (const { loss } of train(flow, spoiled(to), { random: new Random(3), steps: 60, batchSize: 16 }))
      losses.push(loss);
  } catch (thrown) {
    error = thrown;
  }
  return { losses, error, parameters: bitsOf(flow.parameters) };
}
