import { DomainError, eye, matmul, orthogonalLinear, Random, slogdet, tensor } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";
import { randomOrthogonal } from "../../support/flows/linear.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { relativeDistance, weightOf } from "../../support/flows/weightOf.ts";

const PARAMETRIZATIONS = ["householder", "cayley", "exponential"] as const;

describe.each(PARAMETRIZATIONS)("orthogonalLinear by %s", (parametrization) => {
  it("is orthogonal to rounding whatever its parameters, with the determinant of its start: 1 for a random one", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 9 }), fc.boolean(), (seed, D, given) => {
        const random = new Random(seed);
        const weight = randomOrthogonal(D, random);
        const layer = given
          ? orthogonalLinear({ weight, parametrization })
          : orthogonalLinear({ dimensions: D, random, parametrization });
        randomizeParameters(layer, random);
        const W = weightOf(layer);
        expectWithin(relativeDistance(matmul(W, W, "NT"), eye(D)), 0, 64 * D * EPSILON);
        expect(slogdet(W).sign.item()).toBe(given ? slogdet(weight).sign.item() : 1);
        expect(layer.forward(random.normal([2, D])).logDet.toArray()).toEqual([0, 0]);
      }),
    );
  });

  it("moves with its parameters", () => {
    const random = new Random(1);
    const layer = orthogonalLinear({ dimensions: 4, random, parametrization });
    const before = weightOf(layer);
    randomizeParameters(layer, random);
    expect(relativeDistance(weightOf(layer), before)).toBeGreaterThan(0.1);
  });
});

describe("orthogonalLinear", () => {
  it("reflects in the order of its vectors, however many blocks they are gathered in, and back in the other", () => {
    const random = new Random(3);
    const [D, K] = [5, 70]; // three blocks
    const layer = orthogonalLinear({ dimensions: D, reflections: K, random });
    const x = random.normal([1, D]);
    const byHand = x.data.slice();
    for (let k = 0; k < K; k++) {
      const v = layer.parameters[0].data.subarray(k * D, (k + 1) * D);
      const scale =
        (2 * v.reduce((total, value, i) => total + value * byHand[i], 0)) /
        v.reduce((total, value) => total + value * value, 0);
      for (let i = 0; i < D; i++) byHand[i] -= scale * v[i];
    }
    const { z } = layer.forward(x);
    const back = layer.inverse(z).x;
    for (let i = 0; i < D; i++) {
      expectWithin(z.at(0, i), byHand[i], 8 * K * EPSILON * 4);
      expectWithin(back.at(0, i), x.at(0, i), 8 * K * EPSILON * 4);
    }
  });

  it("turns by the angle of its skew matrix: exp(A) by t, Cayley's by 2·atan t, clockwise as A is", () => {
    const [t, identity] = [0.3, eye(2)];
    for (const [parametrization, angle] of [
      ["exponential", t],
      ["cayley", -2 * Math.atan(t)],
    ] as const) {
      const layer = orthogonalLinear({ weight: identity, parametrization });
      layer.parameters[0].assign(
        tensor([
          [7, 7],
          [t, 7],
        ]),
      ); // the strict lower triangle is read, no more
      const W = weightOf(layer);
      [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)].forEach((entry, k) => {
        expectWithin(W.data[k], entry, 16 * EPSILON);
      });
    }
  });

  it("refuses parametrizations that it does not know, reflections where there are none, and weights that are not orthogonal", () => {
    const random = new Random(1);
    expect(() => orthogonalLinear({ dimensions: 2, random, parametrization: "svd" as never })).toThrow(
      new DomainError('orthogonalLinear: the parametrization is one of householder, cayley, exponential; got "svd"'),
    );
    expect(() => orthogonalLinear({ dimensions: 2, random, parametrization: "cayley", reflections: 2 })).toThrow(
      'only "householder" has reflections; got them for "cayley"',
    );
    expect(() =>
      orthogonalLinear({
        weight: tensor([
          [1, 1e-9],
          [0, 1],
        ]),
      }),
    ).toThrow("orthogonalLinear: the weight must be orthogonal; (W·Wᵀ)[1,0] = 1e-9");
    const layer = orthogonalLinear({ dimensions: 2, random });
    layer.parameters[0].assign(
      tensor([
        [0, 0],
        [1, 0],
      ]),
    );
    expect(() => layer.forward(tensor([[1, 2]]))).toThrow(
      "orthogonalLinear: a reflection needs a direction; got a zero vector",
    );
  });
});
