import {
  add,
  clamp,
  DomainError,
  detach,
  elementwiseSpline,
  grad,
  gradcheck,
  mul,
  Random,
  ShapeError,
  splineElement,
  square,
  sum,
  Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";
import { DEFAULT_FRAME, knotsByHand, nflowsKnots } from "../../support/flows/knots.ts";

/** The spline of Durkan et al. (2019), eqs. 4 and 5, as they write it: value and slope. */
function byTheirFormula(
  at: number,
  x: readonly number[],
  y: readonly number[],
  d: readonly number[],
): [number, number] {
  const k = Math.max(0, x.findIndex((edge, i) => i > 0 && at < edge) - 1);
  const [w, h] = [x[k + 1] - x[k], y[k + 1] - y[k]];
  const [s, t] = [h / w, (at - x[k]) / w];
  const denominator = s + (d[k + 1] + d[k] - 2 * s) * t * (1 - t);
  return [
    y[k] + (h * (s * t * t + d[k] * t * (1 - t))) / denominator,
    (s * s * (d[k + 1] * t * t + 2 * s * t * (1 - t) + d[k] * (1 - t) * (1 - t))) / (denominator * denominator),
  ];
}

describe("splineElement", () => {
  it("is the identity for raw numbers of 0, to rounding, and outside its bounds for any, to the bit", () => {
    const element = splineElement({ bins: 5, bound: 2 });
    const x = tensor([[-7], [-2], [-1.3], [0], [0.4], [1.999], [2], [1e6]]);
    const { z, logDet } = element.forward(x, zeros([8, 14]));
    x.data.forEach((value, i) => {
      expectWithin(z.data[i], value, 32 * EPSILON * (1 + Math.abs(value)));
      expectWithin(logDet.data[i], 0, 64 * EPSILON);
    });
    const raw = new Random(1).normal([8, 14]);
    const bent = element.forward(x, raw);
    for (const i of [0, 1, 6, 7]) {
      expect(bent.z.data[i]).toBe(x.data[i]);
      expect(Math.abs(bent.logDet.data[i])).toBe(0);
    }
    expect(Math.abs(bent.z.data[4] - 0.4)).toBeGreaterThan(0.01);
  });

  it("is the rational-quadratic function of the paper, value and slope, in every bin", () => {
    const frame = { ...DEFAULT_FRAME, bins: 4 };
    const element = splineElement({ bins: 4 });
    fc.assert(
      fc.property(seeds, fc.double({ min: -2.99, max: 2.99, noNaN: true }), (seed, at) => {
        const raw = new Random(seed).normal([1, 11]);
        const { x, y, d } = knotsByHand(Array.from(raw.data), frame);
        const [z, slope] = byTheirFormula(at, x, y, d);
        const result = element.forward(tensor([[at]]), raw);
        // slopes reach 10, and knots are known to 8·eps
        expectWithin(result.z.item(), z, 1e-13);
        expectWithin(result.logDet.item(), Math.log(slope), 1e-12);
      }),
    );
  });

  it("goes through its knots with their slopes, from either side", () => {
    const knots = { x: [-3, -1, 0.5, 3], y: [-3, 0, 2, 3], d: [1, 0.5, 3, 1] };
    const column = (values: readonly number[]) => tensor([values.map((value) => [value])]);
    const element = splineElement({
      bins: 3,
      knots: () => ({ x: column(knots.x), y: column(knots.y), derivatives: column(knots.d) }) as never,
    });
    for (const k of [1, 2]) {
      for (const step of [-1e-9, 0, 1e-9]) {
        const { z, logDet } = element.forward(tensor([[knots.x[k] + step]]), zeros([1, 8]));
        expectWithin(z.item(), knots.y[k] + step * knots.d[k], 1e-15 + 1e-16 * 16);
        expectWithin(logDet.item(), Math.log(knots.d[k]), 1e-7);
      }
    }
  });

  it("comes back from every bin, steep and flat", () => {
    const element = splineElement({ bins: 6, bound: 1 });
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const raw = new Tensor(
          random.normal([20, 34]).data.map((value) => 3 * value),
          [20, 34],
        );
        const x = random.uniform([20, 2], -1, 1);
        const there = element.forward(x, raw);
        const back = element.inverse(there.z, raw);
        const changeOf = (i: number, j: number, by: number): number => {
          const moved = new Tensor(
            x.data.map((value, k) => (k === 2 * i + j ? value + by : value)),
            x.shape,
          );
          return Math.abs(element.forward(moved, raw).logDet.at(i) - there.logDet.at(i));
        };
        for (let i = 0; i < 20; i++) {
          const steepness = Math.exp(-there.logDet.at(i)) + 1000; // of the inverse, at most 1/minimumDerivative in each coordinate
          const away = 64 * EPSILON * steepness;
          for (const j of [0, 1]) expectWithin(back.x.at(i, j), x.at(i, j), away);
          // by how much the log-det changes so far from x
          const change = [0, 1].reduce(
            (total, j) => total + Math.max(...[away, -away].map((d) => changeOf(i, j, d))),
            0,
          );
          expectWithin(back.logDet.at(i), -there.logDet.at(i), 1e-11 + 2 * change);
        }
      }),
    );
  });

  it.each(["linear", "none"] as const)(
    "has finite values, log-dets and gradients, and comes back, whatever finite raw numbers: tails %s",
    (tails) => {
      const element = splineElement({ tails });
      const P = element.rawPerDimension;
      const random = new Random(4);
      for (const size of [1e3, 1e8, 1e160, 1e307, Number.MAX_VALUE]) {
        const raw = variable(clamp(mul(random.normal([300, P]), size), -Number.MAX_VALUE, Number.MAX_VALUE));
        const x = variable(random.uniform([300, 1], -3, 3));
        const { z, logDet } = element.forward(x, raw);
        const back = element.inverse(detach(z), detach(raw));
        const again = element.forward(back.x, detach(raw)).logDet;
        x.data.forEach((value, i) => {
          // z is rounded in units of eps·3, and x moves by what that is divided by the slope
          const slope = Math.exp(logDet.data[i]);
          expectWithin(back.x.data[i], value, 16 * EPSILON * 3 * (1 + 1 / slope), `x at size ${size}`);
          // d ln slope/dx is at most 3·2·(10³/10⁻³)/0.006 = 10⁹, by the bounds of slopes, chords and widths
          expectWithin(back.logDet.data[i], -again.data[i], 8 * EPSILON * 3 * 1e9, `log-det at size ${size}`);
        });
        for (const g of grad(add(sum(logDet), sum(z)), [x, raw])) {
          for (const value of g.data) expect(Number.isFinite(value)).toBe(true);
        }
      }
    },
  );

  it("without tails maps nothing but the ends to the ends, both ways", () => {
    const element = splineElement({ left: 0, right: 1, tails: "none", bins: 2 });
    const near = [0, 5e-324, 1e-300, 1 - 2 ** -53, 1];
    for (const flat of [tensor([[0, 0, -9, 9, -9, 0, -9]]), tensor([[0, 0, 9, -9, -9, 0, -9]])]) {
      const x = tensor(near.map((value) => [value]));
      for (const z of [element.forward(x, flat).z, element.inverse(x, flat).x]) {
        expect(z.data.map((value) => Number(value > 0 && value < 1))).toEqual(Float64Array.of(0, 1, 1, 1, 0));
      }
    }
  });

  it("takes one row of raw numbers for all points, with the bits of as many equal rows", () => {
    const element = splineElement();
    const random = new Random(2);
    const [row, x] = [random.normal([1, 46]), random.normal([3, 2])];
    const repeated = new Tensor(Float64Array.from([...row.data, ...row.data, ...row.data]), [3, 46]);
    expect(bitsOf(element.forward(x, row).z)).toEqual(bitsOf(element.forward(x, repeated).z));
  });

  it("takes knots of its own: those of nflows, whose softplus is not shifted", () => {
    const frame = { ...DEFAULT_FRAME, bins: 4 };
    const theirs = splineElement({ bins: 4, knots: nflowsKnots(frame) });
    const { logDet } = theirs.forward(tensor([[0]]), zeros([1, 11]));
    // equal bins and slopes of ln 2 + 0.001 at the knots, one of which is 0
    expectWithin(logDet.item(), Math.log(Math.LN2 + 1e-3), 1e-13);
  });

  it("without tails needs numbers within its bounds, the ends among them", () => {
    const element = splineElement({ bins: 2, left: 0, right: 1, tails: "none" });
    const raw = new Random(3).normal([3, 7]);
    expect(element.forward(tensor([[0], [1], [0.5]]), raw).z.data.slice(0, 2)).toEqual(Float64Array.of(0, 1));
    expect(() => element.forward(tensor([[0], [1], [1.001]]), raw)).toThrow(
      new DomainError("splineElement: x must lie in [0, 1]; got 1.001 at [2,0]"),
    );
    expect(() => element.inverse(tensor([[0], [-1], [0]]), raw)).toThrow("z must lie in [0, 1]; got -1 at [1,0]");
  });

  it.each<[string, Parameters<typeof splineElement>[0]]>([
    ["bins must be an integer ≥ 1; got 0", { bins: 0 }],
    ["either a bound, or left and right", { bound: 1, left: 0 }],
    ["left < right", { left: 1, right: 1 }],
    ["left < right", { bound: -1 }],
    ["left, right and right − left must be finite", { bound: 1e308 }],
    ['tails are "linear" or "none"; got "flat"', { tails: "flat" as never }],
    ["minimumBinWidth must be positive and below 1/K; got 0.2", { bins: 5, minimumBinWidth: 0.2 }],
    ["minimumBinHeight must be positive", { minimumBinHeight: 0 }],
    ["minimumDerivative must be positive and below 1; got 1", { minimumDerivative: 1 }],
    ["knots must be a function", { knots: 3 as never }],
  ])("refuses options: %s", (message, options) => {
    expect(() => splineElement(options)).toThrow(DomainError);
    expect(() => splineElement(options)).toThrow(
      `splineElement: ${message}`.replace("splineElement: left <", "left <"),
    );
  });

  it("refuses raw numbers and knots of other shapes", () => {
    expect(() => splineElement({ bins: 2 }).forward(zeros([3, 2]), zeros([3, 5]))).toThrow(
      new ShapeError("splineElement: needs raw numbers [3,10]; got [3,5] for points [3,2]"),
    );
    const wrong = splineElement({
      bins: 2,
      knots: () => ({ x: zeros([1]), y: zeros([1]), derivatives: zeros([1]) }) as never,
    });
    expect(() => wrong.forward(zeros([1, 1]), zeros([1, 5]))).toThrow("splineElement: knots must give x [1,3,1]");
  });
});

