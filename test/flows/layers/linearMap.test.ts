import {
  add,
  type Bijection,
  conv1x1,
  DomainError,
  diagonalLinear,
  eye,
  fullLinear,
  grad,
  jacobian,
  LimitError,
  type LinearLayer,
  luLinear,
  matmul,
  mul,
  orthogonalLinear,
  qrLinear,
  Random,
  reshape,
  ShapeError,
  SingularMatrixError,
  slogdet,
  sum,
  Tensor,
  tensor,
  transpose,
  triangularLinear,
  tril,
  triu,
  Variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type * as luKernel from "../../../src/tensor/linalg/luFactorization.ts";
import type * as qrKernel from "../../../src/tensor/linalg/qrFactorization.ts";
import { EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";
import { asVectors, randomOrthogonal, randomWeight } from "../../support/flows/linear.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { awkwardWeights, relativeDistance, rowsOf, weightOf } from "../../support/flows/weightOf.ts";
import { invertMatrix, type Matrix, multiply, normInfinity } from "../../support/matrix.ts";

/** How many matrices were decomposed. */
const decomposed = vi.hoisted(() => ({ lu: 0, qr: 0 }));

vi.mock("../../../src/tensor/linalg/luFactorization.ts", async (importOriginal) => {
  const { lu, ...others } = await importOriginal<typeof luKernel>();
  return {
    ...others,
    lu(...parameters: Parameters<typeof lu>) {
      decomposed.lu++;
      return lu(...parameters);
    },
  };
});

vi.mock("../../../src/tensor/linalg/qrFactorization.ts", async (importOriginal) => {
  const { qr, ...others } = await importOriginal<typeof qrKernel>();
  return {
    ...others,
    qr(...parameters: Parameters<typeof qr>) {
      decomposed.qr++;
      qr(...parameters);
    },
  };
});

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

const random = new Random(8);
const start = { dimensions: 4, random };
const image = { channels: 4, height: 1, width: 1, random };

/** Every way to make a linear layer, with or without a bias. */
const WITH_BIAS: readonly (readonly [name: string, make: (bias: boolean) => LinearLayer])[] = [
  ["diagonalLinear", (bias) => diagonalLinear({ dimensions: 4, bias })],
  ["triangularLinear", (bias) => triangularLinear({ dimensions: 4, lower: false, bias })],
  ["luLinear", (bias) => luLinear({ ...start, bias })],
  ["qrLinear", (bias) => qrLinear({ ...start, bias })],
  ["orthogonalLinear", (bias) => orthogonalLinear({ ...start, bias })],
  ["orthogonalLinear, cayley", (bias) => orthogonalLinear({ ...start, parametrization: "cayley", bias })],
  ["fullLinear", (bias) => fullLinear({ ...start, bias })],
  ["conv1x1, lu", (bias) => conv1x1({ ...image, bias })],
  ["conv1x1, qr", (bias) => conv1x1({ ...image, parametrization: "qr", bias })],
  ["conv1x1, full", (bias) => conv1x1({ ...image, parametrization: "full", bias })],
];

describe.each(WITH_BIAS)("the matrix and the bias of %s", (name, make) => {
  const pointsOf = (x: Tensor): Tensor => (name.startsWith("conv1x1") ? reshape(x, [x.shape[0], 4, 1, 1]) : x);
  const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0], 4]);

  it("z = W x + b and x = W⁻¹(z − b), and the log-det is ln|det W|", () => {
    for (const bias of [false, true]) {
      const layer = make(bias);
      randomizeParameters(layer, random);
      const x = random.normal([3, 4]);
      const { bias: b } = layer;
      const W = layer.matrix();
      expect([b.shape, b.data.some((value) => value !== 0)]).toEqual([[4], bias]);
      const { z, logDet } = layer.forward(pointsOf(x));
      const expected = add(matmul(x, W, "NT"), b);
      const largest = Math.max(...expected.data.map(Math.abs), 1);
      rows(z).data.forEach((value, i) => {
        expectWithin(value, expected.data[i], 256 * EPSILON * largest);
      });
      const identity = matmul(layer.inverseMatrix(), W);
      const condition = normInfinity(rowsOf(W)) * normInfinity(rowsOf(layer.inverseMatrix()));
      identity.data.forEach((value, at) => {
        expectWithin(value, at % 5 === 0 ? 1 : 0, 256 * EPSILON * condition);
      });
      rows(layer.inverse(z).x).data.forEach((value, i) => {
        expectWithin(value, x.data[i], 256 * EPSILON * condition * largest);
      });
      expectWithin(logDet.at(0), slogdet(W).logAbsDet.item(), 256 * EPSILON * condition);
    }
  });

  it("starts with a bias of 0, which is its last parameter, and is the layer without one until that is trained", () => {
    const [without, layer] = [make(false), make(true)];
    const bias = layer.parameters[layer.parameters.length - 1];
    expect([bias.name, bias.toArray()]).toEqual(["bias", [0, 0, 0, 0]]);
    expect(layer.bias).toBe(bias);
    expect(without.bias).not.toBeInstanceOf(Variable);
    expect(layer.parameters.length).toBe(without.parameters.length + 1);
    expect(layer.definition).toEqual({ ...without.definition, bias: true });
    expect("bias" in without.definition).toBe(false);
    expect(() => make("yes" as never)).toThrow(`${name.split(",")[0]}: bias must be true or false; got`);
  });

  it("gives gradients of the matrix and of its inverse", () => {
    const layer = make(false);
    randomizeParameters(layer, random);
    const W = layer.matrix();
    const inverse = layer.inverseMatrix();
    // Σ_ij W⁻¹_ij·W_ji = D whatever the parameters
    for (const g of grad(sum(mul(inverse, transpose(W))), layer.parameters)) {
      const size = normInfinity(rowsOf(W)) * normInfinity(rowsOf(inverse));
      for (const value of g.data) expectWithin(value, 0, 1e-11 * size);
    }
    const sizes = grad(sum(W), layer.parameters).map(({ data }) => Math.max(...Array.from(data, Math.abs)));
    expect(Math.max(...sizes)).toBeGreaterThan(1e-3); // of W itself gradients flow
  });
});

