import {
  type Bijection,
  conv1x1,
  DomainError,
  diagonalLinear,
  eye,
  fullLinear,
  grad,
  jacobian,
  LimitError,
  luLinear,
  matmul,
  orthogonalLinear,
  qrLinear,
  Random,
  ShapeError,
  SingularMatrixError,
  slogdet,
  sum,
  Tensor,
  tensor,
  triangularLinear,
  tril,
  triu,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";
import { asVectors, randomOrthogonal, randomWeight } from "../../support/flows/linear.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { awkwardWeights, relativeDistance, rowsOf, weightOf } from "../../support/flows/weightOf.ts";
import { invertMatrix, normInfinity } from "../../support/matrix.ts";

/** What the linear layers have in common: how each is made of a weight, and which weights it takes. */
interface Kind {
  readonly name: string;
  readonly of: (weight: Tensor) => Bijection;
  readonly weight: (D: number, random: Random) => Tensor;
  /** Whether its parameters can change the sign of det W. */
  readonly changesSign?: true;
}

function oneConvolution(parametrization: "lu" | "qr" | "full") {
  return (weight: Tensor): Bijection =>
    asVectors(conv1x1({ channels: weight.shape[0], height: 1, width: 1, parametrization, weight }));
}

const KINDS: readonly Kind[] = [
  { name: "diagonalLinear", of: (weight) => diagonalLinear({ weight }), weight: diagonalPart },
  {
    name: "triangularLinear, lower",
    of: (weight) => triangularLinear({ weight }),
    weight: (D, random) => tril(plusDiagonal(randomWeight(D, random))),
  },
  {
    name: "triangularLinear, upper",
    of: (weight) => triangularLinear({ weight, lower: false }),
    weight: (D, random) => triu(plusDiagonal(randomWeight(D, random))),
  },
  { name: "luLinear", of: (weight) => luLinear({ weight }), weight: randomWeight },
  { name: "qrLinear", of: (weight) => qrLinear({ weight }), weight: randomWeight },
  { name: "orthogonalLinear", of: (weight) => orthogonalLinear({ weight }), weight: randomOrthogonal },
  {
    name: "orthogonalLinear, cayley",
    of: (weight) => orthogonalLinear({ weight, parametrization: "cayley" }),
    weight: randomOrthogonal,
  },
  {
    name: "orthogonalLinear, exponential",
    of: (weight) => orthogonalLinear({ weight, parametrization: "exponential" }),
    weight: randomOrthogonal,
  },
  { name: "fullLinear", of: (weight) => fullLinear({ weight }), weight: randomWeight, changesSign: true },
  { name: "conv1x1, lu", of: oneConvolution("lu"), weight: randomWeight },
  { name: "conv1x1, qr", of: oneConvolution("qr"), weight: randomWeight },
  { name: "conv1x1, full", of: oneConvolution("full"), weight: randomWeight, changesSign: true },
];

function plusDiagonal(A: Tensor): Tensor {
  const D = A.shape[0];
  return new Tensor(
    A.data.map((value, at) => (at % (D + 1) === 0 ? value + (value < 0 ? -2 : 2) : value)),
    A.shape,
  );
}

function diagonalPart(D: number, random: Random): Tensor {
  const W = plusDiagonal(randomWeight(D, random));
  return new Tensor(
    W.data.map((value, at) => (at % (D + 1) === 0 ? value : 0)),
    W.shape,
  );
}

const cases = fc.record({ seed: seeds, D: fc.integer({ min: 1, max: 9 }) });

describe.each(KINDS)("$name", ({ name, of, weight, changesSign }) => {
  it("is the weight it was given, to rounding", () => {
    fc.assert(
      fc.property(cases, ({ seed, D }) => {
        const W = weight(D, new Random(seed));
        // factoring: 3·D·eps·‖W‖; each of D reflections, or rows of L·U: 8·eps·‖W‖ more; exp(log u): 4·eps
        expectWithin(relativeDistance(weightOf(of(W)), W), 0, 16 * D * EPSILON);
      }),
    );
  });

  it("has W as its Jacobian, and ln|det W| as its log-det, whatever its parameters", () => {
    fc.assert(
      fc.property(cases, ({ seed, D }) => {
        const random = new Random(seed);
        const layer = of(weight(D, random));
        randomizeParameters(layer, random);
        const W = weightOf(layer);
        const J = jacobian((x) => layer.forward(x).z, random.normal([1, D]));
        expectWithin(relativeDistance(new Tensor(J.data, [D, D]), W), 0, 64 * D * EPSILON);
        const { inverse, logAbsDet } = invertMatrix(rowsOf(W));
        const { logDet } = layer.forward(zeros([1, D]));
        const condition = normInfinity(rowsOf(W)) * normInfinity(inverse);
        expectWithin(logDet.item(), logAbsDet, 64 * D * EPSILON * (condition + Math.abs(logAbsDet)));
        expectWithin(slogdet(W).logAbsDet.item(), logAbsDet, 64 * D * EPSILON * (condition + Math.abs(logAbsDet)));
      }),
    );
  });

  it("never changes the sign of det W, whatever its parameters (but for a full W, which can)", () => {
    fc.assert(
      fc.property(cases, ({ seed, D }) => {
        const random = new Random(seed);
        const W = weight(D, random);
        const layer = of(W);
        randomizeParameters(layer, random);
        const { sign } = slogdet(weightOf(layer));
        if (changesSign) expect(Math.abs(sign.item())).toBe(1);
        else expect(sign.item()).toBe(slogdet(W).sign.item());
      }),
    );
  });

  it("keeps nothing that could go stale: after an assignment it is another matrix, and after its undoing the first", () => {
    const random = new Random(4);
    const layer = of(weight(4, random));
    const x = random.normal([3, 4]);
    const look = (): number[][] => {
      const { z, logDet } = layer.forward(x);
      return [z, logDet, layer.inverse(z).x].map(({ data }) => Array.from(data));
    };
    const before = look();
    const values = layer.parameters.map(({ data, shape }) => new Tensor(data, shape));
    randomizeParameters(layer, random);
    const during = look();
    expect(during[0]).not.toEqual(before[0]);
    expect(during[2]).not.toEqual(before[0]); // the inverse is that of the new matrix
    x.data.forEach((value, at) => {
      expectWithin(during[2][at], value, 1e-9);
    });
    layer.parameters.forEach((parameter, k) => {
      parameter.assign(values[k]);
    });
    expect(look()).toEqual(before);
  });

  it("gives empty batches back, and refuses other shapes by its own name", () => {
    const layer = of(weight(3, new Random(5)));
    expect(layer.forward(zeros([0, 3])).z.shape).toEqual([0, 3]);
    expect(layer.inverse(zeros([0, 3])).logDet.shape).toEqual([0]);
    if (name.startsWith("conv1x1")) return; // its own file says
    const [layerName] = name.split(",");
    for (const x of [zeros([2, 4]), zeros([3]), zeros([1, 3, 1])]) {
      expect(() => layer.forward(x)).toThrow(`${layerName}: the rows must be [B,3]; got`);
      expect(() => layer.inverse(x)).toThrow(ShapeError);
    }
  });

  it("refuses weights that are singular, not square, empty, not finite, or no tensors", () => {
    const singular = tensor([
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 2],
    ]);
    const [layerName] = name.split(",");
    expect(() => of(singular)).toThrow(layerName === "orthogonalLinear" ? DomainError : SingularMatrixError);
    expect(() => of(singular)).toThrow(`${layerName}: `);
    expect(() => of(zeros([2, 3]))).toThrow(ShapeError);
    expect(() => of(zeros([2, 2, 2]))).toThrow(ShapeError);
    expect(() => of(zeros([0, 0]))).toThrow(layerName === "conv1x1" ? DomainError : ShapeError); // no channels
    expect(() =>
      of(
        tensor([
          [1, 0],
          [0, Number.NaN],
        ]),
      ),
    ).toThrow(DomainError);
    if (layerName === "conv1x1") return; // a weight without a shape has no channels
    for (const wrong of [null, "weight", 3, [[1]]] as unknown as Tensor[]) expect(() => of(wrong)).toThrow(DomainError);
  });

  it("stays finite, with finite gradients, for coordinates of 1e6", () => {
    const random = new Random(6);
    const layer = of(weight(5, random));
    randomizeParameters(layer, random);
    const { z, logDet } = layer.forward(new Tensor(Float64Array.of(1e6, -1e6, 1e6, 0, -1e6), [1, 5]));
    const gradients = grad(sum(matmul(z, z, "NT")), layer.parameters);
    for (const { data } of [z, logDet, ...gradients]) expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe("luLinear, qrLinear, fullLinear and conv1x1", () => {
  it("take every invertible matrix: with zeros for pivots, with a negative determinant, diagonal or orthogonal", () => {
    const random = new Random(7);
    for (const D of [1, 2, 3, 6]) {
      for (const W of awkwardWeights(D, random)) {
        for (const of of [(weight: Tensor) => luLinear({ weight }), (weight: Tensor) => qrLinear({ weight })]) {
          const layer = of(W);
          expectWithin(relativeDistance(weightOf(layer), W), 0, 16 * D * EPSILON);
          const x = random.normal([2, D]);
          const back = layer.inverse(layer.forward(x).z).x;
          back.data.forEach((value, at) => {
            expectWithin(value, x.data[at], 1e-12);
          });
        }
      }
    }
  });

  it("start at a random rotation: W·Wᵀ = I and det W = 1", () => {
    for (const D of [1, 2, 3, 8]) {
      for (const make of [luLinear, qrLinear, orthogonalLinear, fullLinear]) {
        const W = weightOf(make({ dimensions: D, random: new Random(D) }));
        expectWithin(relativeDistance(matmul(W, W, "NT"), eye(D)), 0, 64 * D * EPSILON);
        expect(slogdet(W).sign.item()).toBe(1);
        if (D > 1) expect(relativeDistance(W, eye(D)) > 0.1).toBe(true);
      }
    }
  });

  it("want dimensions and a Random, or a weight", () => {
    const random = new Random(1);
    for (const make of [luLinear, qrLinear, orthogonalLinear, fullLinear] as ((options: unknown) => Bijection)[]) {
      for (const dimensions of [0, -1, 1.5, Number.NaN, "3", null, undefined]) {
        expect(() => make({ dimensions, random })).toThrow("D must be an integer ≥ 1; got");
      }
      expect(() => make({ dimensions: 2 })).toThrow("needs a weight, or a Random to draw one; got undefined");
      expect(() => make({ dimensions: 2, random: 7 })).toThrow(DomainError);
      expect(() => make({ dimensions: 1e6, random })).toThrow(LimitError);
    }
  });
});
