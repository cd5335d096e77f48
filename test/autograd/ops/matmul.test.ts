import {
  DomainError,
  dot,
  grad,
  LimitError,
  matmul,
  outer,
  Random,
  ShapeError,
  sum,
  Tensor,
  tensor,
  transpose,
  variable,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allShapes, bitsOf, broadcastNaively, indicesOf } from "../../support/arbitraries.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;
const LAYOUTS = ["NN", "TN", "NT"] as const;

/** Σ term(k), k < K, in the order that is promised. */
type Sum = (term: (k: number) => number, K: number) => number;

function inOrder(term: (k: number) => number, from: number, to: number): number {
  let total = 0;
  for (let k = from; k < to; k++) total += term(k);
  return total;
}

/** Chunks of 256, one after the other. */
const inChunks: Sum = (term, K) => {
  let total = 0;
  for (let k = 0; k < K; k += 256) total += inOrder(term, k, Math.min(k + 256, K));
  return total;
};

/** Shards of 64, added pairwise: Aᵀ·B is a sum over rows. */
const inShards: Sum = (term, K) => {
  const pairwise = (from: number, to: number): number => {
    if (to - from <= 64) return inOrder(term, from, to);
    let half = 64;
    while (2 * half < to - from) half *= 2;
    return pairwise(from, from + half) + pairwise(from + half, to);
  };
  return pairwise(0, K);
};

