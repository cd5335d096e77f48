import {
  clipGradNorm,
  cosineSchedule,
  DomainError,
  exponentialSchedule,
  gradNorm,
  multiStepSchedule,
  type Schedule,
  stepSchedule,
  tensor,
  type WarmupCosineScheduleOptions,
  warmupCosineSchedule,
  warmupSchedule,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

describe("cosineSchedule", () => {
  it("goes from η₀ over the middle to the minimum along half a cosine, and stays there", () => {
    const rate = cosineSchedule({ learningRate: 1, steps: 10, minimum: 0.2 });
    expect(rate(0)).toBe(1);
    expect(Math.abs(rate(5) - 0.6) <= 1e-15).toBe(true);
    expect(rate(10)).toBe(0.2);
    expect(rate(1000)).toBe(0.2);
    expect(() => cosineSchedule({ learningRate: 1, steps: 0 })).toThrow(
      "cosineSchedule: steps must be positive; got 0",
    );
  });
});

/** The schedule's first rates, against those of a formula; a few roundings apart. */
function expectRates(schedule: Schedule, expected: readonly number[]): void {
  expected.forEach((rate, step) => {
    expectWithin(schedule(step), rate, 4 * EPSILON * rate, `the rate of step ${step}`);
  });
}

describe("stepSchedule", () => {
  it("multiplies by γ after every S steps", () => {
    expectRates(stepSchedule({ learningRate: 0.1, stepSize: 2, gamma: 0.5 }), [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    expectRates(stepSchedule({ learningRate: 1, stepSize: 1 }), [1, 0.1, 0.01, 0.001]);
  });
});

describe("multiStepSchedule", () => {
  it("multiplies by γ at each milestone, in whatever order they are given, twice where one is given twice", () => {
    const rates = [0.1, 0.1, 0.03, 0.03, 0.03, 0.009, 0.0027, 0.0027];
    expectRates(multiStepSchedule({ learningRate: 0.1, milestones: [6, 2, 5], gamma: 0.3 }), rates);
    expectRates(multiStepSchedule({ learningRate: 1, milestones: [1, 1] }), [1, 0.01, 0.01]);
    expectRates(multiStepSchedule({ learningRate: 1, milestones: [] }), [1, 1]);
  });

  it("keeps its own copy of the milestones", () => {
    const milestones = [1];
    const schedule = multiStepSchedule({ learningRate: 1, milestones });
    milestones.push(0);
    expect(schedule(0)).toBe(1);
  });
});

describe("exponentialSchedule", () => {
  it("multiplies by γ at every step", () => {
    expectRates(exponentialSchedule({ learningRate: 0.5, gamma: 0.25 }), [0.5, 0.125, 0.03125]);
    expectRates(exponentialSchedule({ learningRate: 2, gamma: 1 }), [2, 2, 2]);
    expectRates(exponentialSchedule({ learningRate: 2, gamma: 0 }), [2, 0, 0]);
  });

  it("loses no digits, however many steps, and ends at 0", () => {
    const gamma = 0.999;
    const schedule = exponentialSchedule({ learningRate: 1, gamma });
    // ln 0.999 = −(1/1000 + 1/2·10⁶ + 1/3·10⁹ + …); and 0.999, as a float64, is 0.999·(1 + offset)
    const logGamma = -[1, 2, 3, 4, 5, 6].reduce((total, n) => total + 1e-3 ** n / n, 0);
    const offset = -8.890674871873125e-19;
    for (const k of [1, 2, 3, 10, 255, 256, 1000, 12_345, 100_000]) {
      const expected = Math.exp(k * logGamma) * (1 + k * offset);
      // k·ln γ is rounded to eps/2 of it, and its sum to eps
      expectWithin(schedule(k) / expected, 1, (4 + 2e-3 * k) * EPSILON, `step ${k}`);
    }
    expect(schedule(1e9)).toBe(0);
    expect(schedule(Number.POSITIVE_INFINITY)).toBe(0);
  });
});

describe("warmupSchedule", () => {
  it("goes from the first factor to the last along a straight line, and stays there", () => {
    const schedule = warmupSchedule({ learningRate: 0.1, steps: 4, start: 0.25, end: 1 });
    expectRates(schedule, [0.025, 0.04375, 0.0625, 0.08125, 0.1, 0.1, 0.1]);
    expectRates(warmupSchedule({ learningRate: 3, steps: 2 }), [1, 2, 3, 3]); // from ⅓ to 1 by default
    expectRates(warmupSchedule({ learningRate: 1, steps: 2, start: 1, end: 0 }), [1, 0.5, 0, 0]);
  });
});

describe("warmupCosineSchedule", () => {
  it("reaches the learning rate in W equal steps, keeps it for one, then goes down half a cosine", () => {
    const schedule = warmupCosineSchedule({ learningRate: 0.3, warmupSteps: 3, steps: 7, minimum: 0.1 });
    const down = [0.3, 0.2 + Math.SQRT1_2 / 10, 0.2, 0.2 - Math.SQRT1_2 / 10, 0.1, 0.1];
    expectRates(schedule, [0.1, 0.2, 0.3, ...down]);
  });

  it("is the cosine schedule without a warm-up", () => {
    const [warm, plain] = [{ warmupSteps: 0 }, {}].map((more) => ({ learningRate: 0.3, steps: 7, ...more }));
    for (let k = 0; k < 9; k++) {
      expect(warmupCosineSchedule(warm as WarmupCosineScheduleOptions)(k)).toBe(cosineSchedule(plain)(k));
    }
  });
});

it("schedules say which option is out of range", () => {
  expect(() => stepSchedule({ learningRate: 1, stepSize: 0 })).toThrow(
    "stepSchedule: stepSize must be positive; got 0",
  );
  expect(() => stepSchedule({ learningRate: Number.NaN, stepSize: 1 })).toThrow(
    "stepSchedule: learningRate must be finite and ≥ 0; got NaN",
  );
  expect(() => exponentialSchedule({ learningRate: 1, gamma: -1 })).toThrow(
    "exponentialSchedule: gamma must be finite and ≥ 0; got -1",
  );
  for (const milestones of [[1, Number.NaN], ["1"], null]) {
    expect(() => multiStepSchedule({ learningRate: 1, milestones: milestones as number[] })).toThrow(DomainError);
  }
  expect(() => warmupSchedule({ learningRate: 1, steps: Number.NaN })).toThrow(DomainError);
  expect(() => warmupCosineSchedule({ learningRate: 1, warmupSteps: 5, steps: 5 })).toThrow(
    "warmupCosineSchedule: needs 0 ≤ warmupSteps < steps; got 5 and 5",
  );
});

it.each<[string, () => unknown, string]>([
  [
    "cosineSchedule",
    () => cosineSchedule({ learningRate: 1, T_max: 5 } as never),
    'unknown option "T_max"; did you mean "steps"?',
  ],
  [
    "stepSchedule",
    () => stepSchedule({ learningRate: 1, stepsize: 5 } as never),
    'unknown option "stepsize"; did you mean "stepSize"?',
  ],
  [
    "multiStepSchedule",
    () => multiStepSchedule({ lr: 1, milestones: [1] } as never),
    'unknown option "lr"; did you mean "learningRate"?',
  ],
  [
    "exponentialSchedule",
    () => exponentialSchedule({ learningRate: 1, decay: 0.9 } as never),
    'unknown option "decay"; known are learningRate, gamma',
  ],
  [
    "warmupSchedule",
    () => warmupSchedule({ learningRate: 1, step: 5 } as never),
    'unknown option "step"; did you mean "steps"?',
  ],
  [
    "warmupCosineSchedule",
    () => warmupCosineSchedule({ learningRate: 1, steps: 5, warmup: 1 } as never),
    'unknown option "warmup"; did you mean "warmupSteps"?',
  ],
  ["cosineSchedule", () => cosineSchedule({ learningRate: 1, steps: "5" } as never), 'steps must be positive; got "5"'],
])("%s refuses what is no option of it: %#", (name, make, message) => {
  expect(make).toThrow(`${name}: ${message}`);
});

describe("clipGradNorm", () => {
  it("scales all gradients by maxNorm/(‖g‖ + 1e-6) when their common norm is above, and leaves them otherwise", () => {
    const grads = [tensor([3]), tensor([[0, 4]])];
    expect(gradNorm(grads)).toBe(5);
    const [a, b] = clipGradNorm(grads, 1);
    expect(Math.abs(a.item() - 3 / 5.000001) <= 1e-15).toBe(true);
    expect(Math.abs(b.at(0, 1) - 4 / 5.000001) <= 1e-15).toBe(true);
    expect(clipGradNorm(grads, 100)[0]).toBe(grads[0]);
    expect(() => clipGradNorm(grads, 0)).toThrow("clipGradNorm: maxNorm must be positive; got 0");
  });

  it("refuses what is no list of Tensors", () => {
    expect(() => gradNorm(tensor([1]) as never)).toThrow(
      "gradNorm: gradients are a list, one for each parameter; got Tensor [1]",
    );
    expect(() => clipGradNorm([1] as never, 1)).toThrow(
      "clipGradNorm: every gradient must be a Tensor, as tensor(…) makes it; got 1",
    );
    expect(() => clipGradNorm([tensor([1])], "1" as never)).toThrow('clipGradNorm: maxNorm must be positive; got "1"');
  });

  it("neither overflows nor hides what is not finite", () => {
    expect(Math.abs(gradNorm([tensor([3e200, 4e200])]) / 5e200 - 1) <= 1e-15).toBe(true);
    expect(gradNorm([tensor([1, Number.NaN])])).toBe(Number.NaN);
    expect(gradNorm([tensor([1, Number.NEGATIVE_INFINITY])])).toBe(Number.POSITIVE_INFINITY);
    expect(gradNorm([])).toBe(0);
  });
});
