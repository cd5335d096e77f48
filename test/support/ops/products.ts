import { conv2d, dot, matmul, outer, type Tensor } from "diffeo";
import fc from "fast-check";
import { broadcastNaively, indicesOf, tensors } from "../arbitraries.ts";
import { type Dual, type DualTensor, times, total } from "../dual.ts";
import { type OpCase, type OpRow, type Shape, sumOf } from "./opCase.ts";

type Layout = "NN" | "TN" | "NT";

/** Two elements that are multiplied, by their indices in the operands. */
type Term = readonly [a: readonly number[], b: readonly number[]];

/** What is expected of a sum of products of elements of two operands; leading axes of 1 are stretched. */
function bilinear(
  [a, b]: readonly [Tensor, Tensor],
  termsAt: (index: readonly number[]) => readonly Term[],
): Pick<OpCase, "inputs" | "element" | "dual"> {
  const at = <Element>(
    x: { shape: Shape; at(...index: readonly number[]): Element },
    index: readonly number[],
  ): Element =>
    x.at(...x.shape.map((length, axis) => (length === 1 ? 0 : index[index.length - x.shape.length + axis])));
  return {
    inputs: [a, b],
    element: (index) => sumOf(termsAt(index).map(([ia, ib]) => at(a, ia) * at(b, ib))),
    dual: (index, [A, B]: readonly DualTensor[]): Dual =>
      total(termsAt(index).map(([ia, ib]) => times(at(A, ia), at(B, ib)))),
  };
}

/** Leading axes of two stacks, small enough for second derivatives. */
const stackPairs = fc.constantFrom<readonly [readonly number[], readonly number[]]>(
  [[], []],
  [[2], []],
  [[], [2]],
  [[2], [1]],
  [[1], [2]],
  [[2], [2]],
  [[2, 1], [3]],
  [[2], [1, 1]],
  [[1, 1], [2]],
  [[0], [1]],
  [[], [0]],
);

const side = fc.nat(2);

/** Matrices in one layout: stacks, and each operand alone. */
function product(layout: Layout): OpRow {
  const cases = fc
    .tuple(side, side, side, stackPairs)
    .chain(([M, N, K, [stackA, stackB]]) =>
      fc.record({
        a: tensors([...stackA, ...(layout === "TN" ? [K, M] : [M, K])]),
        b: tensors([...stackB, ...(layout === "NT" ? [N, K] : [K, N])]),
        sizes: fc.constant({ M, N, K, stack: broadcastNaively(stackA, stackB) ?? [] }),
      }),
    )
    .map(({ a, b, sizes: { M, N, K, stack } }) => ({
      call: `matmul ${layout} [${a.shape}] [${b.shape}]`,
      f: (A: Tensor, B: Tensor) => matmul(A, B, layout),
      shape: [...stack, M, N],
      ...bilinear([a, b], (index) => {
        const leading = index.slice(0, -2);
        const [i, j] = index.slice(-2);
        return Array.from({ length: K }, (_, k) => [
          [...leading, ...(layout === "TN" ? [k, i] : [i, k])],
          [...leading, ...(layout === "NT" ? [j, k] : [k, j])],
        ]);
      }),
    }));
  return { name: "matmul", variant: layout, cases };
}

/** A vector against a stack of matrices, or another vector: the layout says nothing about vectors. */
const productsOfVectors: OpRow = {
  name: "matmul",
  variant: "of vectors, in every layout",
  cases: fc
    .tuple(side, side, fc.constantFrom([], [2], [2, 1]), fc.constantFrom<Layout>("NN", "TN", "NT"))
    .chain(([K, other, stack, layout]) => {
      const matrixA = layout === "TN" ? [K, other] : [other, K];
      const matrixB = layout === "NT" ? [other, K] : [K, other];
      return fc.oneof(
        fc.record({ a: tensors([K]), b: tensors([K]) }).map(({ a, b }) => ({
          ...{ a, b, layout, shape: [] as number[] },
          terms: (): Term[] => Array.from({ length: K }, (_, k) => [[k], [k]]),
        })),
        fc.record({ a: tensors([K]), b: tensors([...stack, ...matrixB]) }).map(({ a, b }) => ({
          ...{ a, b, layout, shape: [...stack, other] },
          terms: (index: readonly number[]): Term[] => {
            const [leading, j] = [index.slice(0, -1), index[index.length - 1]];
            return Array.from({ length: K }, (_, k) => [[k], [...leading, ...(layout === "NT" ? [j, k] : [k, j])]]);
          },
        })),
        fc.record({ a: tensors([...stack, ...matrixA]), b: tensors([K]) }).map(({ a, b }) => ({
          ...{ a, b, layout, shape: [...stack, other] },
          terms: (index: readonly number[]): Term[] => {
            const [leading, i] = [index.slice(0, -1), index[index.length - 1]];
            return Array.from({ length: K }, (_, k) => [[...leading, ...(layout === "TN" ? [k, i] : [i, k])], [k]]);
          },
        })),
      );
    })
    .map(({ a, b, layout, shape, terms }) => ({
      call: `matmul ${layout} [${a.shape}] [${b.shape}]`,
      f: (A: Tensor, B: Tensor) => matmul(A, B, layout),
      shape,
      // an inner length of 1 is no axis that stretches, but all its indices are 0 anyway
      ...bilinear([a, b], terms),
    })),
};