describe("matmul", () => {
  it("gives the bits of the documented order in all three layouts, around the edges of tiles and chunks", () => {
    const side = fc.integer({ min: 0, max: 9 });
    const inner = fc.oneof(side, fc.constantFrom(63, 64, 65, 192, 255, 256, 257, 513));
    fc.assert(
      fc.property(side, side, inner, fc.nat(1000), (M, N, K, seed) => {
        const random = new Random(seed);
        const [A, B] = [random.normal([M, K]), random.normal([K, N])];
        const expected = (sum: Sum): Tensor =>
          new Tensor(
            Float64Array.from(indicesOf([M, N]), ([i, j]) => sum((k) => A.at(i, k) * B.at(k, j), K)),
            [M, N],
          );
        for (const [product, sum] of [
          [matmul(A, B), inChunks],
          [matmul(transpose(A), B, "TN"), inShards],
          [matmul(A, transpose(B), "NT"), inChunks],
        ] as const) {
          expect(product.shape).toEqual([M, N]);
          expect(bitsOf(product)).toEqual(bitsOf(expected(sum)));
        }
      }),
    );
  });

  it.each(LAYOUTS)("%s broadcasts every pair of stacks of rank ≤ 2 with sides 0 … 3, value and gradient", (layout) => {
    const [M, N, K] = [2, 1, 3];
    const [sizeA, sizeB] = [layout === "TN" ? [K, M] : [M, K], layout === "NT" ? [N, K] : [K, N]];
    const counting = (shape: readonly number[], factor: number): Tensor =>
      new Tensor(
        Float64Array.from(indicesOf(shape), (_, i) => factor * i + 1),
        shape,
      );
    const stretched = (x: Tensor, leading: readonly number[], i: number, j: number): number =>
      x.at(...x.shape.slice(0, -2).map((n, axis) => (n === 1 ? 0 : leading[leading.length + 2 - x.rank + axis])), i, j);
    let refused = 0;
    for (const stackA of allShapes(0, 2, 3)) {
      for (const stackB of allShapes(0, 2, 3)) {
        const [A, B] = [variable(counting([...stackA, ...sizeA], 1)), variable(counting([...stackB, ...sizeB], 10))];
        const stack = broadcastNaively(stackA, stackB);
        if (stack === null) {
          refused++;
          const sentence = `matmul: stacks do not broadcast; [${A.shape}]${layout === "TN" ? "ᵀ" : ""} · [${B.shape}]${layout === "NT" ? "ᵀ" : ""}`;
          expect(() => matmul(A, B, layout)).toThrow(new ShapeError(sentence));
          continue;
        }
        const y = matmul(A, B, layout);
        expect(y.shape).toEqual([...stack, M, N]);
        const [expectedA, expectedB] = [new Map<number, number>(), new Map<number, number>()];
        const numberOf = (x: Tensor, leading: readonly number[], i: number, j: number, factor: number): number =>
          (stretched(x, leading, i, j) - 1) / factor;
        indicesOf(y.shape).forEach((index, at) => {
          const [leading, [i, j]] = [index.slice(0, -2), index.slice(-2)];
          let total = 0;
          for (let k = 0; k < K; k++) {
            const [ra, ca] = layout === "TN" ? [k, i] : [i, k];
            const [rb, cb] = layout === "NT" ? [j, k] : [k, j];
            const [a, b] = [stretched(A, leading, ra, ca), stretched(B, leading, rb, cb)];
            total += a * b;
            const [na, nb] = [numberOf(A, leading, ra, ca, 1), numberOf(B, leading, rb, cb, 10)];
            expectedA.set(na, (expectedA.get(na) ?? 0) + b);
            expectedB.set(nb, (expectedB.get(nb) ?? 0) + a);
          }
          if (y.data[at] !== total)
            expect.fail(`[${A.shape}] · [${B.shape}] at [${index}]: ${y.data[at]}, not ${total}`);
        });
        const [gA, gB] = grad(sum(y), [A, B]); // integers: exact in any order
        expect(Array.from(gA.data)).toEqual(Array.from(A.data, (_, i) => expectedA.get(i) ?? 0));
        expect(Array.from(gB.data)).toEqual(Array.from(B.data, (_, i) => expectedB.get(i) ?? 0));
      }
    }
    expect(refused).toBeGreaterThan(50);
  });

  it.each(LAYOUTS)(
    "%s gives a stack the bits of its matrices, one by one, also when all share one operand",
    (layout) => {
      const [M, N, K] = [3, 5, 7]; // M leaves rows over in every tile: the rows of a stack are cut elsewhere
      const random = new Random(3);
      const A = random.normal([4, ...(layout === "TN" ? [K, M] : [M, K])]);
      const B = random.normal([4, ...(layout === "NT" ? [N, K] : [K, N])]);
      const part = (x: Tensor, n: number): Tensor =>
        new Tensor(x.data.slice((n * x.size) / 4, ((n + 1) * x.size) / 4), x.shape.slice(1));
      const [both, left, right] = [matmul(A, B, layout), matmul(A, part(B, 2), layout), matmul(part(A, 1), B, layout)];
      for (let n = 0; n < 4; n++) {
        expect(bitsOf(part(both, n))).toEqual(bitsOf(matmul(part(A, n), part(B, n), layout)));
        expect(bitsOf(part(left, n))).toEqual(bitsOf(matmul(part(A, n), part(B, 2), layout)));
        expect(bitsOf(part(right, n))).toEqual(bitsOf(matmul(part(A, 1), part(B, n), layout)));
      }
    },
  );

  it("takes a vector as a row on the left and as a column on the right, in every layout", () => {
    const [v, w] = [tensor([1, 2]), tensor([10, 100])];
    const A = tensor([
      [1, 2],
      [3, 4],
    ]);
    for (const layout of LAYOUTS) expect(matmul(v, w, layout).toArray()).toBe(210);
    expect(matmul(v, A).toArray()).toEqual([7, 10]);
    expect(matmul(v, A, "TN").toArray()).toEqual([7, 10]); // a vector has no transpose
    expect(matmul(v, A, "NT").toArray()).toEqual([5, 11]);
    expect(matmul(A, v).toArray()).toEqual([5, 11]);
    expect(matmul(A, v, "NT").toArray()).toEqual([5, 11]);
    expect(matmul(A, v, "TN").toArray()).toEqual([7, 10]);
    expect(matmul(new Random(1).normal([5, 2, 2]), v).shape).toEqual([5, 2]);
    expect(matmul(v, new Random(1).normal([5, 2, 3])).shape).toEqual([5, 3]);
  });

  it("is zero where the inner length is", () => {
    expect(matmul(tensor([], [2, 0]), tensor([], [0, 1])).toArray()).toEqual([[0], [0]]);
    expect(matmul(tensor([], [0]), tensor([], [0])).item()).toBe(0);
    expect(matmul(tensor([], [3, 0, 2]), tensor([[1], [2]])).shape).toEqual([3, 0, 1]);
  });

  it("says what does not fit, as the operands are read", () => {
    const [a, b] = [tensor([[1, 2, 3]]), tensor([[1, 2]])];
    expect(() => matmul(a, b)).toThrow(new ShapeError("matmul: inner sizes differ; [1,3] · [1,2]"));
    expect(() => matmul(a, b, "NT")).toThrow("matmul: inner sizes differ; [1,3] · [1,2]ᵀ");
    expect(() => matmul(tensor([1, 2]), a)).toThrow("matmul: inner sizes differ; [2] · [1,3]");
    expect(() => matmul(a, tensor([1, 2]), "NT")).toThrow("matmul: inner sizes differ; [1,3] · [2]");
    expect(() => matmul(2, b)).toThrow("matmul: operands must be vectors, matrices or stacks of them; [] · [1,2]");
    expect(() => matmul(a, b, "TT" as never)).toThrow(
      new DomainError('matmul: the layout is "NN", "TN" or "NT"; got "TT"'),
    );
    expect(() => matmul(a, "b" as never)).toThrow(DomainError);
  });

  it("refuses a product that is too large before it asks for memory", () => {
    const [tall, wide] = [new Tensor(new Float64Array(0), [2 ** 20, 0]), new Tensor(new Float64Array(0), [0, 2 ** 20])];
    expect(() => matmul(tall, wide)).toThrow(
      new LimitError("matmul: at most 1073741824 elements; the result would be [1048576,1048576]"),
    );
  });

  it("lets NaN through, wherever it stands", () => {
    const A = new Random(1).normal([5, 5]).data.slice();
    A[24] = NAN;
    const product = matmul(new Tensor(A, [5, 5]), new Random(2).normal([5, 3]));
    expect(product.at(4, 2)).toBe(NAN);
    expect(Number.isFinite(product.at(3, 2))).toBe(true);
  });
});

