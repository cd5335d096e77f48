import { SHARD } from "../../tensor/kernels/shards.ts";
import type { SplineDirection, SplineLayout } from "../../tensor/kernels/splineBins.ts";
import type { KernelCode } from "../../tensor/simd/assembler.ts";
import { shapedSpline, splineWorkspace } from "../../tensor/simd/shapedSpline.ts";
import { shapedSplineGradient } from "../../tensor/simd/shapedSplineGradient.ts";
import type { Spline } from "../../tensor/simd/simdSpline.ts";
import { type Imported, type SplineShape, splineNumbers, splineShape } from "../../tensor/simd/splineLanes.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";

const numbers = /*#__PURE__*/ new WeakMap<Spline, Float64Array>();

/** The numbers of a spline, one array for all who ask. */
function numbersOf({ attributes: [spline] }: Op): Float64Array {
  const known = numbers.get(spline as Spline) ?? splineNumbers(spline as Spline);
  numbers.set(spline as Spline, known);
  return known;
}

function sizesOf({ attributes }: Op): { shape: SplineShape; lanes: number; name: string } {
  const [spline, { rows, coordinates }, direction] = attributes as [Spline, SplineLayout, SplineDirection];
  const shape = splineShape(spline, coordinates, direction);
  const { bins, tails } = shape;
  return { shape, lanes: rows * coordinates, name: `${bins},${coordinates},${tails},${direction}` };
}

/** One point for each row of raw numbers, and bins whose shares are added up in one shard. The trace is one of the kernels, or of `forward`: so both ops ask the same. */
function can({ attributes }: Op): boolean {
  const [{ frame }, { rows, pointsPerRow, coordinates }] = attributes as [Spline, SplineLayout];
  return pointsPerRow === 1 && rows * coordinates > 0 && frame.bins <= SHARD;
}

const dense = ({ inputs, outputs }: Op): null[] => [...inputs, ...outputs].map(() => null);

/** Points moved by splines; what the gradients need to know goes to the trace, if there is one. */
export const splineLowering: KernelLowering = {
  can,
  pitched: dense,
  constants: (op) => [numbersOf(op)],
  workspace: (op) => {
    const { knots, known } = splineWorkspace(sizesOf(op).shape);
    return [knots, op.outputs.length === 3 ? 0 : known];
  },
  emit(op, emit) {
    const { shape, lanes, name } = sizesOf(op);
    const [points, raw, to, logSlope, trace] = [...op.inputs, ...op.outputs].map(
      ({ storage }) => emit.place(storage).at,
    );
    const [knots, known] = emit.workspace;
    const write = (imported: Imported): KernelCode => shapedSpline(shape, trace !== undefined, imported);
    emit.call(
      `spline${trace === undefined ? "" : "Traced"} ${name}`,
      write,
      ...[lanes, points, raw, to, logSlope, trace ?? known, emit.constants[0], knots],
    );
  },
};

/** The cotangents of points and raw numbers. */
export const splineGradientsLowering: KernelLowering = {
  can,
  pitched: dense,
  constants: (op) => [numbersOf(op)],
  workspace: (op) => [4 * sizesOf(op).shape.bins],
  emit(op, emit) {
    const { shape, lanes, name } = sizesOf(op);
    const places = [...op.inputs, ...op.outputs].map(({ storage }) => emit.place(storage).at);
    const write = () => shapedSplineGradient(shape);
    emit.call(`splineGradients ${name}`, write, lanes, ...places, emit.constants[0], emit.workspace[0]);
  },
};
