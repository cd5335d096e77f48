import {
  diagonal,
  diagonalMatrix,
  gather,
  mul,
  oneHot,
  pad,
  type Range,
  slice,
  type Tensor,
  tensor,
  tril,
  triu,
} from "diffeo";
import fc from "fast-check";
import { axes, indicesOf, shapes, tensors } from "../arbitraries.ts";
import { moved, nonNegative, type OpRow, replaced } from "./opCase.ts";

/**
 * The indices that range means, found by counting: Python's own definition of x[start:stop:step] takes the indices
 * start, start + step, … that lie before stop, after bounds outside have been moved to the ends.
 */
function indicesOfRange(range: Range, length: number): number[] {
  if (range === null) return Array.from({ length }, (_, i) => i);
  if (typeof range === "number") return [nonNegative(range, length)];
  const step = range[2] ?? 1;
  const all = Array.from({ length }, (_, i) => i);
  const order = step > 0 ? all : all.reverse();
  const from = range[0] === null ? order[0] : nonNegative(range[0], length);
  const to = range[1] === null ? null : nonNegative(range[1], length);
  const inside = order.filter((i) =>
    step > 0 ? i >= from && (to === null || i < to) : i <= from && (to === null || i > to),
  );
  return inside.filter((_, k) => k % Math.abs(step) === 0);
}

/** A bound of a range: none, or inside or outside the axis, from either end. */
const bound = fc.option(fc.integer({ min: -5, max: 5 }));

function ranges(length: number): fc.Arbitrary<Range> {
  const step = fc.constantFrom(1, 2, 3, -1, -2, -3, null);
  return fc.oneof(
    fc.constant(null),
    fc.tuple(bound, bound),
    fc.tuple(bound, bound, step),
    ...(length > 0 ? [fc.integer({ min: -length, max: length - 1 })] : []),
  );
}

const slices: OpRow = {
  name: "slice",
  variant: "with Python's ranges",
  cases: shapes()
    .chain((shape) =>
      fc.record({
        x: tensors(shape),
        given: fc.tuple(...shape.map(ranges)).chain((all) => fc.nat(all.length).map((count) => all.slice(0, count))),
      }),
    )
    .map(({ x, given }) => {
      const chosen = x.shape.map((length, axis) => indicesOfRange(given[axis] ?? null, length));
      const kept = x.shape.map((_, axis) => axis).filter((axis) => typeof given[axis] !== "number");
      return {
        call: `slice ${JSON.stringify(given)}`,
        f: (v: Tensor) => slice(v, ...given),
        shape: kept.map((axis) => chosen[axis].length),
        ...moved([x], (index) => ({
          input: 0,
          index: chosen.map((indices, axis) => indices[kept.includes(axis) ? index[kept.indexOf(axis)] : 0]),
        })),
      };
    }),
};

const paddings: OpRow = {
  name: "pad",
  variant: "with margins of 0 … 2 and any value",
  cases: shapes(0, 2)
    .chain((shape) =>
      fc.record({
        x: tensors(shape),
        margins: fc.tuple(...shape.map(() => fc.tuple(fc.nat(2), fc.nat(2)))),
        value: fc.constantFrom(undefined, 0, 7, -1),
      }),
    )
    .map(({ x, margins, value }) => ({
      call: `pad ${JSON.stringify(margins)} with ${value}`,
      f: (v: Tensor) => pad(v, margins, value),
      shape: x.shape.map((length, axis) => margins[axis][0] + length + margins[axis][1]),
      ...moved([x], (index) => {
        const inner = index.map((i, axis) => i - margins[axis][0]);
        return inner.every((i, axis) => i >= 0 && i < x.shape[axis]) ? { input: 0, index: inner } : (value ?? 0);
      }),
    })),
};

