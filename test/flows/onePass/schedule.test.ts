import { maskedAutoregressive, maskedMlp, noGrad, Random } from "diffeo";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { adjointSchedule, forwardSchedule } from "../../../src/flows/onePass/schedule.ts";
import type * as kernel from "../../../src/tensor/simd/blockProduct.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { contextFor, netChoices } from "../../support/maskedNets.ts";

/** Every product that a pass makes: M rows, K columns, N points. */
const products: { M: number; K: number; N: number }[] = vi.hoisted(() => []);

vi.mock("../../../src/tensor/simd/blockProduct.ts", async (importOriginal) => {
  const { blockProduct, ...others } = await importOriginal<typeof kernel>();
  return {
    ...others,
    blockProduct(...parameters: Parameters<typeof blockProduct>) {
      const [, , , , , M, K, N] = parameters;
      products.push({ M, K, N });
      blockProduct(...parameters);
    },
  };
});

beforeEach(() => {
  products.length = 0;
});

const total = (of: (product: { M: number; K: number; N: number }) => number): number =>
  products.reduce((sum, product) => sum + of(product), 0);

describe("the schedule that is worked out for D = 3", () => {
  const net = maskedMlp({ dimensions: 3, outputsPerDimension: 2, hidden: [2], random: new Random(1) });
  const { count, coordinates, stages } = forwardSchedule(net);
  /** The units that each step computes. */
  const byStep = ({ units, end }: typeof coordinates): number[][] =>
    Array.from(end, (to, t) => Array.from(units.subarray(t === 0 ? 0 : end[t - 1], to)));

  it("moves a coordinate at each step, by what has become known", () => {
    expect(count).toBe(3);
    expect(byStep(coordinates)).toEqual([[0], [1], [2]]);
    expect(byStep(stages[0].rows)).toEqual([[], [0], [1]]); // hidden units
    expect(byStep(stages[1].rows)).toEqual([
      [0, 3], // a_0, b_0
      [1, 4],
      [2, 5],
    ]);
    expect(stages.map(({ columns }) => Array.from(columns.end))).toEqual([
      [0, 1, 2], // x_0, then x_1, too
      [0, 1, 2], // h_0, then h_1, too
    ]);
  });

  it("takes 9 multiply-adds, where a dense pass takes 18", () => {
    expect(stages.map(({ size }) => size)).toEqual([3, 6]);
    expect(net.maps.map(({ weight }) => weight.size)).toEqual([6, 12]);
  });
});

describe("a one-pass inverse", () => {
  it.each([
    [5, [16, 16]],
    [21, [64, 64]],
    [64, [100, 80, 60]],
    [100, [64, 64]],
  ])("computes each unit once, with half the multiply-adds of a dense pass, for D = %i and hidden %o", (D, hidden) => {
    for (const [order, residual] of [
      ["natural", false],
      ["random", false],
      ["reversed", true],
    ] as const) {
      products.length = 0;
      const random = new Random(D);
      const widths = residual ? hidden.map(() => hidden[0]) : hidden;
      const options = { dimensions: D, outputsPerDimension: 2, hidden: widths, order, residual };
      const net = maskedMlp({ ...options, random });
      const layer = maskedAutoregressive({ dimensions: D, conditioner: net, random });
      noGrad(() => layer.inverse(random.normal([1, D])));
      const dense = net.maps.reduce((sum, { weight }) => sum + weight.size, 0);
      expect(total(({ M }) => M)).toBe(net.maps.reduce((sum, { rows }) => sum + rows, 0));
      // groups of g = H/(D − 1) units, rounded up: Σ_t g·(g + 2g + … + t·g) is ½H²(1 + g/H)
      const excess = 1 / (D - 1) + 1 / Math.min(...widths);
      expect(total(({ M, K }) => M * K) / dense).toBeLessThanOrEqual(0.5 * (1 + excess));
      expect(total(({ M, K }) => M * K) / dense).toBeGreaterThan(0.4);
    }
  });

  it("takes as many steps as the dependencies are deep, whatever D", () => {
    const D = 40;
    const order = Array.from({ length: D }, (_, i) => i % 2);
    const layer = maskedAutoregressive({ dimensions: D, hidden: [8], order, random: new Random(1) });
    noGrad(() => layer.inverse(new Random(2).normal([1, D])));
    // step 0 has no unit to compute, only the outputs of half the coordinates, which see nothing
    expect(products).toEqual([
      { M: 40, K: 0, N: 1 },
      { M: 8, K: 20, N: 1 },
      { M: 40, K: 8, N: 1 },
    ]);
  });
});

describe("a schedule", () => {
  it("has every unit in a group of its own step, and gives each group only what is known by then", () => {
    fc.assert(
      fc.property(netChoices(2, 8), ({ options, seed }) => {
        const net = maskedMlp({ ...options, outputsPerDimension: 2, random: new Random(seed) });
        for (const schedule of [forwardSchedule(net), adjointSchedule(net)]) {
          expect(schedule.count).toBe(net.steps.count);
          for (const { rows, columns, map, transposed } of schedule.stages) {
            const { mask, columns: mapColumns } = net.maps[map];
            const width = mapColumns + (map === 0 ? net.context : 0);
            expect(Array.from(rows.units).sort((a, b) => a - b)).toEqual(Array.from(rows.units.keys()));
            // whatever a computed row is connected with stands among the columns known at its step
            for (let t = 0, row = 0; t < schedule.count; t++) {
              const known = new Set(columns.units.slice(0, columns.end[t]));
              for (; row < rows.end[t]; row++) {
                const unit = rows.units[row];
                for (const column of columns.units) {
                  const connected = mask[transposed ? column * width + unit : unit * width + column] === 1;
                  // backwards, what no coordinate waits for may lie behind the last step
                  if (connected) expect(known.has(column)).toBe(true);
                }
              }
            }
          }
        }
      }),
    );
  });

  it("makes the same products for 1 point and for each group of 64", () => {
    fc.assert(
      fc.property(netChoices(2), ({ options, seed }) => {
        const random = new Random(seed);
        const layer = maskedAutoregressive({ ...options, random });
        randomizeParameters(layer, random);
        const run = (batch: number): unknown[] => {
          products.length = 0;
          const z = random.normal([batch, options.dimensions]);
          noGrad(() => layer.inverse(z, contextFor(options.context, batch, random)));
          return products.map(({ M, K }) => [M, K]);
        };
        const one = run(1);
        expect(run(0)).toEqual([]);
        expect(run(129)).toEqual([...one, ...one, ...one]);
      }),
      { numRuns: 20 },
    );
  });
});
