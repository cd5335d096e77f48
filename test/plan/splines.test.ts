import { add, grad, mul, noGrad, Random, sum, Tensor, type Variable, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { standardKnots } from "../../src/flows/elements/composedSpline.ts";
import { fusedSpline } from "../../src/flows/elements/fusedSpline.ts";
import { type Plan, planOf } from "../../src/plan/plan.ts";
import { programOf } from "../../src/plan/program.ts";
import { record } from "../../src/plan/recording.ts";
import type { SplineDirection } from "../../src/tensor/kernels/splineBins.ts";
import { rawPerCoordinate, type SplineFrame } from "../../src/tensor/kernels/splineKnots.ts";
import { type Spline, splineOf } from "../../src/tensor/simd/simdSpline.ts";
import { DEFAULT_FRAME } from "../support/flows/knots.ts";

const DIRECTIONS = ["forward", "inverse"] as const;
const TAILS = ["linear", "none"] as const;
/** R rows of raw numbers for E coordinates: pairs of lanes that are neighbours, or not; a lane without a partner; more than a piece. */
const SIZES = [
  [1, 1],
  [2, 1],
  [5, 1],
  [3, 2],
  [3, 3],
  [7, 5],
  [40, 4],
  [131, 3],
] as const;

/** A spline on [−3, 3]. */
function splineWith(bins: number, tails: SplineFrame["tails"]): Spline {
  return splineOf({ ...DEFAULT_FRAME, bins, tails }, { least: -3 + 2 ** -51, greatest: 3 - 2 ** -51 });
}

/** Points [R, 1, E] all over the bins: some on ±3, and next to it, on a knot, and, with tails, outside or NaN. */
function pointsFor({ frame: { tails, bins: K } }: Spline, shape: readonly number[], random: Random): Tensor {
  const inner = [-3, 3, -3 + 6 / K, 0, -0, 3 - 2 ** -51, -3 + 2 ** -51];
  const special = [...inner, ...(tails === "linear" ? [-7, Infinity, -Infinity, Number.NaN, 3.5] : [])];
  const choice = random.integers([...shape], 6 * special.length).data;
  const data = random.uniform([...shape], -3, 3).data.map((value, i) => special[choice[i]] ?? value);
  return new Tensor(data, [...shape]);
}

/** What is computed: points, ln of slopes, and, if asked for, the cotangents of points and raw numbers. */
function computation(spline: Spline, direction: SplineDirection, gradients: boolean) {
  return ([points, raw, gTo, gLogSlope]: readonly Variable[]): readonly Tensor[] => {
    const [rows, pointsPerRow, coordinates] = points.shape;
    const { to, logSlope } = fusedSpline(spline, { rows, pointsPerRow, coordinates }, direction, points, raw);
    if (!gradients) return [to, logSlope];
    const asked = add(sum(mul(to, gTo)), sum(mul(logSlope, gLogSlope)));
    return [to, logSlope, ...noGrad(() => grad(asked, [points, raw]))];
  };
}

/** A plan of f, made for inputs of those shapes. */
function planFor(f: (inputs: readonly Variable[]) => readonly Tensor[], inputs: readonly Variable[]): Plan {
  const { result, events } = record(() => f(inputs));
  const program = programOf(events, inputs, result);
  return planOf(program as NonNullable<typeof program>, { poison: true }) as Plan;
}

/** What the plan gives. */
function run({ memory: { numbers }, given, wanted, run }: Plan, inputs: readonly Tensor[], like: readonly Tensor[]) {
  inputs.forEach(({ data }, k) => {
    numbers.set(data, given[k] / 8);
  });
  run();
  return like.map(({ size, shape }, k) => new Tensor(numbers.slice(wanted[k] / 8, wanted[k] / 8 + size), shape));
}

function kernelsOf({ calls }: Plan): string[] {
  return calls.flatMap(({ kernel }) => (kernel?.startsWith("spline") ? [kernel.split(" ")[0]] : []));
}

/** Where two tensors are not the same to the bit, but for what kind of NaN a NaN is; −1 if nowhere. */
function differenceOf(a: Tensor, b: Tensor): number {
  return a.data.findIndex((value, i) => !Object.is(value, b.data[i]));
}

/** Inputs of one kind, drawn anew each time; a third of the points lie on knots of their own. */
function draw(
  spline: Spline,
  direction: SplineDirection,
  [R, E]: readonly [number, number],
  scale: number,
  random: Random,
): Variable[] {
  const K = spline.frame.bins;
  const points = pointsFor(spline, [R, 1, E], random);
  const raw = variable(mul(random.normal([R, rawPerCoordinate(spline.frame), E]), scale));
  const { x, y } = standardKnots(raw, spline);
  const knots = direction === "forward" ? x : y; // [R, K + 1, E]
  const choice = random.integers([R, 1, E], 3 * (K + 1)).data;
  const moved = points.data.map((value, i) =>
    choice[i] > K ? value : knots.data[Math.floor(i / E) * (K + 1) * E + choice[i] * E + (i % E)],
  );
  const cotangents = [0, 1].map(() => {
    const { data } = random.normal([R, 1, E]);
    const zeros = random.integers([R, 1, E], 4).data; // where nothing is asked
    return new Tensor(
      data.map((value, i) => (zeros[i] === 0 ? 0 : value)),
      [R, 1, E],
    );
  });
  return [new Tensor(moved, points.shape), raw, ...cotangents].map((each) =>
    variable(new Tensor(each.data, each.shape)),
  );
}

describe("the plan of a spline", () => {
  it.each(DIRECTIONS.flatMap((direction) => TAILS.map((tails) => [direction, tails] as const)))(
    "has the bits of the op, gradients too: %s, tails %s",
    (direction, tails) => {
      for (const K of [1, 2, 3, 8, 64]) {
        const spline = splineWith(K, tails);
        for (const size of K === 8 ? SIZES : SIZES.slice(3, 5)) {
          const random = new Random(K + size[0]);
          for (const gradients of [true, false]) {
            const f = computation(spline, direction, gradients);
            const compute = (inputs: readonly Variable[]) => (gradients ? f(inputs) : noGrad(() => f(inputs)));
            const plan = planFor(compute, draw(spline, direction, size, 1, random).slice(0, gradients ? 4 : 2));
            expect(kernelsOf(plan)).toEqual(gradients ? ["splineTraced", "splineGradients"] : ["spline"]);
            for (const scale of [0, 1, 5, 300, 1e3, 1e300]) {
              const inputs = draw(spline, direction, size, scale, random).slice(0, gradients ? 4 : 2);
              const right = compute(inputs);
              run(plan, inputs, right).forEach((each, k) => {
                expect(differenceOf(each, right[k]), `${K} bins, [${size}], scale ${scale}, result ${k}`).toBe(-1);
              });
            }
          }
        }
      }
    },
  );

  it.each(DIRECTIONS)("has no finite result that the op has not, whatever the raw numbers: %s", (direction) => {
    const special = [Infinity, -Infinity, Number.NaN];
    for (const tails of TAILS) {
      const spline = splineWith(4, tails);
      const random = new Random(11);
      const f = computation(spline, direction, true);
      const plan = planFor(f, draw(spline, direction, [50, 3], 1, random));
      for (let round = 0; round < 8; round++) {
        const [points, raw, ...cotangents] = draw(spline, direction, [50, 3], 2, random);
        const choice = random.integers(raw.shape, 100).data;
        const numbers = raw.data.map((value, i) => special[choice[i]] ?? value);
        const inputs = [points, variable(new Tensor(numbers, raw.shape)), ...cotangents];
        const right = f(inputs);
        const planned = run(plan, inputs, right);
        planned.slice(0, 3).forEach((each, k) => {
          expect(differenceOf(each, right[k])).toBe(-1);
        });
        // a cotangent of raw numbers may be NaN where zeros are strong in the op, but only in a lane that has another NaN
        const P = raw.shape[1];
        planned[3].data.forEach((value, i) => {
          if (Object.is(value, right[3].data[i])) return;
          const lane = Math.floor(i / (P * 3)) * 3 + (i % 3);
          expect([value, planned[1].data[lane] * 0]).toEqual([Number.NaN, Number.NaN]);
        });
      }
    }
  });

  it("is the op itself where points share raw numbers, or shares are added up in shards", () => {
    const random = new Random(2);
    for (const [K, R, n] of [
      [4, 1, 70],
      [65, 3, 1],
    ] as const) {
      const spline = splineWith(K, "linear");
      const f = computation(spline, "forward", true);
      const inputs = [
        [R, n, 2],
        [R, 3 * K - 1, 2],
        [R, n, 2],
        [R, n, 2],
      ].map((shape) => variable(random.normal(shape)));
      const plan = planFor(f, inputs);
      expect(kernelsOf(plan)).toEqual([]);
      const right = f(inputs);
      run(plan, inputs, right).forEach((each, k) => {
        expect(differenceOf(each, right[k])).toBe(-1);
      });
    }
  });
});
