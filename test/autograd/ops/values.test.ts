import {
  add,
  broadcastTo,
  checkFinite,
  concat,
  DomainError,
  div,
  exp,
  grad,
  log,
  logSumExp,
  matmul,
  mean,
  mul,
  NonFiniteError,
  Random,
  reshape,
  ShapeError,
  sigmoid,
  softplus,
  split,
  sqrt,
  sub,
  sum,
  Tensor,
  take,
  tanh,
  tensor,
  transpose,
  variable,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("arithmetic", () => {
  it("broadcasts as NumPy does: every pair of shapes of rank ≤ 3 with sides 0 … 3, value and gradient", () => {
    const sides = [0, 1, 2, 3];
    const shapes: number[][] = [[]];
    for (let rank = 1; rank <= 3; rank++) {
      shapes.push(...shapes.filter((s) => s.length === rank - 1).flatMap((s) => sides.map((n) => [...s, n])));
    }
    expect(shapes).toHaveLength(85);
    let refused = 0;
    for (const a of shapes) {
      for (const b of shapes) {
        const rank = Math.max(a.length, b.length);
        const pad = (s: number[]): number[] => [...Array(rank - s.length).fill(1), ...s];
        const [pa, pb] = [pad(a), pad(b)];
        const fits = pa.every((n, i) => n === pb[i] || n === 1 || pb[i] === 1);
        const size = (s: number[]): number => s.reduce((p, n) => p * n, 1);
        const x = variable(
          new Tensor(
            Float64Array.from({ length: size(a) }, (_, i) => i + 1),
            a,
          ),
        );
        const y = variable(
          new Tensor(
            Float64Array.from({ length: size(b) }, (_, i) => 10 * i),
            b,
          ),
        );
        if (!fits) {
          refused++;
          expect(() => sub(x, y)).toThrow(`sub: shapes do not broadcast; [${a}] and [${b}]`);
          continue;
        }
        const z = sub(x, y);
        const shape = pa.map((n, i) => (n === 1 ? pb[i] : n));
        expect(z.shape).toEqual(shape);
        // element by element, from the definition
        const offset = (index: number[], s: number[]): number =>
          s.reduce((o, n, i) => o * n + (n === 1 ? 0 : index[i]), 0);
        const countA = new Float64Array(size(a));
        const countB = new Float64Array(size(b));
        for (let k = 0; k < size(shape); k++) {
          const index = shape.map((_, i) => Math.floor(k / size(shape.slice(i + 1))) % shape[i]);
          const [oa, ob] = [offset(index, pa), offset(index, pb)];
          if (z.data[k] !== x.data[oa] - y.data[ob]) throw new Error(`[${a}] − [${b}] at ${index}`);
          countA[oa]++;
          countB[ob]--;
        }
        const [gx, gy] = grad(sum(z), [x, y]);
        expect(Array.from(gx.data)).toEqual(Array.from(countA));
        expect(Array.from(gy.data, (v) => v + 0)).toEqual(Array.from(countB));
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it("follows IEEE arithmetic at the edges", () => {
    expect(div(tensor([1, -1, 0]), 0).toArray()).toEqual([INF, -INF, NAN]);
    expect(sqrt(tensor([4, 0, -1, INF])).toArray()).toEqual([2, 0, NAN, INF]);
    expect(mul(0, INF).item()).toBe(NAN);
  });

  it("refuses what is neither Tensor nor number, naming op and type", () => {
    expect(() => add(tensor([1]), "x" as never)).toThrow(
      new DomainError("add: operands are Tensors or numbers; got string"),
    );
    expect(() => sum(null as never)).toThrow(new DomainError("sum: operands are Tensors or numbers; got null"));
    expect(() => matmul([[1]] as never, tensor([[1]]))).toThrow(DomainError);
  });
});

describe("exponentials", () => {
  it("have their limits", () => {
    expect(exp(tensor([0, -INF, INF, 710, -746, NAN])).toArray()).toEqual([1, 0, INF, INF, 0, NAN]);
    expect(log(tensor([1, 0, INF, -1])).toArray()).toEqual([0, -INF, INF, NAN]);
    expect(tanh(tensor([0, -0, INF, -INF, 1e300])).toArray()).toEqual([0, -0, 1, -1, 1]);
    expect(sigmoid(tensor([0, 800, -800])).toArray()).toEqual([0.5, 1, 0]);
    expect(softplus(tensor([1000, -1000, 0])).toArray()).toEqual([1000, 0, Math.LN2]);
  });

  it("keep the digits of small results: sigmoid(−40) = e⁻⁴⁰, softplus(−40) = e⁻⁴⁰", () => {
    for (const f of [sigmoid, softplus]) expect(Math.abs(f(-40).item() / Math.exp(-40) - 1) <= 1e-15).toBe(true);
  });
});

describe("reductions", () => {
  it("sum over all axes, one, several, keeping them or not", () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(sum(x).item()).toBe(36);
    expect(sum(x, 0).toArray()).toEqual([
      [6, 8],
      [10, 12],
    ]);
    expect(sum(x, -1).toArray()).toEqual([
      [3, 7],
      [11, 15],
    ]);
    expect(sum(x, [0, 2]).toArray()).toEqual([14, 22]);
    expect(sum(x, [2, 0], { keepDims: true }).toArray()).toEqual([[[14], [22]]]);
    expect(sum(x, []).toArray()).toEqual(x.toArray());
    expect(mean(x, [1, 2]).toArray()).toEqual([2.5, 6.5]);
    expect(sum(tensor([], [0, 2]), 0).toArray()).toEqual([0, 0]);
    expect(mean(tensor([], [0])).item()).toBe(NAN);
  });

  it("say which axis is not there, or there twice", () => {
    expect(() => sum(tensor([1]), 1)).toThrow(new ShapeError("sum: no such axis; got axis 1 of a tensor of rank 1"));
    expect(() => sum(tensor([[1]]), [0, -2])).toThrow("sum: an axis may be named once; got [0,-2]");
  });

  it("logSumExp neither overflows nor loses small terms", () => {
    expect(logSumExp(tensor([1000, 1000])).item()).toBe(1000 + Math.LN2);
    expect(logSumExp(tensor([0, -40])).item()).toBe(Math.log1p(Math.exp(-40)));
    expect(logSumExp(tensor([-INF, -INF])).item()).toBe(-INF);
    expect(logSumExp(tensor([INF, 0])).item()).toBe(INF);
    expect(logSumExp(tensor([NAN, 0])).item()).toBe(NAN);
    expect(logSumExp(tensor([], [2, 0]), 1).toArray()).toEqual([-INF, -INF]);
  });
});

describe("shapes", () => {
  it("reshape keeps the order, and works out one −1", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(reshape(x, [3, -1]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    for (const shape of [[4], [-1, -1], [5, -1], [-2, -3]]) {
      expect(() => reshape(x, shape)).toThrow(`reshape: sizes must be equal; [2,3] to [${shape}]`);
    }
  });

  it("take, concat, split, transpose, broadcastTo do as they say", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(take(x, [2, 0, 2, -1], 1).toArray()).toEqual([
      [3, 1, 3, 3],
      [6, 4, 6, 6],
    ]);
    expect(take(x, tensor([1]), 0).toArray()).toEqual([[4, 5, 6]]);
    expect(concat([x, tensor([[9], [8]])], 1).toArray()).toEqual([
      [1, 2, 3, 9],
      [4, 5, 6, 8],
    ]);
    expect(split(x, [1, 0, 2], -1).map((part) => part.toArray())).toEqual([
      [[1], [4]],
      [[], []],
      [
        [2, 3],
        [5, 6],
      ],
    ]);
    expect(transpose(x).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(broadcastTo(tensor([[1], [2]]), [2, 2]).toArray()).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("say what does not fit", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(() => take(x, [3], 1)).toThrow("take: index out of range; got 3 for an axis of length 3");
    expect(() => take(x, [0.5], 1)).toThrow(DomainError);
    expect(() => concat([x, tensor([[1]])], 1)).toThrow("concat: shapes must agree but on axis 1; [2,3] and [1,1]");
    expect(() => concat([], 0)).toThrow(ShapeError);
    expect(() => split(x, [1, 1], 1)).toThrow("split: sizes must add up to the axis; [1,1] for axis 1 of [2,3]");
    expect(() => transpose(tensor([1]))).toThrow("transpose: needs at least two axes; got [1]");
    expect(() => broadcastTo(x, [3])).toThrow("broadcastTo: axes only stretch from 1; [2,3] to [3]");
  });
});

describe("matmul", () => {
  it("is the product of matrices in its three layouts, against the sum that defines it", () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(1000), (M, N, K, seed) => {
        const random = new Random(seed);
        const [A, B] = [random.normal([M, K]), random.normal([K, N])];
        const expected = Array.from({ length: M }, (_, i) =>
          Array.from({ length: N }, (__, j) =>
            Array.from({ length: K }, (___, k) => A.at(i, k) * B.at(k, j)).reduce((s, v) => s + v, 0),
          ),
        );
        for (const product of [matmul(A, B), matmul(transpose(A), B, "TN"), matmul(A, transpose(B), "NT")]) {
          expect(product.shape).toEqual([M, N]);
          expect(product.toArray()).toEqual(expected); // the same order of sums: the same bits
        }
      }),
    );
  });

  it("says what does not fit, as the operands are read", () => {
    const [a, b] = [tensor([[1, 2, 3]]), tensor([[1, 2]])];
    expect(() => matmul(a, b)).toThrow(new ShapeError("matmul: inner sizes differ; [1,3] · [1,2]"));
    expect(() => matmul(a, b, "NT")).toThrow("matmul: inner sizes differ; [1,3] · [1,2]ᵀ");
    expect(() => matmul(tensor([1]), b)).toThrow("matmul: operands must be matrices; [1] · [1,2]");
    expect(() => matmul(a, b, "TT" as never)).toThrow('matmul: the layout is "NN", "TN" or "NT"; got TT');
  });

  it("lets NaN through, wherever it stands", () => {
    const A = new Random(1).normal([5, 5]).data.slice();
    A[24] = NAN;
    const product = matmul(new Tensor(A, [5, 5]), new Random(2).normal([5, 3]));
    expect(product.at(4, 2)).toBe(NAN);
    expect(Number.isFinite(product.at(3, 2))).toBe(true);
  });
});

describe("checkFinite", () => {
  it("names the first element that is not, with its value", () => {
    const x = tensor([
      [1, 2],
      [NAN, INF],
    ]);
    expect(() => checkFinite(x, "loss")).toThrow(
      new NonFiniteError("checkFinite: values must be finite; loss[1,0] = NaN", { op: "loss", index: [1, 0] }),
    );
    expect(checkFinite(tensor([1])).toArray()).toEqual([1]);
  });
});
