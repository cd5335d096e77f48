import {
  add,
  grad,
  gradcheck,
  mul,
  noGrad,
  Random,
  type SplineElementOptions,
  splineElement,
  square,
  sum,
  Tensor,
  tensor,
  useKernels,
  type Variable,
  variable,
} from "diffeo";
import { afterEach, describe, expect, it } from "vitest";
import { moveByOps, standardKnots } from "../../../src/flows/elements/composedSpline.ts";
import { fusedSpline } from "../../../src/flows/elements/fusedSpline.ts";
import { type SplineFrame as Frame, rawPerCoordinate } from "../../../src/tensor/kernels/splineKnots.ts";
import { type Spline, splineOf } from "../../../src/tensor/simd/simdSpline.ts";
import { bitsOf, EPSILON } from "../../support/arbitraries.ts";
import { DEFAULT_FRAME } from "../../support/flows/knots.ts";
import { pulledTerms } from "../../support/flows/splineTerms.ts";
import { sameBits } from "../../support/sameBits.ts";

afterEach(() => {
  useKernels("simd");
});

const DIRECTIONS = ["forward", "inverse"] as const;
/** R rows of raw numbers, n points for each. */
const LAYOUTS = [
  [50, 1],
  [1, 1],
  [1, 64],
  [1, 65],
  [1, 200],
] as const;

/** A spline on [−3, 3]. */
function splineWith(bins: number, tails: Frame["tails"]): Spline {
  return splineOf({ ...DEFAULT_FRAME, bins, tails }, { least: -3 + 2 ** -51, greatest: 3 - 2 ** -51 });
}

/** Points [R, n, E] all over the bins, some on ±3, on a knot, and, with tails, outside or NaN. */
function pointsFor({ frame: { tails, bins: K } }: Spline, shape: readonly number[], random: Random): Variable {
  const special = [-3, 3, -3 + 6 / K, 0, ...(tails === "linear" ? [-7, Infinity, -Infinity, Number.NaN, 3.5] : [])];
  const choice = random.integers([...shape], 8 * special.length).data;
  const data = random.uniform([...shape], -3, 3).data.map((value, i) => special[choice[i]] ?? value);
  return variable(new Tensor(data, [...shape]));
}

function scaled(random: Random, shape: readonly number[], scale: number): Variable {
  return variable(mul(random.normal([...shape]), scale));
}

/** Every spline and batch that is compared: what, the spline, points and raw numbers. */
function* cases(): Generator<[string, Spline, Variable, Variable, Random]> {
  for (const K of [1, 2, 5, 8, 40, 64, 65, 129]) {
    for (const tails of ["linear", "none"] as const) {
      for (const [R, n] of LAYOUTS) {
        for (const scale of K > 40 ? [1] : [0, 1, 5, 300]) {
          const spline = splineWith(K, tails);
          const random = new Random(K + n + scale);
          const E = n === 1 ? 3 : 2;
          const points = pointsFor(spline, [R, n, E], random);
          const raw = scaled(random, [R, rawPerCoordinate(spline.frame), E], scale);
          yield [`${K} bins, tails ${tails}, R = ${R}, n = ${n}, scale ${scale}`, spline, points, raw, random];
        }
      }
    }
  }
}

const layoutOf = ({ shape: [rows, pointsPerRow, coordinates] }: Tensor) => ({ rows, pointsPerRow, coordinates });

