import {
  DomainError,
  diagonalNormal,
  grad,
  gradcheck,
  multivariateNormal,
  noGrad,
  parameter,
  Random,
  ShapeError,
  sum,
  Tensor,
  tensor,
  Variable,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "../support/arbitraries.ts";

const LOG_2PI = Math.log(2 * Math.PI);
const L = tensor([
  [2, 0, 0],
  [1, 1, 0],
  [-0.5, 0.25, 0.5],
]);
const mu = tensor([1, -1, 0.5]);
const p = multivariateNormal({ loc: mu, scaleTril: L });

describe("multivariateNormal", () => {
  it("has log p = −½|L⁻¹(x − μ)|² − Σ ln L_ii − (D/2) ln 2π, L's diagonal being 2, 1 and ½: Σ ln L_ii = 0", () => {
    // L·(1, 2, −4) = (2, 3, −2)
    expectWithin(p.logProb(tensor([[3, 2, -1.5]])).item(), -0.5 * 21 - 1.5 * LOG_2PI, 8 * EPSILON * 21);
    expectWithin(p.entropy() as number, 1.5 * (1 + LOG_2PI), 8 * EPSILON);
    const one = multivariateNormal({ loc: 0, scaleTril: tensor([[2]]) });
    expectWithin(one.logProb(tensor([[4]])).item(), -2 - Math.LN2 - 0.5 * LOG_2PI, 8 * EPSILON);
  });

  it("has the integral 1, and an entropy of −E[log p], by quadrature", () => {
    const q = multivariateNormal({
      loc: tensor([0.3, -0.2]),
      scaleTril: tensor([
        [1.2, 0],
        [-0.7, 0.6],
      ]),
    });
    const cells = 120; // of 0.15, a quarter of the least σ
    const grid = Array.from({ length: cells }, (_, k) => -9 + 0.15 * (k + 0.5));
    const { data } = noGrad(() => q.logProb(tensor(grid.flatMap((x1) => grid.map((x2) => [x1, x2])))));
    const mass = 0.15 ** 2 * data.reduce((total, value) => total + Math.exp(value), 0);
    const entropy = -(0.15 ** 2) * data.reduce((total, value) => total + value * Math.exp(value), 0);
    expectWithin(mass, 1, 1e-12);
    expectWithin(entropy, q.entropy() as number, 1e-11);
  });

  it("is the diagonal normal when L is diagonal", () => {
    const logScale = tensor([0.3, -1, 2]);
    const scaleTril = new Tensor(new Float64Array(9), [3, 3]).data.slice();
    logScale.data.forEach((value, i) => {
      scaleTril[4 * i] = Math.exp(value);
    });
    const [full, diagonal] = [
      multivariateNormal({ loc: mu, scaleTril: new Tensor(scaleTril, [3, 3]) }),
      diagonalNormal({ loc: mu, logScale }),
    ];
    const x = new Random(1).normal([6, 3]);
    full.logProb(x).data.forEach((value, i) => {
      const expected = diagonal.logProb(x).at(i);
      expectWithin(value, expected, 16 * EPSILON * (1 + Math.abs(expected)));
    });
    expectWithin(full.entropy() as number, diagonal.entropy() as number, 16 * EPSILON);
  });

  it("tells its mean and median, its covariance L·Lᵀ and the variances on its diagonal", () => {
    expect(p.mean().toArray()).toEqual([1, -1, 0.5]);
    expect(p.median().toArray()).toEqual([1, -1, 0.5]);
    expect(p.covariance().toArray()).toEqual([
      [4, 2, -1],
      [2, 2, -0.25],
      [-1, -0.25, 0.5625],
    ]);
    expect(p.variance().toArray()).toEqual([4, 2, 0.5625]);
    expect(multivariateNormal({ loc: 3, scaleTril: L }).mean().toArray()).toEqual([3, 3, 3]);
    const variance = (factor: Tensor) => multivariateNormal({ loc: mu, scaleTril: factor }).variance();
    expect(gradcheck(variance, [L], { order: 2 })).toMatchObject({ failures: [] });
  });

  it("draws x = μ + L·ε from one call of random.normal", () => {
    const random = new Random(2);
    const x = p.sample(4, random);
    const again = new Random(2);
    const noise = again.normal([4, 3]);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 3; j++) {
        const terms = [mu.at(j), ...[0, 1, 2].map((k) => L.at(j, k) * noise.at(i, k))];
        const expected = terms.reduce((total, term) => total + term);
        expectWithin(x.at(i, j), expected, 4 * EPSILON * terms.reduce((total, term) => total + Math.abs(term), 0));
      }
    }
    expect(random.state()).toEqual(again.state());
    expect(x).not.toBeInstanceOf(Variable);
  });

  it("draws points of its mean and covariance L·Lᵀ, within five standard errors", () => {
    const n = 20_000;
    const { data } = p.sample(n, new Random(3));
    const covariance = [0, 1, 2].map((i) =>
      [0, 1, 2].map((j) => [0, 1, 2].reduce((s, k) => s + L.at(i, k) * L.at(j, k), 0)),
    );
    for (let i = 0; i < 3; i++) {
      let mean = 0;
      for (let row = 0; row < n; row++) mean += data[3 * row + i] / n;
      expectWithin(mean, mu.at(i), 5 * Math.sqrt(covariance[i][i] / n));
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let row = 0; row < n; row++)
          product += ((data[3 * row + i] - mu.at(i)) * (data[3 * row + j] - mu.at(j))) / n;
        // the variance of a product of two Gaussians
        const variance = covariance[i][i] * covariance[j][j] + covariance[i][j] ** 2;
        expectWithin(product, covariance[i][j], 5 * Math.sqrt(variance / n));
      }
    }
  });

  it("draws points with their log-densities, and those are logProb's", () => {
    const { x, logProb } = p.sampleWithLogProb(50, new Random(4));
    expect(bitsOf(x)).toEqual(bitsOf(p.sample(50, new Random(4))));
    p.logProb(x).data.forEach((value, i) => {
      expectWithin(logProb.at(i), value, 1000 * EPSILON * (1 + Math.abs(value)));
    });
  });

  it("has gradients in x, μ and L, of log p, draws and entropy, that numerical ones confirm", () => {
    const x = new Random(5).normal([3, 3]);
    const made = (loc: Tensor, scaleTril: Tensor) => multivariateNormal({ loc, scaleTril });
    const functions = [
      (points: Variable, loc: Variable, scaleTril: Variable) => made(loc, scaleTril).logProb(points),
      (_points: Variable, loc: Variable, scaleTril: Variable) =>
        made(loc, scaleTril).sampleWithLogProb(2, new Random(6)).x,
      (_points: Variable, loc: Variable, scaleTril: Variable) =>
        made(loc, scaleTril).sampleWithLogProb(2, new Random(6)).logProb,
      (_points: Variable, loc: Variable, scaleTril: Variable) => made(loc, scaleTril).entropy() as Variable,
    ];
    for (const f of functions) {
      const { passed, message } = gradcheck(f, [x, mu, L], { order: 2 });
      expect(passed, message).toBe(true);
    }
  });

  it("never reads above the diagonal, and has the gradient 0 there", () => {
    const poisoned = variable([
      [2, Number.NaN, Number.NaN],
      [1, 1, Number.POSITIVE_INFINITY],
      [-0.5, 0.25, 0.5],
    ]);
    const q = multivariateNormal({ loc: mu, scaleTril: poisoned });
    const x = new Random(7).normal([2, 3]);
    expect(bitsOf(q.logProb(x))).toEqual(bitsOf(p.logProb(x)));
    expect(bitsOf(q.sample(2, new Random(8)))).toEqual(bitsOf(p.sample(2, new Random(8))));
    for (const y of [sum(q.logProb(x)), sum(q.sampleWithLogProb(2, new Random(8)).x), q.entropy() as Variable]) {
      const [slope] = grad(y, [poisoned]);
      expect([slope.at(0, 1), slope.at(0, 2), slope.at(1, 2)].map(Math.abs)).toEqual([0, 0, 0]);
      expect(slope.data.every((value) => Math.abs(value) < Number.POSITIVE_INFINITY)).toBe(true);
    }
  });

  it("takes one number for all coordinates of μ, lists its Parameters, and follows their values", () => {
    const [loc, scaleTril] = [parameter(2, "loc"), parameter(L, "scaleTril")];
    const q = multivariateNormal({ loc, scaleTril });
    expect(q.parameters).toEqual([loc, scaleTril]);
    expect(q.eventShape).toEqual([3]);
    expect(p.parameters).toEqual([]);
    const x = new Random(9).normal([2, 3]);
    expect(bitsOf(q.logProb(x))).toEqual(
      bitsOf(multivariateNormal({ loc: tensor([2, 2, 2]), scaleTril: L }).logProb(x)),
    );
    scaleTril.assign(new Tensor(new Float64Array(9).fill(-1), [3, 3]));
    for (const use of [() => q.logProb(x), () => q.sample(1, new Random(1)), () => q.entropy()]) {
      expect(use).toThrow(DomainError);
    }
  });

  it("refuses what does not fit: shapes, diagonals that are not positive, numbers that are not finite", () => {
    const make = (loc: unknown, scaleTril: unknown) => () =>
      multivariateNormal({ loc: loc as Tensor, scaleTril: scaleTril as Tensor });
    expect(make(0, tensor([[1, 0]]))).toThrow(
      "multivariateNormal: scaleTril must be a square matrix; got Tensor [1,2]",
    );
    expect(make(0, [[1]])).toThrow(ShapeError);
    expect(make(tensor([1, 2]), L)).toThrow("multivariateNormal: loc must be [3] or one number; got [2]");
    expect(make(tensor([[1], [2], [3]]), L)).toThrow(ShapeError);
    expect(make(Number.NaN, L)).toThrow("multivariateNormal: loc must be finite; got NaN at []");
    expect(make("0", L)).toThrow(DomainError);
    expect(
      make(
        0,
        tensor([
          [1, 0],
          [2, 0],
        ]),
      ),
    ).toThrow("multivariateNormal: scaleTril must be finite and positive on its diagonal; got 0 at [1,1]");
    expect(
      make(
        0,
        tensor([
          [1, 0],
          [Number.NaN, 1],
        ]),
      ),
    ).toThrow("multivariateNormal: scaleTril must be finite; got NaN at [1,0]");
    expect(() => p.logProb(tensor([[1, 2]]))).toThrow("multivariateNormal: the rows must be [B,3]; got [1,2]");
    expect(p.logProb(tensor([], [0, 3])).shape).toEqual([0]);
  });
});
