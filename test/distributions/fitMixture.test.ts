import {
  concat,
  DomainError,
  Flow,
  fitMixture,
  fitNormal,
  loadFlow,
  mixture,
  multivariateNormal,
  NotPositiveDefiniteError,
  permutation,
  Random,
  ShapeError,
  saveFlow,
  Tensor,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

const average = (x: Tensor): number => x.data.reduce((total, value) => total + value, 0) / x.size;

const truth = mixture({
  logits: tensor([Math.log(0.5), Math.log(0.3), Math.log(0.2)]),
  components: [
    multivariateNormal({ loc: tensor([-4, 0]), scaleTril: tensor([[1, 0], [0.8, 0.5]]) }), // biome-ignore format: a matrix
    multivariateNormal({ loc: tensor([3, 3]), scaleTril: tensor([[0.5, 0], [-0.3, 1]]) }), // biome-ignore format: a matrix
    multivariateNormal({ loc: tensor([2, -5]), scaleTril: tensor([[2, 0], [0, 0.3]]) }), // biome-ignore format: a matrix
  ],
});
const x = truth.sample(4000, new Random(5));

describe("fitMixture", () => {
  it("finds a known mixture again: weights, and a density that is as good on new rows", () => {
    const fitted = fitMixture(x, { components: 3, random: new Random(1) });
    const flow = new Flow(fitted, permutation({ permutation: [0, 1] }));
    const { logits } = flow.definition.base as unknown as { logits: { values: number[] } };
    const weights = logits.values.map(Math.exp).sort();
    // the deviation of a share w of 4000 rows is √(w(1 − w)/4000) ≤ 0.008
    [0.2, 0.3, 0.5].forEach((weight, k) => {
      expectWithin(weights[k], weight, 0.03);
    });
    const fresh = truth.sample(20_000, new Random(6));
    const lost = average(truth.logProb(fresh)) - average(fitted.logProb(fresh));
    // Wilks: 17 parameters cost 17/2/4000 nats a row on average, 0.002
    expect(lost > -0.002 && lost < 0.008).toBe(true);
  });

  it("chooses the number of components by held-out rows, its own tenth or those that are given", () => {
    const fresh = truth.sample(20_000, new Random(6));
    for (const seed of [1, 2, 3]) {
      // a tenth of 4000 rows tells 3 from 8 components only by chance; either costs little, 6·8/2/3600 = 0.007 nats
      const own = fitMixture(x, { random: new Random(seed) });
      expect(own.components >= 3 && own.components <= 8).toBe(true);
      expect(average(truth.logProb(fresh)) - average(own.logProb(fresh)) < 0.01).toBe(true);
    }
    const validation = truth.sample(1000, new Random(7));
    const given = fitMixture(x, { random: new Random(1), validation });
    expect(given.components).toBe(3);
    expectWithin(given.validation as number, average(given.logProb(validation)), 1e-10);
    expectWithin(given.logLikelihood, average(given.logProb(x)), 1e-10);
    for (const components of [1, 2]) {
      const fewer = fitMixture(x, { components, random: new Random(1), validation });
      expect((fewer.validation as number) < (given.validation as number)).toBe(true);
    }
  });

  it("chooses one component for rows of one Gaussian", () => {
    expect(fitMixture(new Random(2).normal([1000, 3]), { random: new Random(1) }).components).toBe(1);
  });

  it("says what was held out: nothing, if the number is given", () => {
    expect(fitMixture(x, { components: 2, random: new Random(1) }).validation).toBe(null);
  });

  it("never loses likelihood from step to step", () => {
    let before = Number.NEGATIVE_INFINITY;
    for (let iterations = 0; iterations <= 12; iterations++) {
      const fitted = fitMixture(x, { components: 5, random: new Random(3), iterations, tolerance: 0 });
      expect(fitted.iterations).toBe(iterations);
      expect(fitted.logLikelihood > before).toBe(true);
      before = fitted.logLikelihood;
    }
  });

  it("takes one step of EM as written down, row by row, from the same start", () => {
    const few = new Tensor(x.data.subarray(0, 400), [200, 2]);
    const [before, after] = [0, 1].map((iterations) =>
      fitMixture(few, { components: 2, random: new Random(4), iterations, tolerance: 0 }),
    );
    const parts = (before.parts as unknown as { components: { parts: ReturnType<typeof multivariateNormal>[] } })
      .components.parts;
    const rows = few.toArray() as number[][];
    const { logits } = before.definition as unknown as { logits: { values: number[] } };
    const logProbs = parts.map((part, k) => part.logProb(few).data.map((value) => Math.exp(value + logits.values[k])));
    const own = rows.map((_, i) => logProbs[0][i] / (logProbs[0][i] + logProbs[1][i])); // r_i of the first
    const N1 = own.reduce((total, r) => total + r, 0);
    const mean = [0, 1].map((j) => rows.reduce((total, row, i) => total + own[i] * row[j], 0) / N1);
    const variance = [0, 1].map((j) => {
      const all = rows.reduce((total, row) => total + row[j], 0) / 200;
      const ridge = rows.reduce((total, row) => total + (row[j] - all) ** 2, 0) / 200 / 1e6;
      return rows.reduce((total, row, i) => total + own[i] * (row[j] - mean[j]) ** 2, 0) / N1 + ridge;
    });
    const [first] = (after.parts as unknown as { components: { parts: ReturnType<typeof multivariateNormal>[] } })
      .components.parts;
    mean.forEach((value, j) => {
      expectWithin(first.loc.at(j), value, 1e-12 * (1 + Math.abs(value)));
      expectWithin(first.variance().at(j), variance[j], 1e-11 * variance[j]);
    });
  });

  it("is fitNormal for one component, but for the ridge of 1e-6 variances", () => {
    const [one, normal] = [fitMixture(x, { components: 1, random: new Random(1) }), fitNormal(x)];
    const [parts] = (one.parts as unknown as { components: { parts: ReturnType<typeof multivariateNormal>[] } })
      .components.parts;
    const [ours, theirs] = [parts.covariance(), normal.covariance()];
    for (const i of [0, 1]) {
      for (const j of [0, 1]) {
        const ridge = i === j ? 1 + 1e-6 : 1;
        expectWithin(ours.at(i, j), theirs.at(i, j) * ridge, 1e-12 * Math.abs(theirs.at(i, i)));
      }
      expectWithin(parts.loc.at(i), normal.loc.at(i), 1e-12);
    }
    expect(one.iterations).toBe(0);
  });

  it("does not depend on units", () => {
    const scaled = new Tensor(
      x.data.map((value, i) => value * (i % 2 === 0 ? 1024 : 2 ** -20)),
      [4000, 2],
    );
    const [own, other] = [x, scaled].map((rows) => fitMixture(rows, { components: 3, random: new Random(1) }));
    expectWithin(other.logLikelihood, own.logLikelihood + 10 * Math.LN2, 1e-9);
  });

  it("gives the same bits for the same seed, and is saved and loaded as the base of a flow", () => {
    const [first, second] = [0, 1].map(() => fitMixture(x, { components: 4, random: new Random(8) }));
    expect(first.definition).toEqual(second.definition);
    const flow = new Flow(first, permutation({ permutation: [0, 1] }));
    const rows = new Tensor(x.data.subarray(0, 20), [10, 2]);
    expect([...loadFlow(saveFlow(flow)).score(rows).data]).toEqual([...flow.score(rows).data]);
    expect([...flow.score(rows).data]).toEqual([...first.logProb(rows).data]);
  });

  it("leaves out components that have no rows, and bears copies", () => {
    const corners = tensor([[0, 0], [1, 0], [0, 1]]); // biome-ignore format: points
    const copies = concat(
      Array.from({ length: 20 }, () => corners),
      0,
    );
    const fitted = fitMixture(copies, { components: 6, random: new Random(1) });
    expect(fitted.components).toBe(3);
    expect(Number.isFinite(fitted.logLikelihood)).toBe(true);
    expectWithin(fitted.logLikelihood, average(fitted.logProb(copies)), 1e-9);
  });

  it("keeps copies of a row on one side when it holds rows out", () => {
    const few = new Random(9).normal([12, 1]);
    const copies = concat(
      Array.from({ length: 30 }, () => few),
      0,
    );
    // learned by heart, each copy would score about ln(1/12) + 6.9 − 0.9 nats, and many components would win
    const fitted = fitMixture(copies, { random: new Random(1) });
    expect((fitted.validation as number) < 0).toBe(true);
    expect(fitted.components <= 3).toBe(true);
  });

  it("scores held-out rows beyond all distances as −∞, and goes on", () => {
    const fitted = fitMixture(x, { components: 1, random: new Random(1), validation: tensor([[1e308, 0]]) });
    expect(fitted.validation).toBe(Number.NEGATIVE_INFINITY);
  });

  it("refuses what it cannot fit", () => {
    const random = new Random(1);
    expect(() => fitMixture(tensor([[1, 2], [3, 2]]), { components: 1, random })).toThrow(NotPositiveDefiniteError); // biome-ignore format: points
    expect(() => fitMixture(tensor([], [0, 2]), { random })).toThrow("fitMixture: needs at least one row; got none");
    expect(() => fitMixture(tensor([1, 2]), { random })).toThrow(ShapeError);
    expect(() => fitMixture(x, { random, validation: tensor([[1]]) })).toThrow(ShapeError);
    expect(() => fitMixture(x, { random, validation: tensor([[1, Number.NaN]]) })).toThrow(
      "fitMixture: validation must be finite; got NaN at [0,1]",
    );
    expect(() => fitMixture(x, { random, components: 0 })).toThrow(DomainError);
    expect(() => fitMixture(x, { random, components: 4001 })).toThrow(
      "fitMixture: at most one component for each of 4000 rows; got 4001",
    );
  });
});