const innerProducts: OpRow = {
  name: "dot",
  variant: "of stacks of vectors",
  cases: fc
    .tuple(fc.nat(3), stackPairs)
    .chain(([n, [stackA, stackB]]) =>
      fc.record({
        a: tensors([...stackA, n]),
        b: tensors([...stackB, n]),
        stack: fc.constant(broadcastNaively(stackA, stackB) ?? []),
      }),
    )
    .map(({ a, b, stack }) => ({
      call: `dot [${a.shape}] [${b.shape}]`,
      f: dot,
      shape: stack,
      ...bilinear([a, b], (index) =>
        Array.from({ length: a.shape[a.rank - 1] }, (_, k) => [
          [...index, k],
          [...index, k],
        ]),
      ),
    })),
};

const outerProducts: OpRow = {
  name: "outer",
  variant: "of stacks of vectors",
  cases: fc
    .tuple(side, side, stackPairs)
    .chain(([M, N, [stackA, stackB]]) =>
      fc.record({
        a: tensors([...stackA, M]),
        b: tensors([...stackB, N]),
        stack: fc.constant(broadcastNaively(stackA, stackB) ?? []),
      }),
    )
    .map(({ a, b, stack }) => ({
      call: `outer [${a.shape}] [${b.shape}]`,
      f: outer,
      shape: [...stack, a.shape[a.rank - 1], b.shape[b.rank - 1]],
      ...bilinear([a, b], (index) => {
        const [leading, [i, j]] = [index.slice(0, -2), index.slice(-2)];
        return [
          [
            [...leading, i],
            [...leading, j],
          ],
        ];
      }),
    })),
};

const pair = (least: number, most: number): fc.Arbitrary<[number, number]> =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));

const convolutions: OpRow = {
  name: "conv2d",
  variant: "with strides, padding and a bias",
  cases: fc
    .record({
      ...{ N: fc.nat(2), C: fc.nat(2), O: fc.nat(2), image: pair(1, 3), kernel: pair(1, 2) },
      ...{ stride: pair(1, 2), padding: pair(0, 1), bias: fc.boolean() },
    })
    .filter(({ image, kernel, padding }) => kernel.every((side, axis) => side <= image[axis] + 2 * padding[axis]))
    .chain(({ N, C, O, image, kernel, stride, padding, bias }) =>
      fc
        .record({
          x: tensors([N, C, ...image]),
          w: tensors([O, C, ...kernel]),
          b: tensors([O]),
        })
        .map(({ x, w, b }): OpCase => {
          const seen = (n: number, o: number, i: number, j: number): Term[] =>
            indicesOf([C, ...kernel]).flatMap(([c, di, dj]): Term[] => {
              const [row, column] = [i * stride[0] + di - padding[0], j * stride[1] + dj - padding[1]];
              const inside = row >= 0 && row < image[0] && column >= 0 && column < image[1];
              return inside
                ? [
                    [
                      [n, c, row, column],
                      [o, c, di, dj],
                    ],
                  ]
                : [];
            });
          return {
            call: `conv2d [${x.shape}] * [${w.shape}], stride ${stride}, padding ${padding}, bias ${bias}`,
            f: (X, W, B) => conv2d(X, W, bias ? B : undefined, { stride, padding }),
            inputs: bias ? [x, w, b] : [x, w],
            shape: [
              ...[N, O],
              ...image.map(
                (length, axis) => Math.floor((length + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1,
              ),
            ],
            element: ([n, o, i, j]) =>
              sumOf([...seen(n, o, i, j).map(([ix, iw]) => x.at(...ix) * w.at(...iw)), bias ? b.at(o) : 0]),
            dual: ([n, o, i, j], [X, W, B]) =>
              total([...seen(n, o, i, j).map(([ix, iw]) => times(X.at(...ix), W.at(...iw))), bias ? B.at(o) : 0]),
          };
        }),
    ),
};

/** Products. */
export const products: readonly OpRow[] = [
  ...[product("NN"), product("TN"), product("NT"), productsOfVectors],
  ...[innerProducts, outerProducts, convolutions],
];