describe("the fused spline", () => {
  it.each(DIRECTIONS)("has the bits of the one that is made of ops, points and log-slopes: %s", (direction) => {
    for (const [what, spline, points, raw] of cases()) {
      const fused = fusedSpline(spline, layoutOf(points), direction, points, raw);
      const composed = moveByOps(standardKnots(raw, spline), spline, direction, points);
      expect(bitsOf(fused.to), what).toEqual(bitsOf(composed.to));
      expect(bitsOf(fused.logSlope), what).toEqual(bitsOf(composed.logSlope));
    }
  });

  it.each(DIRECTIONS)("has its gradients, to rounding of their terms: %s", (direction) => {
    for (const [what, spline, points, raw, random] of cases()) {
      const [gTo, gLogSlope] = [random.normal(points.shape), random.normal(points.shape)];
      const gradients = ({ to, logSlope }: { to: Variable; logSlope: Variable }) =>
        grad(add(sum(mul(to, gTo)), sum(mul(logSlope, gLogSlope))), [points, raw]);
      const fused = gradients(fusedSpline(spline, layoutOf(points), direction, points, raw));
      const composed = gradients(moveByOps(standardKnots(raw, spline), spline, direction, points));
      const terms = pulledTerms(spline, direction, points, raw, gTo, gLogSlope);
      for (const k of [0, 1] as const) {
        fused[k].data.forEach((value, i) => {
          const error = Math.abs(value - composed[k].data[i]);
          // formulas of both kinds round each of their terms some ten times; knots are K numbers added one after the other, which may move
          // each of them by K/2 roundings, widths and heights, there and back, in either form
          const bound = (64 + 4 * spline.frame.bins) * EPSILON * terms[k][i] + Number.MIN_VALUE * 2 ** 20;
          if (!(error <= bound)) {
            expect.fail(`${what}, ${["point", "raw"][k]} ${i}: ${value}, but ${composed[k].data[i]}; bound ${bound}`);
          }
        });
      }
    }
  });

  it.each(DIRECTIONS)("has the derivatives of its derivatives: %s", (direction) => {
    for (const tails of ["linear", "none"] as const) {
      for (const [R, n] of [
        [2, 1],
        [1, 3],
      ]) {
        const spline = splineWith(2, tails);
        const random = new Random(6);
        const x = random.uniform([R, n, 1], -2.5, 2.5);
        const raw = random.normal([R, rawPerCoordinate(spline.frame), 1]);
        const f = (points: Tensor, numbers: Tensor) => {
          const { to, logSlope } = fusedSpline(spline, layoutOf(points), direction, points, numbers);
          return add(sum(square(to)), sum(square(logSlope)));
        };
        expect(gradcheck(f, [x, raw], { order: 2 }).failures).toEqual([]);
      }
    }
  });

  it.each(DIRECTIONS)("has the same bits by plain loops and by WebAssembly, gradients too: %s", (direction) => {
    for (const [what, spline, points, raw, random] of cases()) {
      const strange = new Random(3).integers([raw.size], 60).data;
      const special = [1e3, -1e3, 1e300, -1e300, Infinity, -Infinity, Number.NaN];
      const numbers = variable(
        new Tensor(
          raw.data.map((value, i) => special[strange[i]] ?? value),
          raw.shape,
        ),
      );
      const g = random.normal(points.shape);
      sameBits(what, () => {
        const { to, logSlope } = fusedSpline(spline, layoutOf(points), direction, points, numbers);
        return [to, logSlope, ...grad(sum(mul(add(to, logSlope), g)), [points, numbers])];
      });
    }
  });

  it.each(DIRECTIONS)("gives the same without a graph, in pieces, as with one: %s", (direction) => {
    const spline = splineWith(8, "linear");
    const random = new Random(9);
    for (const shape of [
      [300, 1, 5],
      [1, 900, 2],
    ]) {
      const points = pointsFor(spline, shape, random);
      const raw = scaled(random, [shape[0], 23, shape[2]], 2);
      const recorded = fusedSpline(spline, layoutOf(points), direction, points, raw);
      const scored = noGrad(() => fusedSpline(spline, layoutOf(points), direction, points, raw));
      expect(bitsOf(scored.to)).toEqual(bitsOf(recorded.to));
      expect(bitsOf(scored.logSlope)).toEqual(bitsOf(recorded.logSlope));
    }
  });
});