const gathers: OpRow = {
  name: "gather",
  variant: "by indices from either end, shorter on other axes",
  cases: shapes(1)
    .chain((shape) => fc.tuple(fc.constant(shape), axes(shape.length)))
    .chain(([shape, axis]) => {
      const along = nonNegative(axis, shape.length);
      const lengths = shape.map((length, i) => fc.nat(i === along ? (length === 0 ? 0 : 3) : length));
      return fc.tuple(...lengths).chain((indexShape) => {
        const size = indexShape.reduce((count, n) => count * n, 1);
        const index = fc.integer({ min: -shape[along], max: Math.max(0, shape[along] - 1) });
        return fc.record({
          x: tensors(shape),
          indices: fc.array(index, { minLength: size, maxLength: size }).map((list) => tensor(list, indexShape)),
          axis: fc.constant(axis),
        });
      });
    })
    .map(({ x, indices, axis }) => {
      const along = nonNegative(axis, x.rank);
      return {
        call: `gather ${JSON.stringify(indices.toArray())} along ${axis}`,
        f: (v: Tensor) => gather(v, indices, axis),
        shape: indices.shape,
        ...moved([x], (index) => ({
          input: 0,
          index: replaced(index, along, nonNegative(indices.at(...index), x.shape[along])),
        })),
      };
    }),
};

/** oneHot has no derivative of its own: it selects from a row of positive numbers. */
const oneHots: OpRow = {
  name: "oneHot",
  variant: "times a row",
  cases: fc
    .tuple(fc.integer({ min: 1, max: 3 }), shapes(0, 2))
    .chain(([classes, shape]) =>
      fc.record({
        x: tensors([classes], 1, 2),
        indices: fc.array(fc.nat(classes - 1), {
          minLength: indicesOf(shape).length,
          maxLength: indicesOf(shape).length,
        }),
        shape: fc.constant(shape),
      }),
    )
    .map(({ x, indices, shape }) => {
      const labels = tensor(indices, shape);
      return {
        call: `oneHot [${indices}], ${x.size}`,
        f: (v: Tensor) => mul(v, oneHot(labels, x.size)),
        shape: [...shape, x.size],
        ...moved([x], (index) => {
          const chosen = index[index.length - 1];
          return labels.at(...index.slice(0, -1)) === chosen ? { input: 0, index: [chosen] } : 0;
        }),
      };
    }),
};

const diagonalIndex = fc.integer({ min: -4, max: 4 });

function triangles(
  name: string,
  op: (x: Tensor, k?: number) => ReturnType<typeof tril>,
  keeps: (k: number) => boolean,
): OpRow {
  return {
    name,
    variant: "of stacks of matrices",
    cases: shapes(2)
      .chain((shape) => fc.tuple(tensors(shape), fc.option(diagonalIndex, { nil: undefined })))
      .map(([x, k]) => ({
        call: `${name} ${k}`,
        f: (v: Tensor) => op(v, k),
        shape: x.shape,
        ...moved([x], (index) => {
          const [i, j] = index.slice(-2);
          return keeps(j - i - (k ?? 0)) ? { input: 0, index } : 0;
        }),
      })),
  };
}

const diagonals: OpRow = {
  name: "diagonal",
  variant: "of stacks of matrices, inside and outside",
  cases: shapes(2)
    .chain((shape) => fc.tuple(tensors(shape), diagonalIndex))
    .map(([x, offset]) => {
      const [rows, columns] = x.shape.slice(-2);
      const places = indicesOf([rows, columns]).filter(([i, j]) => j - i === offset);
      return {
        call: `diagonal ${offset}`,
        f: (v: Tensor) => diagonal(v, offset),
        shape: [...x.shape.slice(0, -2), places.length],
        ...moved([x], (index) => ({ input: 0, index: [...index.slice(0, -1), ...places[index[index.length - 1]]] })),
      };
    }),
};

const diagonalMatrices: OpRow = {
  name: "diagonalMatrix",
  variant: "of stacks of vectors",
  cases: shapes(1, 2)
    .chain((shape) => fc.tuple(tensors(shape), fc.integer({ min: -2, max: 2 })))
    .map(([v, offset]) => {
      const side = v.shape[v.rank - 1] + Math.abs(offset);
      return {
        call: `diagonalMatrix ${offset}`,
        f: (x: Tensor) => diagonalMatrix(x, offset),
        shape: [...v.shape.slice(0, -1), side, side],
        ...moved([v], (index) => {
          const [i, j] = index.slice(-2);
          return j - i === offset ? { input: 0, index: [...index.slice(0, -2), Math.min(i, j)] } : 0;
        }),
      };
    }),
};

/** Ops that take parts, or put parts into zeros. */
export const parts: readonly OpRow[] = [
  ...[slices, paddings, gathers, oneHots],
  triangles("tril", tril, (above) => above <= 0),
  triangles("triu", triu, (above) => above >= 0),
  ...[diagonals, diagonalMatrices],
];
