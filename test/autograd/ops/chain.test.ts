import {
  add,
  clamp,
  concat,
  conv2d,
  div,
  exp,
  gather,
  grad,
  greater,
  hessian,
  jacobian,
  jvp,
  log,
  log1p,
  matmul,
  max,
  maximum,
  mean,
  mul,
  type NestedArray,
  norm,
  pow,
  prod,
  Random,
  reciprocal,
  relu,
  reshape,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  Tensor,
  take,
  tensor,
  type Variable,
  variable,
  where,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { affineMap, maskedAffineMap } from "../../../src/autograd/ops/affineMap.ts";
import { Masking } from "../../../src/autograd/ops/masking.ts";
import { logGammaRatio } from "../../../src/distributions/gammaRatio.ts";
import { normalQuantile } from "../../../src/distributions/normalQuantile.ts";

const INF = Number.POSITIVE_INFINITY;

/** The gradient of Σf at the points, without the signs of zeros. */
function gradientOf(f: (x: Variable) => Variable, points: NestedArray): NestedArray {
  const x = variable(points);
  return add(grad(sum(f(x)), [x])[0], 0).toArray();
}

describe("a cotangent of exactly zero stays zero", () => {
  it.each<[string, (x: Variable) => Variable, number[], number[]]>([
    ["where and sqrt", (x) => where(greater(x, 0), sqrt(x), x), [-1, -4, 4, 0], [1, 1, 0.25, 1]],
    ["where and log1p", (x) => where(greater(x, -1), log1p(x), 0), [-1, -2, 0], [0, 0, 1]],
    ["where, log and a quotient", (x) => where(greater(x, 0), div(1, log(x)), 0), [0, -1], [0, 0]],
    ["where and 1/x", (x) => where(greater(x, 0), reciprocal(x), x), [0, -0], [1, 1]],
    ["where and pow", (x) => where(greater(x, 0), pow(x, 0.5), 2), [0, -3], [0, 0]],
    ["where and a whole formula", (x) => where(greater(x, 0), sqrt(log(div(1, exp(mul(x, x))))), x), [-50, -1], [1, 1]],
    ["clamp", (x) => clamp(log(x), 0, 1), [0, -1 + 1, INF], [0, 0, 0]],
    ["relu", (x) => relu(log(x)), [0, 0], [0, 0]],
    ["maximum", (x) => maximum(log(x), -5), [0, 0], [0, 0]],
    ["max", (x) => max(log(x)), [0, 2], [0, 0.5]],
    ["slice", (x) => slice(sqrt(x), [1, 2]), [0, 4], [0, 0.25]],
    ["take", (x) => take(sqrt(x), [1, 1], 0), [-1, 4], [0, 0.5]],
    ["gather", (x) => gather(log(x), tensor([1]), 0), [0, 2], [0, 0.5]],
    ["concat", (x) => slice(concat([sqrt(x), x], 0), [1, 4]), [0, 4], [1, 1.25]],
    ["a masked mean", (x) => mean(mul(tensor([0, 1]), log(x))), [0, 2], [0, 0.25]],
    ["softmax", (x) => where(tensor([0, 0]), softmax(x), x), [Number.NaN, 1], [1, 1]],
    ["a quantile", (x) => where(greater(x, 0), normalQuantile(x), x), [0, -1], [1, 1]],
    ["a ratio of gamma functions", (x) => where(greater(x, 0), logGammaRatio(x), x), [0, -1], [1, 1]],
    ["norm and prod", (x) => where(0, mul(norm(x), prod(x)), sum(x)), [INF, Number.NaN], [1, 1]],
  ])("behind %s", (_name, f, points, expected) => {
    expect(gradientOf(f, points)).toEqual(expected);
    // twice differentiated, nothing of the other branch either
    const x = variable(points);
    const [first] = grad(sum(f(x)), [x], { createGraph: true });
    const [second] = grad(sum(mul(first, tensor(points.map((_, i) => (expected[i] === 0 ? 1 : 0))))), [x]);
    second.data.forEach((value, i) => {
      if (expected[i] === 0 || expected[i] === 1) expect(Math.abs(value), `${i}`).toBe(0);
    });
  });

  it("in rows of a Jacobian, a Hessian, and along directions", () => {
    const x = tensor([1000, 1]);
    expect(add(jacobian(exp, x), 0).toArray()).toEqual([
      [INF, 0],
      [0, exp(1).item()],
    ]);
    expect(jvp(exp, x, tensor([0, 1])).toArray()).toEqual([0, exp(1).item()]);
    expect(hessian((z) => sum(exp(z)), x).toArray()).toEqual([
      [INF, 0],
      [0, exp(1).item()],
    ]);
    expect(add(jacobian(sqrt, tensor([0, 4])), 0).toArray()).toEqual([
      [INF, 0],
      [0, 0.25],
    ]);
    expect(jvp((z) => where(greater(z, 0), sqrt(z), z), tensor([-1, 4]), tensor([1, 1])).toArray()).toEqual([1, 0.25]);
  });

  it("in rows of matrix products, of affine maps and of windows: what no row asks for may be NaN", () => {
    const random = new Random(1);
    const spoilt = random.normal([30, 40]).data.slice();
    for (let k = 0; k < 40; k++) spoilt[3 * 40 + k] = k % 2 === 0 ? INF : Number.NaN;
    const x = new Tensor(spoilt, [30, 40]);
    const harmless = new Tensor(
      spoilt.map((value) => (Number.isFinite(value) ? value : 0)),
      [30, 40],
    );
    const [W, b] = [variable(random.normal([50, 40])), variable(random.normal([50]))];
    const asks = new Tensor(
      Float64Array.from({ length: 30 }, (_, i) => (i === 3 ? 0 : 1)),
      [30, 1],
    );
    const maps: Record<string, (x: Tensor) => Variable> = {
      NT: (z) => matmul(z, W, "NT"),
      map: (z) => affineMap(z, W, b),
      tanh: (z) => affineMap(z, W, b, "tanh"),
      conv: (z) => reshape(conv2d(reshape(z, [30, 1, 5, 8]), reshape(W, [50, 1, 5, 8])), [30, 50]),
    };
    for (const [name, f] of Object.entries(maps)) {
      for (const createGraph of [false, true]) {
        const of = (z: Tensor): Tensor => grad(sum(where(asks, square(f(z)), 0)), [W], { createGraph })[0];
        expect(of(x).toArray(), name).toEqual(of(harmless).toArray());
      }
      const z = variable(x);
      const [g] = grad(sum(where(asks, f(z), 0)), [z]);
      expect(g.toArray(), name).toEqual(grad(sum(mul(asks, f(z))), [z])[0].toArray());
    }
  });

  it("nor does an infinite cotangent pass a weight that a mask has made zero", () => {
    const random = new Random(1);
    const mask = Uint8Array.from({ length: 50 * 40 }, (_, i) => (i % 40 === 7 ? 0 : 1));
    const masking = new Masking(mask, 50, 40);
    const W = variable(random.normal([50, 40]));
    const x = variable(random.normal([30, 40]));
    const asks = random.normal([30, 50]).data.slice();
    asks[3 * 50 + 5] = INF;
    for (const createGraph of [false, true]) {
      const y = mul(maskedAffineMap(x, W, variable(zeros([50])), masking), new Tensor(asks, [30, 50]));
      const [g] = grad(sum(y), [x], { createGraph });
      expect(Array.from({ length: 30 }, (_, i) => Math.abs(g.at(i, 7)))).toEqual(new Array(30).fill(0));
      expect(Math.abs(g.at(3, 8))).toBe(INF);
    }
  });

  it("but an infinite cotangent that meets a derivative of zero is honestly NaN", () => {
    expect(gradientOf((x) => sqrt(square(x)), [0])).toEqual([Number.NaN]);
    expect(gradientOf((x) => sub(sqrt(x), sqrt(x)), [0])).toEqual([Number.NaN]);
  });

  it("also where it is zero by chance: the price", () => {
    expect(gradientOf((x) => square(sqrt(x)), [0])).toEqual([0]);
  });
});