describe("the gradients of the fused spline", () => {
  it.each(DIRECTIONS)("are exact zeros where nothing is asked, whatever the numbers are: %s", (direction) => {
    const spline = splineWith(4, "linear");
    const random = new Random(1);
    const points = variable(random.uniform([3, 1, 1], -2, 2));
    const raw = variable(
      new Tensor(
        random.normal([3, 11, 1]).data.map((value, i) => (i >= 11 && i < 22 ? Number.NaN : value)),
        [3, 11, 1],
      ),
    );
    const { to, logSlope } = fusedSpline(spline, layoutOf(points), direction, points, raw);
    const mask = tensor([[[1]], [[0]], [[0]]]);
    const [gPoints, gRaw] = grad(add(sum(mul(to, mask)), sum(mul(logSlope, mask))), [points, raw]);
    expect(Array.from(gPoints.data, Math.abs).slice(1)).toEqual([0, 0]);
    expect(Array.from(gRaw.data, Math.abs).slice(11)).toEqual(Array(22).fill(0));
    expect(Math.abs(gPoints.data[0])).toBeGreaterThan(0.01);
  });

  it("are 1 and 0 outside, where NaN counts, even if raw numbers are NaN", () => {
    const { forward } = splineElement({ bins: 4 });
    const x = variable([[-3], [3], [5], [Infinity], [-Infinity], [Number.NaN]]);
    const raw = variable(new Tensor(new Float64Array(66).fill(Number.NaN), [6, 11]));
    const { z, logDet } = forward(x, raw);
    expect(bitsOf(z)).toEqual(bitsOf(x));
    expect(Array.from(logDet.data)).toEqual(Array(6).fill(0));
    const [gx, gRaw] = grad(add(sum(z), sum(logDet)), [x, raw]);
    expect(Array.from(gx.data)).toEqual(Array(6).fill(1));
    expect(Array.from(gRaw.data)).toEqual(Array(66).fill(0));
  });

  it("of a slope are 0 beyond 1000, the greatest that there is", () => {
    const { forward } = splineElement({ bins: 2 });
    const slopes = [998, 1000, 1e300].map((slope) => {
      const raw = variable([[0, 0, 0, 0, slope]]);
      return Math.abs(grad(sum(forward(tensor([[0.1]]), raw).logDet), [raw])[0].data[4]);
    });
    expect(slopes[0]).toBeGreaterThan(0);
    expect(slopes.slice(1)).toEqual([0, 0]);
  });

  it("of raw numbers that points share are sums over shards of 64 points, added pairwise", () => {
    const element = splineElement();
    const random = new Random(5);
    const [x, row] = [scaled(random, [200, 2], 2), scaled(random, [1, 46], 1)];
    const pulled = (from: number, to: number): Float64Array => {
      const points = new Tensor(x.data.slice(2 * from, 2 * to), [to - from, 2]);
      const { z, logDet } = element.forward(points, row);
      return grad(add(sum(square(z)), sum(logDet)), [row])[0].data;
    };
    const [a, b, c, d] = [0, 64, 128, 192].map((start) => pulled(start, Math.min(start + 64, 200)));
    expect(pulled(0, 200)).toEqual(a.map((value, i) => value + b[i] + (c[i] + d[i])));
  });

  it("are zeros for raw numbers that no point uses", () => {
    const row = variable(new Random(1).normal([1, 46]));
    const { z, logDet } = splineElement().forward(new Tensor(new Float64Array(0), [0, 2]), row);
    expect([z.shape, logDet.shape]).toEqual([[0, 2], [0]]);
    expect(grad(add(sum(z), sum(logDet)), [row])[0].data).toEqual(new Float64Array(46));
  });

  it("are finite whatever finite raw numbers", () => {
    for (const direction of DIRECTIONS) {
      for (const size of [1e3, 1e300]) {
        const spline = splineWith(8, "none");
        const random = new Random(7);
        const [points, raw] = [variable(random.uniform([100, 1, 2], -3, 3)), scaled(random, [100, 25, 2], size)];
        const { to, logSlope } = fusedSpline(spline, layoutOf(points), direction, points, raw);
        const all = [to, logSlope, ...grad(add(sum(to), sum(logSlope)), [points, raw])];
        for (const { data } of all) expect(data.every(Number.isFinite)).toBe(true);
      }
    }
  });
});

describe("splineElement", () => {
  it("moves each pixel of an image as it moves a coordinate", () => {
    const element = splineElement({ bins: 3 });
    const random = new Random(2);
    const [B, C, H, W] = [2, 3, 2, 2];
    const [x, raw] = [scaled(random, [B, C, H, W], 2), scaled(random, [B, 8 * C, H, W], 1)];
    const flat = (t: Tensor): Variable => variable(new Tensor(t.data, [B, t.size / B]));
    for (const way of DIRECTIONS) {
      const gradients = (points: Variable, numbers: Variable): readonly Tensor[] => {
        const moved = element[way](points, numbers);
        const to = "z" in moved ? moved.z : moved.x;
        return [to, moved.logDet, ...grad(add(sum(square(to)), sum(moved.logDet)), [points, numbers])];
      };
      const images = gradients(x, raw);
      gradients(flat(x), flat(raw)).forEach((each, k) => {
        expect(images[k].data).toEqual(each.data);
      });
    }
  });

  it.each<SplineElementOptions>([{}, { bins: 3, left: 0, right: 1, tails: "none" }])(
    "has an inverse number by number with the same bits: %o",
    (options) => {
      const element = splineElement(options);
      const P = element.rawPerDimension;
      const random = new Random(8);
      const [z, raw] = [random.uniform([7, 1], 0, 1), random.normal([7, P])];
      const { x, logDet } = element.inverse(z, raw);
      const values = Float64Array.of(9, ...z.data, 9);
      const logDets = new Float64Array(9);
      const columns = Float64Array.from({ length: 7 * P + 3 }, (_, i) => raw.data[(i % 7) * P + Math.floor(i / 7)]);
      element.inverseEach?.(values, 1, 7, columns, logDets);
      expect(values).toEqual(Float64Array.of(9, ...x.data, 9));
      expect(logDets.slice(1, 8)).toEqual(logDet.data);
    },
  );
});
