import { broadcastTo, concat, reshape, split, stack, type Tensor, take, tensor } from "diffeo";
import fc from "fast-check";
import { axes, shapes, shapesStretchingTo, tensors } from "../arbitraries.ts";
import { indexOf, moved, nonNegative, type OpRow, offsetOf, replaced } from "./opCase.ts";

/** Reshaping to the reverse of the shape, with an axis of length 1 more, and to one with an axis left open. */
const reshapes: OpRow = {
  name: "reshape",
  variant: "to other shapes of the same size",
  cases: shapes().chain((shape) =>
    fc
      .record({ x: tensors(shape), insertAt: fc.nat(shape.length), open: fc.boolean() })
      .map(({ x, insertAt, open }) => {
        const target = [...shape].reverse();
        target.splice(insertAt, 0, 1);
        const given = target.map((length, axis) => (open && axis === insertAt && !shape.includes(0) ? -1 : length));
        return {
          call: `reshape to [${given}]`,
          f: (v: Tensor) => reshape(v, given),
          shape: target,
          ...moved([x], (index) => ({ input: 0, index: indexOf(shape, offsetOf(target, index)) })),
        };
      }),
  ),
};

const broadcasts: OpRow = {
  name: "broadcastTo",
  variant: "to shapes that can be reached",
  cases: shapes()
    .chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        shapesStretchingTo(shape).chain((from) => tensors(from)),
      ),
    )
    .map(([shape, x]) => ({
      call: `broadcastTo [${shape}]`,
      f: (v: Tensor) => broadcastTo(v, shape),
      shape,
      ...moved([x], (index) => ({
        input: 0,
        index: x.shape.map((length, axis) => (length === 1 ? 0 : index[index.length - x.rank + axis])),
      })),
    })),
};

/** An index into an axis of that length, from either end; none where there is nothing. */
function indicesInto(length: number): fc.Arbitrary<number[]> {
  return length === 0 ? fc.constant([]) : fc.array(fc.integer({ min: -length, max: length - 1 }), { maxLength: 4 });
}

const takes: OpRow = {
  name: "take",
  variant: "by indices from either end, with repeats",
  cases: shapes(1)
    .chain((shape) => fc.tuple(fc.constant(shape), axes(shape.length)))
    .chain(([shape, axis]) => {
      const along = nonNegative(axis, shape.length);
      const length = shape[along];
      return fc
        .record({ x: tensors(shape), indices: indicesInto(length), asTensor: fc.boolean() })
        .map(({ x, indices, asTensor }) => ({
          call: `take [${indices}] along ${axis}`,
          f: (v: Tensor) => take(v, asTensor ? tensor(indices) : indices, axis),
          shape: replaced(shape, along, indices.length),
          ...moved([x], (index) => ({
            input: 0,
            index: replaced(index, along, nonNegative(indices[index[along]], length)),
          })),
        }));
    }),
};

/** A shape, an axis of it, and the lengths of one to four pieces along that axis. */
const pieces = fc
  .tuple(shapes(1), fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }))
  .chain(([shape, sizes]) =>
    axes(shape.length).map((axis) => ({ shape, axis, along: nonNegative(axis, shape.length), sizes })),
  );

/** Which piece an index of the whole falls into, and where in it. */
function locate(sizes: readonly number[], i: number): { piece: number; within: number } {
  let piece = 0;
  let within = i;
  for (; within >= sizes[piece]; piece++) within -= sizes[piece];
  return { piece, within };
}

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

const concatenations: OpRow = {
  name: "concat",
  variant: "of one to four pieces, some of them empty",
  cases: pieces
    .chain((drawn) =>
      fc.tuple(
        fc.constant(drawn),
        fc.tuple(...drawn.sizes.map((size) => tensors(replaced(drawn.shape, drawn.along, size)))),
      ),
    )
    .map(([{ shape, axis, along, sizes }, inputs]) => ({
      call: `concat along ${axis}`,
      f: (...xs: Tensor[]) => concat(xs, axis),
      shape: replaced(shape, along, total(sizes)),
      ...moved(inputs, (index) => {
        const { piece, within } = locate(sizes, index[along]);
        return { input: piece, index: replaced(index, along, within) };
      }),
    })),
};

const stacks: OpRow = {
  name: "stack",
  variant: "of one to three tensors, at any place",
  cases: shapes(0, 2)
    .chain((shape) =>
      fc.record({
        inputs: fc
          .integer({ min: 1, max: 3 })
          .chain((count) => fc.array(tensors(shape), { minLength: count, maxLength: count })),
        axis: axes(shape.length + 1),
      }),
    )
    .map(({ inputs, axis }) => {
      const { shape } = inputs[0];
      const place = nonNegative(axis, shape.length + 1);
      return {
        call: `stack ${inputs.length} at ${axis}`,
        f: (...xs: Tensor[]) => stack(xs, axis),
        shape: [...shape.slice(0, place), inputs.length, ...shape.slice(place)],
        ...moved(inputs, (index) => ({ input: index[place], index: index.filter((_, i) => i !== place) })),
      };
    }),
};

/** One piece of a split; the others are not used. */
const splits: OpRow = {
  name: "split",
  variant: "one piece of it",
  cases: pieces
    .chain((drawn) =>
      fc.record({
        drawn: fc.constant(drawn),
        x: tensors(replaced(drawn.shape, drawn.along, total(drawn.sizes))),
        piece: fc.nat(drawn.sizes.length - 1),
      }),
    )
    .map(({ drawn: { axis, along, sizes }, x, piece }) => ({
      call: `split into [${sizes}] along ${axis}, piece ${piece}`,
      f: (v: Tensor) => split(v, sizes, axis)[piece],
      shape: replaced(x.shape, along, sizes[piece]),
      ...moved([x], (index) => ({
        input: 0,
        index: replaced(index, along, index[along] + total(sizes.slice(0, piece))),
      })),
    })),
};

/** All pieces of a split, joined again in reverse. */
const reversals: OpRow = {
  name: "split",
  variant: "all pieces of it, joined again in reverse",
  cases: pieces
    .chain((drawn) => fc.tuple(fc.constant(drawn), tensors(replaced(drawn.shape, drawn.along, total(drawn.sizes)))))
    .map(([{ axis, along, sizes }, x]) => ({
      call: `split into [${sizes}] along ${axis}, reversed`,
      f: (v: Tensor) => concat(split(v, sizes, axis).reverse(), axis),
      shape: x.shape,
      ...moved([x], (index) => {
        const { piece, within } = locate([...sizes].reverse(), index[along]);
        const original = sizes.length - 1 - piece;
        return { input: 0, index: replaced(index, along, within + total(sizes.slice(0, original))) };
      }),
    })),
};

/** Ops that move, repeat and join elements. */
export const moves: readonly OpRow[] = [reshapes, broadcasts, takes, concatenations, stacks, splits, reversals];
