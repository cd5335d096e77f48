import { expandDims, flip, permute, roll, squeeze, type Tensor, transpose } from "diffeo";
import fc from "fast-check";
import { axes, shapes, tensors } from "../arbitraries.ts";
import { indexOf, moved, nonNegative, type OpRow, offsetOf } from "./opCase.ts";

/** One of a list of booleans for each axis. */
const choices = (rank: number): fc.Arbitrary<boolean[]> => fc.array(fc.boolean(), { minLength: rank, maxLength: rank });

/** Some of the axes, counted from either end. */
function someAxes(rank: number): fc.Arbitrary<number[]> {
  return fc
    .tuple(choices(rank), choices(rank))
    .map(([chosen, fromEnd]) =>
      chosen.flatMap((isChosen, axis) => (isChosen ? [fromEnd[axis] ? axis - rank : axis] : [])),
    );
}

const transposes: OpRow = {
  name: "transpose",
  variant: "of stacks of matrices",
  cases: shapes(2, 4)
    .chain((shape) => tensors(shape))
    .map((x) => ({
      call: "transpose",
      f: transpose,
      shape: [...x.shape.slice(0, -2), ...x.shape.slice(-2).reverse()],
      ...moved([x], (index) => ({ input: 0, index: [...index.slice(0, -2), ...index.slice(-2).reverse()] })),
    })),
};

const permutations: OpRow = {
  name: "permute",
  variant: "with axes counted from either end",
  cases: shapes(0, 4)
    .chain((shape) =>
      fc.record({
        x: tensors(shape),
        order: fc.shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        ),
        fromEnd: choices(shape.length),
      }),
    )
    .map(({ x, order, fromEnd }) => {
      const given = order.map((axis, i) => (fromEnd[i] ? axis - x.rank : axis));
      return {
        call: `permute [${given}]`,
        f: (v: Tensor) => permute(v, given),
        shape: order.map((axis) => x.shape[axis]),
        ...moved([x], (index) => ({ input: 0, index: x.shape.map((_, axis) => index[order.indexOf(axis)]) })),
      };
    }),
};

const squeezes: OpRow = {
  name: "squeeze",
  variant: "of all axes of length 1, and of some of them",
  cases: shapes(0, 4)
    .chain((shape) => {
      const ones = shape.map((_, axis) => axis).filter((axis) => shape[axis] === 1);
      const given = fc.oneof(
        fc.constant(undefined),
        fc.subarray(ones),
        ...(ones.length > 0 ? [fc.constantFrom(...ones.flatMap((axis) => [axis, axis - shape.length]))] : []),
      );
      return fc.record({ x: tensors(shape), axis: given, ones: fc.constant(ones) });
    })
    .map(({ x, axis, ones }) => {
      const dropped = axis === undefined ? ones : [axis].flat().map((i) => nonNegative(i, x.rank));
      const kept = x.shape.map((_, i) => i).filter((i) => !dropped.includes(i));
      return {
        call: `squeeze ${axis}`,
        f: (v: Tensor) => squeeze(v, axis),
        shape: kept.map((i) => x.shape[i]),
        ...moved([x], (index) => ({ input: 0, index: x.shape.map((_, i) => index[kept.indexOf(i)] ?? 0) })),
      };
    }),
};

const expansions: OpRow = {
  name: "expandDims",
  variant: "at any place",
  cases: shapes()
    .chain((shape) => fc.tuple(tensors(shape), axes(shape.length + 1)))
    .map(([x, axis]) => {
      const place = nonNegative(axis, x.rank + 1);
      return {
        call: `expandDims ${axis}`,
        f: (v: Tensor) => expandDims(v, axis),
        shape: [...x.shape.slice(0, place), 1, ...x.shape.slice(place)],
        ...moved([x], (index) => ({ input: 0, index: index.filter((_, i) => i !== place) })),
      };
    }),
};

const flips: OpRow = {
  name: "flip",
  variant: "along some axes",
  cases: shapes(0, 4)
    .chain((shape) => fc.tuple(tensors(shape), someAxes(shape.length)))
    .map(([x, list]) => {
      const flipped = list.map((axis) => nonNegative(axis, x.rank));
      return {
        call: `flip [${list}]`,
        f: (v: Tensor) => flip(v, list),
        shape: x.shape,
        ...moved([x], (index) => ({
          input: 0,
          index: index.map((i, axis) => (flipped.includes(axis) ? x.shape[axis] - 1 - i : i)),
        })),
      };
    }),
};

/** The remainder that is not negative. */
const modulo = (i: number, n: number): number => ((i % n) + n) % n;

const shift = fc.integer({ min: -7, max: 7 });

const flatRolls: OpRow = {
  name: "roll",
  variant: "in row-major order",
  cases: shapes()
    .chain((shape) => fc.tuple(tensors(shape), shift))
    .map(([x, by]) => ({
      call: `roll by ${by}`,
      f: (v: Tensor) => roll(v, by),
      shape: x.shape,
      ...moved([x], (index) => ({
        input: 0,
        index: indexOf(x.shape, modulo(offsetOf(x.shape, index) - by, x.size)),
      })),
    })),
};

const rolls: OpRow = {
  name: "roll",
  variant: "along axes, some of them named twice",
  cases: shapes(1)
    .chain((shape) =>
      fc.tuple(tensors(shape), fc.array(fc.tuple(shift, axes(shape.length)), { minLength: 1, maxLength: 3 })),
    )
    .map(([x, turns]) => ({
      call: `roll ${turns.map(([by, axis]) => `by ${by} along ${axis}`)}`,
      f: (v: Tensor) =>
        turns.length === 1
          ? roll(v, ...turns[0])
          : roll(
              v,
              turns.map(([by]) => by),
              turns.map(([, axis]) => axis),
            ),
      shape: x.shape,
      ...moved([x], (index) => ({
        input: 0,
        index: index.map((i, axis) => {
          const along = turns.filter((turn) => nonNegative(turn[1], x.rank) === axis);
          return modulo(i - along.reduce((sum, [by]) => sum + by, 0), x.shape[axis]);
        }),
      })),
    })),
};

/** Ops that put all elements into another order, or under other axes. */
export const arrangements: readonly OpRow[] = [
  ...[transposes, permutations, squeezes, expansions],
  ...[flips, flatRolls, rolls],
];