describe("a matrix that is trained by its factors", () => {
  /** How often matrices are decomposed as the layer is made and, from then on, in three steps of training, scored and inverted. */
  function count(make: (weight: Tensor) => Bijection): { first: typeof decomposed; later: typeof decomposed } {
    const random = new Random(9);
    const W = randomWeight(5, random);
    Object.assign(decomposed, { lu: 0, qr: 0 });
    const layer = make(W);
    const first = { ...decomposed };
    Object.assign(decomposed, { lu: 0, qr: 0 });
    for (let step = 0; step < 3; step++) {
      const { z, logDet } = layer.forward(random.normal([4, 5]));
      const gradients = grad(add(sum(mul(z, z)), sum(logDet)), layer.parameters);
      for (const [k, p] of layer.parameters.entries()) p.assign(add(p, mul(gradients[k], -1e-3)));
      layer.inverse(z);
    }
    return { first, later: { ...decomposed } };
  }

  describe.each([
    ["luLinear", (weight: Tensor) => luLinear({ weight }), "lu"],
    ["qrLinear", (weight: Tensor) => qrLinear({ weight }), "qr"],
    ["conv1x1, lu", oneConvolution("lu"), "lu"],
    ["conv1x1, qr", oneConvolution("qr"), "qr"],
  ] as const)("%s", (_name, make, kind) => {
    it("is decomposed at the start, and never again, however it is trained", () => {
      const { first, later } = count(make);
      expect(first[kind]).toBeGreaterThan(0);
      expect(later).toEqual({ lu: 0, qr: 0 });
      expect(count((weight) => fullLinear({ weight })).later.lu).toBeGreaterThanOrEqual(3); // which is what a full W costs
    });
  });

  it("is P·L·U of the parameters of luLinear, and H_K⋯H_1·R of those of qrLinear, wherever training leads, by hand", () => {
    const [random, D] = [new Random(10), 5];
    const W = randomWeight(D, random);
    const [plu, qr] = [luLinear({ weight: W }), qrLinear({ weight: W })];
    for (const layer of [plu, qr]) randomizeParameters(layer, random);
    const square = (entry: (i: number, j: number) => number): number[][] =>
      Array.from({ length: D }, (_, i) => Array.from({ length: D }, (_, j) => entry(i, j)));
    const numbersOf = (layer: Bijection, name: string): Tensor =>
      layer.parameters.find((parameter) => parameter.name === name) as Tensor;
    const upperOf = (layer: Bijection, signs: readonly number[]): number[][] =>
      square((i, j) => {
        if (i === j) return signs[i] * Math.exp(numbersOf(layer, "logDiagonal").at(i));
        return j > i ? numbersOf(layer, "upper").at(i, j) : 0;
      });

    const order = plu.buffers.get("permutation") as Tensor;
    const signs = Array.from((plu.buffers.get("signs") as Tensor).data);
    const P = square((i, j) => (order.at(j) === i ? 1 : 0));
    const L = square((i, j) => (i === j ? 1 : j < i ? numbersOf(plu, "lower").at(i, j) : 0));
    const byHand = multiply(multiply(P, L), upperOf(plu, signs));
    expectWithin(relativeDistance(plu.matrix(), tensor(byHand)), 0, 64 * D * EPSILON);

    const vectors = numbersOf(qr, "reflections");
    let product: Matrix = upperOf(qr, new Array(D).fill(1));
    for (let k = 0; k < vectors.shape[0]; k++) {
      const v = Array.from({ length: D }, (_, i) => vectors.at(k, i));
      const length = v.reduce((total, value) => total + value ** 2, 0);
      product = multiply(
        square((i, j) => (i === j ? 1 : 0) - (2 * v[i] * v[j]) / length),
        product,
      );
    }
    expectWithin(relativeDistance(qr.matrix(), tensor(product as number[][])), 0, 64 * D * EPSILON);
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
      expect(() => make({ dimensions: 2 })).toThrow(
        "random must be a Random, for instance new Random(1); got undefined",
      );
      expect(() => make({ dimensions: 2, random: 7 })).toThrow(DomainError);
      expect(() => make({ dimensions: 1e6, random })).toThrow(LimitError);
    }
  });
});
