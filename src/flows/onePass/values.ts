import { noGrad } from "../../autograd/rule.ts";
import type { MaskedMlp } from "../../nets/maskedMlp.ts";
import { tanh } from "../../tensor/kernels/elementary.ts";
import { pairwiseSum } from "../../tensor/kernels/reduce.ts";
import { type LastingArrays, withLastingArrays } from "../../tensor/simd/scratchCopies.ts";
import { tanhOfRows } from "../../tensor/simd/simdAffineMap.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Element } from "../elements/element.ts";
import {
  bufferLengths,
  buffersOf,
  load,
  type PackedWeights,
  pointsAtATime,
  runSchedule,
  type Schedule,
  store,
} from "./schedule.ts";

// B batch in groups of N, D coordinates, P raw numbers per coordinate, C context width

/** What a pass is made of. */
interface ValuePass {
  readonly net: MaskedMlp;
  readonly element: Element;
  readonly schedule: Schedule;
  readonly packed: PackedWeights;
}

/** x and log|det ∂x/∂z| of a batch. */
interface PassResult {
  /** [B, D] */
  readonly x: Float64Array;
  /** [B] */
  readonly logDet: Float64Array;
}

/**
 * x_i = element⁻¹(z_i; net_i(x)), coordinate after coordinate, every unit of the net computed once.
 *
 * The input rows of a coordinate hold z_i until it is moved and x_i from then on; before that no block reads them.
 */
export function inverseValues(
  { net, element, schedule, packed }: ValuePass,
  z: Tensor,
  context: Tensor | undefined,
  weights: readonly Tensor[],
  biases: readonly Tensor[],
): PassResult {
  const [B, D] = z.shape;
  const { context: C, outputsPerDimension: P, activation, maps } = net;
  const { stages, coordinates } = schedule;
  const N = pointsAtATime(B);
  const act = activation.value;
  const separate = (s: number): boolean => maps[s + 1].activated;
  const inHeap = [...packed.of(weights), ...stages.map(({ rows, map }) => inOrder(biases[map].data, rows.units))];

  const run = (lasting: LastingArrays | null): PassResult => {
    const constants = lasting?.copies ?? inHeap;
    const [blocks, bias] = [constants.slice(0, stages.length), constants.slice(stages.length)];
    const buffers = buffersOf(schedule, N, separate, lasting?.zeros);
    const [inputs] = buffers.sources;
    const moveGroup = element.inverseEach?.bind(element) ?? inverseThroughOps(element);
    const logDets = new Float64Array((C + D) * N); // in the rows of the inputs
    const contextUnits = Int32Array.from({ length: C }, (_, c) => c);

    /** Stages of which nothing but tanh(h + b) is needed: no skip adds to them, or reads them. */
    const throughTanh = stages.map(
      ({ skip }, s) => act === tanh && (maps[s + 1]?.activated ?? false) && skip === null && !stages[s + 2]?.skip,
    );

    const finish = (s: number, from: number, to: number): void => {
      const { skip } = stages[s];
      const h = buffers.h[s];
      const next = buffers.sources[s + 1];
      if (throughTanh[s] && tanhOfRows(next, h, bias[s], from, to, N)) return;
      for (let row = from; row < to; row++) {
        const b = bias[s][row];
        const start = row * N;
        for (let k = start; k < start + N; k++) h[k] += b;
        if (skip !== null) {
          const before = buffers.h[s - 2];
          const shift = (skip[row] - row) * N;
          for (let k = start; k < start + N; k++) h[k] = before[k + shift] + h[k];
        }
        if (next !== h) for (let k = start; k < start + N; k++) next[k] = act(h[k]);
      }
    };
    const move = (from: number, to: number): void => {
      const count = to - from;
      const outputBias = bias[stages.length - 1];
      for (let row = 0; row < P * count; row++) {
        const b = outputBias[P * from + row];
        for (let k = row * N; k < (row + 1) * N; k++) buffers.outputs[k] += b;
      }
      moveGroup(inputs, (C + from) * N, count * N, buffers.outputs, logDets);
    };

    const x = new Float64Array(B * D);
    const logDetEach = new Float64Array(B * D);
    for (let start = 0; start < B; start += N) {
      if (context !== undefined) load(context.data, C, contextUnits, start, inputs, 0, N);
      load(z.data, D, coordinates.units, start, inputs, C, N);
      runSchedule(schedule, blocks, buffers, N, finish, move);
      store(inputs, C, N, coordinates.units, start, x, D);
      store(logDets, C, N, coordinates.units, start, logDetEach, D);
    }
    const logDet = new Float64Array(B);
    for (let b = 0; b < B; b++) logDet[b] = pairwiseSum(logDetEach, b * D, 1, D);
    return { x, logDet };
  };
  return N > 1 ? withLastingArrays(inHeap, bufferLengths(schedule, N, separate), run) : run(null);
}

/** `inverseEach` of an element that has none, by its `inverse` on tensors: each number counts as a point with one coordinate. */
function inverseThroughOps(element: Element): NonNullable<Element["inverseEach"]> {
  const P = element.rawPerDimension;
  return (values, start, count, raw, logDets) => {
    const z = new Tensor(values.slice(start, start + count), [count, 1]);
    const rows = new Float64Array(count * P); // [P, count] → [count, P]
    for (let p = 0; p < P; p++) for (let k = 0; k < count; k++) rows[k * P + p] = raw[p * count + k];
    const { x, logDet } = noGrad(() => element.inverse(z, new Tensor(rows, [count, P])));
    values.set(x.data, start);
    logDets.set(logDet.data, start);
  };
}

/** The entries at those indices. */
function inOrder(from: Float64Array, units: Int32Array): Float64Array {
  const result = new Float64Array(units.length);
  for (let i = 0; i < units.length; i++) result[i] = from[units[i]];
  return result;
}