describe("elementwiseSpline", () => {
  it("has raw numbers of its own for each coordinate, which start at the identity", () => {
    const layer = elementwiseSpline({ dimensions: 2, bins: 3 });
    expect(layer.parameters.map(({ name, shape }) => [name, shape])).toEqual([["raw", [16]]]);
    const x = new Random(4).normal([5, 2]);
    layer.forward(x).z.data.forEach((value, i) => {
      expectWithin(value, x.data[i], 1e-14);
    });
    layer.parameters[0].assign(new Random(5).normal([16]));
    const first = splineElement({ bins: 3 }).forward(
      new Tensor(
        x.data.filter((_, i) => i % 2 === 0),
        [5, 1],
      ),
      new Tensor(
        layer.parameters[0].data.filter((_, i) => i % 2 === 0),
        [1, 8],
      ),
    );
    for (let i = 0; i < 5; i++) expect(layer.forward(x).z.at(i, 0)).toBe(first.z.at(i, 0));
  });
});

describe("the derivatives of a spline", () => {
  it.each([
    ["a row of raw numbers for each point", 3],
    ["one row for all points", 1],
  ])("are right to second order, with %s", (_name, rows) => {
    const element = splineElement({ bins: 3 });
    const random = new Random(6);
    const x = random.uniform([3, 2], -2.5, 2.5);
    const raw = random.normal([rows, element.rawPerDimension * 2]);
    const f = (points: Tensor, numbers: Tensor) => {
      const { z, logDet } = element.forward(points, numbers);
      return add(sum(square(z)), sum(square(logDet)));
    };
    expect(gradcheck(f, [x, raw], { order: 2 }).failures).toEqual([]);
  });
});
