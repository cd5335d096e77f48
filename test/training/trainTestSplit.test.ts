import { concat, DiffeoError, fit, forwardKL, Random, realNVP, Tensor, tensor, trainTestSplit, twoMoons } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spoilt } from "../support/garbage/garbage.ts";
import { smallFlow } from "../support/training.ts";

/** N rows that can be told apart by their first number, with a context and a weight of the same number. */
function numbered(N: number): { x: Tensor; context: Tensor; weights: Tensor } {
  const numbers = Array.from({ length: N }, (_, i) => i);
  return {
    x: tensor(numbers.map((i) => [i, (7 * i) % 11])),
    context: tensor(numbers.map((i) => [i])),
    weights: tensor(numbers.map((i) => i + 1)),
  };
}

describe("trainTestSplit", () => {
  it("cuts a permutation of the rows in two, a fifth to test with", () => {
    const { x } = numbered(24);
    const { train, test, trainRows, testRows } = trainTestSplit(x, { random: new Random(3) });
    expect([...testRows, ...trainRows]).toEqual(new Random(3).permutation(24));
    expect(testRows).toHaveLength(4);
    for (const [{ x: part }, rows] of [
      [train, trainRows],
      [test, testRows],
    ] as const) {
      expect(part.toArray()).toEqual(rows.map((i) => [i, (7 * i) % 11]));
    }
    expect(Object.keys(train)).toEqual(["x"]);
  });

  it("splits contexts and weights alike; a context of one row belongs to both parts", () => {
    const { x, context, weights } = numbered(20);
    const { train, test, trainRows, testRows } = trainTestSplit(x, {
      random: new Random(3),
      test: 0.3,
      context,
      weights,
    });
    for (const [part, rows] of [
      [train, trainRows],
      [test, testRows],
    ] as const) {
      expect(part.context?.toArray()).toEqual(rows.map((i) => [i]));
      expect(part.weights?.toArray()).toEqual(rows.map((i) => i + 1));
    }
    const shared = trainTestSplit(x, { random: new Random(3), context: tensor([[5, 6]]) });
    expect(shared.train.context?.toArray()).toEqual([[5, 6]]);
    expect(shared.test.context?.toArray()).toEqual([[5, 6]]);
  });

  it("keeps copies of a row on one side, whatever their contexts", () => {
    const { x } = numbered(30);
    const context = tensor(Array.from({ length: 90 }, (_, i) => [i]));
    for (let seed = 0; seed < 20; seed++) {
      const options = { random: new Random(seed), test: 0.25, context };
      const { train, test } = trainTestSplit(concat([x, x, x], 0), options);
      const numbersOf = (part: Tensor): Set<number> =>
        new Set(Array.from({ length: part.shape[0] }, (_, i) => part.at(i, 0)));
      expect(test.x.shape[0]).toBe(21); // 22 are asked for, and copies come in threes
      expect([...numbersOf(test.x)].filter((i) => numbersOf(train.x).has(i))).toEqual([]);
    }
  });

  it("takes images, and leaves a row on each side", () => {
    const { train, test } = trainTestSplit(new Random(1).normal([5, 2, 3, 4]) as Tensor, {
      random: new Random(1),
      test: 0.01,
    });
    expect([train.x.shape, test.x.shape]).toEqual([
      [4, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect(trainTestSplit(tensor([[1], [2]]), { random: new Random(1), test: 0.999 }).trainRows).toHaveLength(1);
  });

  it("gives what training takes", async () => {
    const rows = twoMoons().sample(60, new Random(4));
    const context = new Random(5).normal([60, 1]);
    const { train, test } = trainTestSplit(rows, { random: new Random(3), context });
    const { x, ...rest } = train;
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], context: 1, random: new Random(1) });
    const history = await fit(flow, x, { random: new Random(1), steps: 2, ...rest, validation: test });
    expect(history.heldOut).toBe(12);
    expect(Number.isFinite(forwardKL(flow, test.x, test.context).item())).toBe(true);
    expect(await fit(smallFlow(), x, { random: new Random(1), steps: 2 })).toMatchObject({ stopped: "finished" });
  });

  it("refuses, and leaves random as it was", () => {
    const random = new Random(3);
    const { x } = numbered(4);
    const refused = (data: unknown, options: object): string => {
      try {
        trainTestSplit(data as Tensor, { random, ...options });
      } catch (error) {
        expect(error).toBeInstanceOf(DiffeoError);
        return (error as Error).message;
      }
      throw new Error("nothing was refused");
    };
    expect(refused(x, { test: 1 })).toBe("trainTestSplit: test is a fraction in (0, 1); got 1");
    expect(refused(x, { test: 0.2, size: 3 })).toMatch(/^trainTestSplit: unknown option "size"/);
    expect(
      refused(
        tensor([
          [1, 2],
          [1, 2],
        ]),
        {},
      ),
    ).toBe("trainTestSplit: holding rows out takes at least 2 different ones; got 1 (2 rows, copies of one another)");
    expect(refused(tensor(3), {})).toBe("trainTestSplit: x must have rows, [N, …]; got []");
    expect(refused(new Tensor(new Float64Array(0), [0, 2]), {})).toMatch(/at least 2 different ones; got 0/);
    expect(refused(tensor([[1], [Number.NaN]]), {})).toBe("trainTestSplit: data must be finite; x[1,0] = NaN");
    expect(refused(x, { context: tensor([[1], [2]]) })).toBe(
      "trainTestSplit: context must be [4,C] or [1,C]; got [2,1]",
    );
    expect(refused(x, { weights: tensor([1, 2]) })).toBe(
      "trainTestSplit: weights must be [4], one for each row; got [2]",
    );
    expect(refused(x, { weights: tensor([1, 2, -1, 0]) })).toBe("trainTestSplit: weights must be ≥ 0; weights[2] = -1");
    expect(refused(x, { weights: tensor([0, 0, 0, 0]) })).toMatch(/^trainTestSplit: weights must not all be 0/);
    expect(random.state()).toEqual(new Random(3).state());
  });

  it("answers any garbage with a typed error on one line", () => {
    const { x: _, ...rest } = numbered(6);
    const call = (): unknown[] => [numbered(6).x, { random: new Random(1), test: 0.5, ...rest }];
    fc.assert(
      fc.property(spoilt(call()), (args) => {
        try {
          trainTestSplit(...(args as [Tensor, { random: Random }]));
        } catch (error) {
          expect(error).toBeInstanceOf(DiffeoError);
          expect((error as Error).message).toMatch(/^[\w.]+: [^\n]+$/);
        }
      }),
      { numRuns: 200 },
    );
  });
});
