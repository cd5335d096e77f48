import {
  DomainError,
  grad,
  jacobian,
  type MaskedMlpOptions,
  maskedMlp,
  noGrad,
  Random,
  ShapeError,
  sum,
  Tensor,
  tensor,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, expectWithin, seeds } from "../support/arbitraries.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";
import { contextFor, netChoices, randomDependencies } from "../support/maskedNets.ts";

const random = new Random(1);

/** Whether output p·D + i depends on input j, by differentiation. */
function pattern(options: Omit<MaskedMlpOptions, "random">, seed: number): boolean[][] {
  const net = maskedMlp({ ...options, random: new Random(seed) });
  randomizeParameters(net, new Random(seed));
  const { dimensions: D } = options;
  const context = contextFor(options.context, 1, random);
  const J = jacobian((x) => net.apply(x, context), new Random(seed).normal([1, D]));
  const rows = J.size / D;
  return Array.from({ length: rows }, (_, i) => Array.from({ length: D }, (_, j) => J.data[i * D + j] !== 0));
}

describe("maskedMlp", () => {
  it("is an mlp with masked weights, by hand", () => {
    const net = maskedMlp({ dimensions: 2, outputsPerDimension: 1, hidden: [1], random });
    [[2, 99], [0.5], [99, 3], [1, -1]].forEach((values, k) => {
      net.parameters[k].assign(tensor(values, net.parameters[k].shape));
    });
    const raw = net.apply(tensor([[0.3, 7]]));
    expect(raw.at(0, 0)).toBe(1); // coordinate 0 sees nothing
    expectWithin(raw.at(0, 1), 3 * Math.tanh(2 * 0.3 + 0.5) - 1, 1e-15 * 8); // coordinate 1 sees coordinate 0
  });

  it("depends exactly on what has lower rank, and on all of it, whatever the order", () => {
    const orders = [
      "natural",
      "reversed",
      [2, 0, 3, 1, 4],
      [0, 0, 1, 1, 2],
      [7, -3, 7, 0, 100],
      [1, 1, 1, 1, 1],
    ] as const;
    for (const order of orders) {
      const ranks =
        order === "natural" ? [0, 1, 2, 3, 4] : order === "reversed" ? [4, 3, 2, 1, 0] : (order as readonly number[]);
      const expected = Array.from({ length: 10 }, (_, row) => ranks.map((rank) => rank < ranks[row % 5]));
      for (const residual of [false, true]) {
        const options = { dimensions: 5, outputsPerDimension: 2, hidden: [9, 9], residual, order };
        expect(pattern(options, 3), `${order}`).toEqual(expected);
      }
    }
  });

  it("depends on a random order of the coordinates, another for another seed", () => {
    const counts = (seed: number): number[] =>
      pattern({ dimensions: 6, outputsPerDimension: 1, order: "random" }, seed).map(
        (row) => row.filter(Boolean).length,
      );
    expect(counts(1).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(counts(1)).not.toEqual(counts(2));
  });

  it("depends exactly on what dependencies allow, and on all of it, where layers are wide enough", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), fc.boolean(), fc.nat(1), (seed, D, residual, context) => {
        const dependencies = randomDependencies(D, new Random(seed));
        const options = {
          dimensions: D,
          outputsPerDimension: 2,
          hidden: [D + 1, D + 1],
          residual,
          dependencies,
          context,
        };
        const expected = Array.from({ length: 2 * D }, (_, row) => dependencies[row % D].map((entry) => entry === 1));
        expect(pattern(options, seed)).toEqual(expected);
      }),
    );
  });

  it("never depends on what it may not, however narrow", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 3 }), (seed, D, width) => {
        const dependencies = randomDependencies(D, new Random(seed));
        const found = pattern({ dimensions: D, outputsPerDimension: 1, hidden: [width, 2], dependencies }, seed);
        found.forEach((row, i) => {
          row.forEach((depends, j) => {
            if (depends) expect(dependencies[i][j]).toBe(1);
          });
        });
      }),
    );
  });

  it("lets nothing of a masked weight through, not even NaN, and gives it a gradient of exactly 0", () => {
    fc.assert(
      fc.property(netChoices(2), ({ options, batch, seed }) => {
        const draw = new Random(seed);
        const net = maskedMlp({ ...options, outputsPerDimension: 2, random: draw });
        randomizeParameters(net, draw);
        const x = draw.normal([batch, options.dimensions]);
        const context = contextFor(options.context, batch, draw);
        const before = net.apply(x, context);
        for (const { weight, mask } of net.maps) {
          weight.assign(
            new Tensor(
              weight.data.map((value, k) => (mask[k] === 1 ? value : Number.NaN)),
              weight.shape,
            ),
          );
        }
        expect(bitsOf(net.apply(x, context))).toEqual(bitsOf(before));
        expect(bitsOf(noGrad(() => net.apply(x, context)))).toEqual(bitsOf(before));
        const weights = net.maps.map(({ weight }) => weight);
        grad(sum(net.apply(x, context)), weights).forEach((g, l) => {
          g.data.forEach((value, k) => {
            expect(net.maps[l].mask[k] === 1 ? Number.isFinite(value) : value === 0).toBe(true);
          });
        });
      }),
    );
  });

  it("misses no dependency by default, however many dimensions", () => {
    for (const [D, residual, context, order] of [
      [100, false, 0, "natural"],
      [100, true, 0, "reversed"],
      [65, false, 2, "random"],
      [66, true, 1, "natural"],
    ] as const) {
      const found = pattern({ dimensions: D, outputsPerDimension: 1, residual, context, order }, 5);
      expect(found.flat().filter(Boolean).length, `D = ${D}`).toBe((D * (D - 1)) / 2);
    }
  });

  it("misses dependencies in hidden layers that are narrower on demand", () => {
    const found = pattern({ dimensions: 5, outputsPerDimension: 1, hidden: [3] }, 5);
    expect(found.flat().filter(Boolean).length).toBe(9); // of 10
  });

  it("lets every coordinate see the whole context", () => {
    for (const [hidden, residual] of [
      [[5, 5], false],
      [[5], true],
      [[], false],
    ] as const) {
      const net = maskedMlp({
        dimensions: 5,
        outputsPerDimension: 2,
        hidden,
        residual,
        context: 3,
        order: "random",
        random,
      });
      randomizeParameters(net, new Random(4));
      const x = random.normal([1, 5]);
      const J = jacobian((context) => net.apply(x, context), random.normal([1, 3]));
      expect(J.size).toBe(30);
      for (const derivative of J.data) expect(Math.abs(derivative)).toBeGreaterThan(0);
    }
  });

  it("shows its context to every unit, also for a single coordinate", () => {
    const net = maskedMlp({ dimensions: 1, outputsPerDimension: 2, context: 1, random });
    randomizeParameters(net, new Random(2));
    const x = tensor([[0.3], [0.3]]);
    const raw = net.apply(x, tensor([[0], [1]]));
    expect(raw.at(0, 0)).not.toBe(raw.at(1, 0));
    expect(raw.at(0, 1)).not.toBe(raw.at(1, 1));
    expect(bitsOf(net.apply(tensor([[9], [-9]]), tensor([[0], [1]])))).toEqual(bitsOf(raw));
  });

  it("forgets what it kept of a weight when that is assigned, and has the old bits when it is put back", () => {
    const net = maskedMlp({ dimensions: 3, outputsPerDimension: 1, hidden: [4], random });
    randomizeParameters(net, new Random(2));
    const x = random.normal([2, 3]);
    const run = (): readonly bigint[] => bitsOf(noGrad(() => net.apply(x)));
    const [weight] = net.parameters;
    const values = new Tensor(weight.data, weight.shape);
    const before = run();
    weight.assign(random.normal(weight.shape));
    expect(run()).not.toEqual(before);
    weight.assign(values);
    expect(run()).toEqual(before);
  });

  it("knows how many dependent steps it takes: the depth of the dependencies, not D", () => {
    const stepsOf = (options: Partial<MaskedMlpOptions>): number[] =>
      Array.from(maskedMlp({ dimensions: 4, outputsPerDimension: 1, random, ...options }).steps.coordinates);
    expect(stepsOf({})).toEqual([0, 1, 2, 3]);
    expect(stepsOf({ order: "reversed" })).toEqual([3, 2, 1, 0]);
    expect(stepsOf({ order: [0, 5, 0, 5] })).toEqual([0, 1, 0, 1]);
    const dependencies = [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 1, 1, 0],
    ];
    expect(stepsOf({ dependencies })).toEqual([0, 1, 0, 2]);
  });

  it("starts at zero, with rows of hidden weights within ±1/√(weights that act), and parameters numbered", () => {
    const net = maskedMlp({ dimensions: 3, outputsPerDimension: 2, hidden: [4, 5], context: 1, random });
    expect(net.apply(random.normal([1, 3]), tensor([[1]])).toArray()).toEqual([[0, 0, 0, 0, 0, 0]]);
    expect(net.parameters.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      ...["0.weight 4,4", "0.bias 4", "1.weight 5,4", "1.bias 5", "2.weight 6,5", "2.bias 6"],
    ]);
    const { weight, mask } = net.maps[1];
    for (let row = 0; row < 5; row++) {
      const acting = mask.subarray(4 * row, 4 * row + 4).reduce((count, entry) => count + entry, 0);
      for (let k = 0; k < 4; k++) expect(Math.abs(weight.at(row, k))).toBeLessThanOrEqual(1 / Math.sqrt(acting));
    }
  });

  it("can be rebuilt from its definition, which is plain JSON", () => {
    fc.assert(
      fc.property(netChoices(2), ({ options, batch, seed }) => {
        const draw = new Random(seed);
        const net = maskedMlp({ ...options, outputsPerDimension: 2, random: draw });
        randomizeParameters(net, draw);
        const { type, ...rebuilt } = JSON.parse(JSON.stringify(net.definition));
        const again = maskedMlp({ ...rebuilt, random: new Random(0) });
        for (const [k, parameter] of again.parameters.entries()) parameter.assign(net.parameters[k]);
        const x = draw.normal([batch, options.dimensions]);
        const context = contextFor(options.context, batch, draw);
        expect(type).toBe("maskedMlp");
        expect(bitsOf(again.apply(x, context))).toEqual(bitsOf(net.apply(x, context)));
        expect(again.definition).toEqual(net.definition);
      }),
    );
  });

  it("refuses dependencies in a circle, and names one", () => {
    const make = (options: Partial<MaskedMlpOptions>) => () =>
      maskedMlp({ dimensions: 3, outputsPerDimension: 1, random, ...options });
    const circle = [
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ];
    expect(make({ dependencies: circle })).toThrow(
      new DomainError("maskedMlp: coordinates may not depend on each other in a circle; got 0 on 2 on 1 on 0"),
    );
    expect(make({ dependencies: circle.map((row, i) => row.map((_, j) => (i === 1 && j === 1 ? 1 : 0))) })).toThrow(
      "in a circle; got 1 on 1",
    );
    const ones = [Array(12).fill(1), Array(12).fill(1)];
    expect(make({ hidden: [4], masks: ones })).toThrow("in a circle; got 0 on 0");
    // a block's skip takes along what the map before the last saw, whatever the masks between say
    const passing = [[1, 0, 0], [0], [0], [1, 0, 0]];
    expect(make({ hidden: [1], residual: true, masks: passing })).toThrow("in a circle; got 0 on 0");
  });

  it("says what is wrong", () => {
    const make = (options: object) => () => maskedMlp({ dimensions: 3, outputsPerDimension: 1, random, ...options });
    expect(make({ dimensions: 0 })).toThrow(new DomainError("maskedMlp: dimensions must be an integer ≥ 1; got 0"));
    expect(make({ outputsPerDimension: 1.5 })).toThrow("outputsPerDimension must be an integer ≥ 1; got 1.5");
    expect(make({ context: "2" })).toThrow('context must be an integer ≥ 0; got "2"');
    expect(make({ hidden: [3, 0] })).toThrow("hidden is a list of widths ≥ 1, as [64, 64]; got [3,0]");
    expect(make({ hidden: [3, 4], residual: true })).toThrow("one width per block, all equal; got [3,4]");
    expect(make({ order: "backwards" })).toThrow('"random" or a list of integer ranks; got "backwards"');
    expect(make({ order: [0, 1] })).toThrow(
      new ShapeError("maskedMlp: the order needs one rank per coordinate; got 2 for D = 3"),
    );
    expect(make({ order: [0, 1, Number.NaN] })).toThrow(DomainError);
    expect(make({ dependencies: [[0], [0], [0]] })).toThrow("dependencies must be 3 rows of 3; got [[0],[0],[0]]");
    const wrong = [
      [0, 0, 0],
      [2, 0, 0],
      [0, 0, 0],
    ];
    expect(make({ dependencies: wrong })).toThrow("dependencies are 0 or 1; got 2 at [1,0]");
    expect(make({ hidden: [], masks: [[0, 0]] })).toThrow("mask 0 must hold 3·3 entries; got 2");
    expect(make({ hidden: [], masks: [] })).toThrow("needs one mask per affine map, 1; got []");
    expect(make({ hidden: [], masks: [Array(9).fill(0.5)] })).toThrow("masks are 0 or 1; got 0.5 in mask 0");
    expect(make({ order: "natural", masks: [] })).toThrow("one of order, dependencies and masks; got order and masks");
    const net = maskedMlp({ dimensions: 3, outputsPerDimension: 1, context: 1, random });
    expect(() => net.apply(tensor([[1, 2]]))).toThrow("maskedMlp: the rows must be [B,3]; got [1,2]");
    expect(() => net.apply(tensor([[1, 2, 3]]))).toThrow("maskedMlp: needs a context of width 1; got none");
  });
});