describe("dot", () => {
  it("is the inner product of vectors, and of the last axes of stacks of them", () => {
    expect(dot(tensor([1, 2, 3]), tensor([4, 5, 6])).item()).toBe(32);
    const rows = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(dot(rows, tensor([1, 10])).toArray()).toEqual([21, 43]);
    expect(dot(rows, rows).toArray()).toEqual([5, 25]);
    expect(dot(tensor([], [2, 0]), tensor([], [0])).toArray()).toEqual([0, 0]);
    expect(dot(tensor([INF, 1]), tensor([0, 1])).item()).toBe(NAN);
  });

  it("does not stretch the axis that is summed", () => {
    expect(() => dot(tensor([1]), tensor([1, 2]))).toThrow(
      new ShapeError("dot: the last axes must have the same length; [1] and [2]"),
    );
    expect(() => dot(tensor([1]), 2)).toThrow("dot: operands must have an axis; [1] and []");
    expect(() => dot(tensor([[1], [2]]), tensor([[1], [2], [3]]))).toThrow("dot: shapes do not broadcast");
    expect(() => dot(null as never, 2)).toThrow(DomainError);
  });
});

describe("outer", () => {
  it("multiplies every element of the one vector by every element of the other", () => {
    expect(outer(tensor([1, 2]), tensor([3, 4, 5])).toArray()).toEqual([
      [3, 4, 5],
      [6, 8, 10],
    ]);
    expect(outer(new Random(1).normal([4, 1, 2]), new Random(2).normal([3, 5])).shape).toEqual([4, 3, 2, 5]);
    expect(outer(tensor([], [0]), tensor([1, 2])).shape).toEqual([0, 2]);
  });

  it("says what does not fit, and what is too large", () => {
    expect(() => outer(1, tensor([1]))).toThrow(new ShapeError("outer: operands must have an axis; [] and [1]"));
    expect(() => outer(new Random(1).normal([2, 3]), new Random(2).normal([3, 3]))).toThrow(
      "outer: shapes do not broadcast; [2] and [3]",
    );
    const long = new Tensor(new Float64Array(2 ** 16), [2 ** 16]);
    expect(() => outer(long, long)).toThrow(LimitError);
    expect(() => outer("a" as never, long)).toThrow(DomainError);
  });
});
