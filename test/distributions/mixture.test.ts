import {
  type Distribution,
  DomainError,
  diagonalNormal,
  grad,
  gradcheck,
  laplace,
  logistic,
  mixture,
  multivariateNormal,
  parameter,
  Random,
  ShapeError,
  standardNormal,
  sum,
  type Tensor,
  tensor,
  uniform,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

/** ¼·N(−1, 0.5²) + ¾·N(2, 1) */
const bimodal = (): Distribution =>
  mixture({
    logits: tensor([0, Math.log(3)]),
    components: [diagonalNormal({ loc: -1, logScale: Math.log(0.5) }), diagonalNormal({ loc: 2, logScale: 0 })],
  });

const normal = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

describe("mixture", () => {
  it("has the density Σ w_k·p_k(x), w the softmax of the logits", () => {
    for (const x of [-3, -1, 0.25, 2, 7]) {
      const expected = Math.log((0.25 * normal((x + 1) / 0.5)) / 0.5 + 0.75 * normal(x - 2));
      expectWithin(
        bimodal()
          .logProb(tensor([x]))
          .item(),
        expected,
        16 * EPSILON * (1 + Math.abs(expected)),
      );
    }
  });

  it("is one of its components where all weight is on it, and far out where the others have died away", () => {
    const components = [standardNormal([2]), diagonalNormal({ loc: tensor([1, 2]), logScale: 1 })];
    const x = new Random(1).normal([5, 2]);
    const first = mixture({ logits: tensor([0, -800]), components }).logProb(x);
    components[0].logProb(x).data.forEach((value, i) => {
      expectWithin(first.at(i), value, 4 * EPSILON * Math.abs(value));
    });
    const far = tensor([[1e8, 0]]);
    const half = components[1].logProb(far).item() - Math.LN2;
    expectWithin(
      mixture({ logits: tensor([0, 0]), components })
        .logProb(far)
        .item(),
      half,
      4 * EPSILON * Math.abs(half),
    );
    const box = mixture({ logits: tensor([0]), components: [uniform({ low: 0, high: 1 })] });
    expect(box.logProb(tensor([0.5, 2])).toArray()).toEqual([0, Number.NEGATIVE_INFINITY]);
  });

  it("has the integral 1", () => {
    let mass = 0; // the midpoint rule on cells of σ/8 is exact for Gaussians
    const cells = Array.from({ length: 400 }, (_, k) => -6 + (k + 0.5) / 16);
    for (const value of bimodal().logProb(tensor(cells)).data) mass += Math.exp(value) / 16;
    expectWithin(mass, 1, 1e-12);
  });

  it("draws from each component as often as its weight says, shuffled", () => {
    const n = 20_000;
    const x = bimodal().sample(n, new Random(2));
    expect(x.shape).toEqual([n]);
    // mean and variance of the mixture: 1.25 and ¼(0.25 + 2.25²) + ¾(1 + 0.75²)
    const [mean, variance] = [1.25, 0.25 * (0.25 + 2.25 ** 2) + 0.75 * (1 + 0.75 ** 2)];
    const average = x.data.reduce((total, value) => total + value, 0) / n;
    const square = x.data.reduce((total, value) => total + (value - mean) ** 2, 0) / n;
    expectWithin(average, mean, 5 * Math.sqrt(variance / n));
    expectWithin(square, variance, 5 * Math.sqrt((3 * variance ** 2) / n)); // its fourth moment is below 4·variance²
    // a run of one component has another one after it: neighbours are uncorrelated
    const products = x.data.slice(1).reduce((total, value, i) => total + (value - mean) * (x.data[i] - mean), 0) / n;
    expectWithin(products, 0, 5 * (variance / Math.sqrt(n)));
    expect(bimodal().sample(0, new Random(1)).shape).toEqual([0]);
  });

  it("has the mean, the variance and the distribution function of its components, weighted, if all have theirs", () => {
    const p = bimodal();
    expectWithin(p.mean?.().item() ?? Number.NaN, 1.25, 8 * EPSILON * 1.25);
    expectWithin(p.variance?.().item() ?? Number.NaN, 0.25 * (0.25 + 2.25 ** 2) + 0.75 * (1 + 0.75 ** 2), 64 * EPSILON);
    const logits = tensor([0, Math.log(3)]);
    const both = mixture({
      logits,
      components: [diagonalNormal({ loc: -1, logScale: Math.log(0.5) }), logistic({ loc: 2, scale: 1 })],
    });
    // ¼·Φ(2x + 2) + ¾·sigmoid(x − 2) by mpmath 1.4.1 with 40 digits
    const expected = [0.061647986546381504, 0.35948298219232305, 0.6249999997533531];
    both.cdf?.(tensor([-1.5, 0.25, 2])).data.forEach((value, i) => {
      expectWithin(value, expected[i], 16 * EPSILON);
    });
    const x = variable([0.25]);
    const [density] = grad(sum(both.cdf?.(x) ?? x), [x]);
    expectWithin(density.item(), Math.exp(both.logProb(x).item()), 64 * EPSILON);
    expect(() => both.cdf?.(tensor([[1]]))).toThrow(ShapeError);
    const full = multivariateNormal({ loc: 0, scaleTril: tensor([[1]]) });
    const withFull = mixture({ logits, components: [full, standardNormal([1])] });
    expect([withFull.mean, withFull.variance, withFull.cdf, withFull.quantile].map((f) => typeof f)).toEqual([
      "function",
      "function",
      "undefined",
      "undefined",
    ]);
  });

  it("has gradients in x, the logits and the components' parameters that numerical ones confirm", () => {
    const f = (x: Tensor, logits: Tensor, loc: Tensor, scale: Tensor) =>
      mixture({
        logits,
        components: [diagonalNormal({ loc, logScale: 0.1 }), logistic({ loc: tensor([1, -1]), scale })],
      }).logProb(x);
    const inputs = [new Random(3).normal([3, 2]), tensor([0.3, -0.4]), tensor([0.5, 0]), tensor([0.7, 1.2])];
    expect(gradcheck(f, inputs, { order: 2 })).toMatchObject({ passed: true, failures: [] });
  });

  it("mixes mixtures, and lists every Parameter once", () => {
    const [logits, loc] = [parameter([0, 0], "logits"), parameter(1, "loc")];
    const inner = mixture({ logits, components: [laplace({ loc, scale: 1 }), diagonalNormal({ loc, logScale: 0 })] });
    const outer = mixture({ logits: tensor([0, 0, 0]), components: [inner, standardNormal([]), inner] });
    expect(outer.parameters).toEqual([logits, loc]);
    const x = tensor([0.3]);
    const expected = (2 / 3) * Math.exp(inner.logProb(x).item()) + (1 / 3) * normal(0.3);
    expectWithin(Math.exp(outer.logProb(x).item()), expected, 16 * EPSILON);
  });

  it("says what does not fit", () => {
    const one = standardNormal([]);
    expect(() => mixture({ logits: tensor([0]), components: [] })).toThrow(
      "mixture: components must be a list of distributions, at least one; got []",
    );
    expect(() => mixture({ logits: tensor([0, 0]), components: [one] })).toThrow(
      "mixture: one logit per component, [1]; got [2]",
    );
    expect(() => mixture({ logits: tensor([0, 0]), components: [one, standardNormal([2])] })).toThrow(
      "mixture: the components' events must have one shape; got [] and [2]",
    );
    expect(() => mixture({ logits: tensor([Number.NaN]), components: [one] })).toThrow(DomainError);
    expect(() => mixture({ logits: [0] as never, components: [one] })).toThrow(DomainError);
    expect(() => mixture({ logits: tensor([0]), components: [one] }).logProb(tensor([[1]]))).toThrow(ShapeError);
  });
});
