import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { compare, compareGradients, gradientBound, pairing, valueBound } from "./compare.ts";
import { load, type StoredArray, type StoredCase } from "./load.ts";
import { type Range, seenThrough, type View } from "./views.ts";

/** A case of ops.json. */
export interface OpStored extends StoredCase {
  readonly op: string;
  readonly inputs: Readonly<Record<string, StoredArray>>;
  readonly params: Params;
  readonly views?: Readonly<Record<string, readonly View[]>>;
  readonly output?: StoredArray;
  readonly outputs?: readonly StoredArray[];
  readonly grad_output?: StoredArray;
  readonly grad_outputs?: readonly StoredArray[];
  readonly grads?: Readonly<Record<string, StoredArray>>;
}

/** Whatever an op takes besides its tensors, under the names of the file. */
interface Params {
  readonly cond?: StoredArray;
  readonly exponent?: number;
  readonly negative_slope?: number;
  readonly approximate?: "erf" | "tanh";
  readonly min?: number | null;
  readonly max?: number | null;
  readonly axes?: readonly number[] | null;
  readonly axis?: number | null;
  readonly keepdims?: boolean;
  readonly correction?: number;
  readonly shape?: readonly number[];
  readonly axis0?: number;
  readonly axis1?: number;
  readonly axis2?: number;
  readonly sizes?: readonly number[];
  readonly ranges?: readonly Range[];
  readonly index?: StoredArray;
  readonly shifts?: readonly number[] | number;
  readonly pads?: readonly (readonly [number, number])[];
  readonly value?: number;
  readonly k?: number;
  readonly offset?: number;
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number];
  readonly indices?: StoredArray;
  readonly num_classes?: number;
  readonly program?: readonly Instruction[];
}

type Instruction = readonly [result: string, op: string, operands: readonly (string | number)[], params: Params];

type Adapter = (xs: readonly d.Variable[], params: Params, names: readonly string[]) => d.Variable | d.Variable[];

const elementwise =
  (f: (x: d.Variable) => d.Variable): Adapter =>
  ([x]) =>
    f(x);

const binary =
  (f: (a: d.Variable, b: d.Variable) => d.Variable): Adapter =>
  ([a, b]) =>
    f(a, b);

type Reduction = (x: d.Variable, axis?: readonly number[], options?: { keepDims?: boolean }) => d.Variable;

const reduction =
  (f: Reduction): Adapter =>
  ([x], { axes, keepdims }) =>
    f(x, axes ?? undefined, { keepDims: keepdims ?? false });

type Spread = (
  x: d.Variable,
  axis?: readonly number[],
  options?: { keepDims?: boolean; correction?: number },
) => d.Variable;

const spread =
  (f: Spread): Adapter =>
  ([x], { axes, keepdims, correction }) =>
    f(x, axes ?? undefined, { keepDims: keepdims ?? false, correction });

const along =
  (f: (x: d.Variable, axis?: number) => d.Variable): Adapter =>
  ([x], { axis }) =>
    f(x, axis ?? undefined);

/** x with two of its axes moved to the end, in that order. */
function lastAxes(x: d.Variable, axis1: number, axis2: number): d.Variable {
  const moved = [axis1, axis2].map((axis) => (axis < 0 ? axis + x.rank : axis));
  const others = x.shape.map((_, axis) => axis).filter((axis) => !moved.includes(axis));
  return d.permute(x, [...others, ...moved]);
}

function exchange(x: d.Variable, axis0: number, axis1: number): d.Variable {
  const order = x.shape.map((_, axis) => axis);
  const [from, to] = [axis0, axis1].map((axis) => (axis < 0 ? axis + x.rank : axis));
  [order[from], order[to]] = [order[to], order[from]];
  return d.permute(x, order);
}

/** The ops of the file by their names there. */
const ADAPTERS: Readonly<Record<string, Adapter>> = {
  ...{ add: binary(d.add), sub: binary(d.sub), mul: binary(d.mul), div: binary(d.div) },
  ...{ maximum: binary(d.maximum), minimum: binary(d.minimum), outer: binary(d.outer), dot: binary(d.dot) },
  matmul: binary((a, b) => d.matmul(a, b)),
  where: ([a, b], { cond }) => d.where(load(cond!), a, b),
  pow: ([x], { exponent }) => d.pow(x, exponent!),
  ...{ neg: elementwise(d.neg), exp: elementwise(d.exp), log: elementwise(d.log), log1p: elementwise(d.log1p) },
  ...{ expm1: elementwise(d.expm1), sqrt: elementwise(d.sqrt), square: elementwise(d.square), abs: elementwise(d.abs) },
  ...{ tanh: elementwise(d.tanh), sigmoid: elementwise(d.sigmoid), relu: elementwise(d.relu), elu: elementwise(d.elu) },
  ...{ softplus: elementwise(d.softplus), logsigmoid: elementwise(d.logSigmoid), silu: elementwise(d.silu) },
  ...{ sin: elementwise(d.sin), cos: elementwise(d.cos), erf: elementwise(d.erf), sign: elementwise(d.sign) },
  reciprocal: elementwise(d.reciprocal),
  leaky_relu: ([x], { negative_slope }) => d.leakyRelu(x, negative_slope),
  gelu: ([x], { approximate }) => d.gelu(x, { approximate: approximate === "tanh" ? "tanh" : "none" }),
  clamp: ([x], { min, max }) => d.clamp(x, min ?? null, max ?? null),
  ...{ sum: reduction(d.sum), mean: reduction(d.mean), max: reduction(d.max), min: reduction(d.min) },
  ...{ prod: reduction(d.prod), logsumexp: reduction(d.logSumExp), norm: reduction(d.norm) },
  ...{ var: spread(d.variance), std: spread(d.std) },
  ...{ softmax: along(d.softmax), log_softmax: along(d.logSoftmax), cumsum: along(d.cumsum) },
  reshape: ([x], { shape }) => d.reshape(x, shape!),
  squeeze: ([x], { axis }) => d.squeeze(x, axis ?? undefined),
  unsqueeze: ([x], { axis }) => d.expandDims(x, axis!),
  transpose: ([x], { axis0, axis1 }) => exchange(x, axis0 ?? -2, axis1 ?? -1),
  permute: ([x], { axes }) => d.permute(x, axes!),
  broadcast_to: ([x], { shape }) => d.broadcastTo(x, shape!),
  concat: (xs, { axis }) => d.concat(xs, axis!),
  stack: (xs, { axis }) => d.stack(xs, axis!),
  split: ([x], { sizes, axis }) => d.split(x, sizes!, axis!),
  slice: ([x], { ranges }) => seenThrough(x, [["slice", ranges!]]),
  index_select: ([x], { index, axis }) => d.take(x, load(index!), axis!),
  gather: ([x], { index, axis }) => d.gather(x, load(index!), axis!),
  flip: ([x], { axes }) => d.flip(x, axes!),
  roll: ([x], { shifts, axes }) => d.roll(x, shifts!, axes ?? undefined),
  pad: ([x], { pads, value }) => d.pad(x, pads!, value),
  tril: ([x], { k }) => d.tril(x, k),
  triu: ([x], { k }) => d.triu(x, k),
  diag: ([x], { k }) => (x.rank === 1 ? d.diagonalMatrix(x, k) : d.diagonal(x, k)),
  diagonal: ([x], { offset, axis1, axis2 }) => d.diagonal(lastAxes(x, axis1 ?? -2, axis2 ?? -1), offset),
  diag_embed: ([x], { offset }) => d.diagonalMatrix(x, offset),
  conv2d: ([x, w, b], { stride, padding }) => d.conv2d(x, w, b, { stride, padding }),
  one_hot: (_xs, { indices, num_classes }) => d.oneHot(load(indices!), num_classes!),
  program(xs, { program }, names) {
    const results = new Map(xs.map((x, i) => [names[i], x]));
    for (const [result, op, operands, params] of program!) {
      const values = operands.map((operand) =>
        typeof operand === "number" ? d.variable(operand) : (results.get(operand) ?? assert.fail(`no ${operand}`)),
      );
      results.set(result, [adapterOf(op)(values, params, [])].flat()[0]);
    }
    return results.get(program!.at(-1)![0])!;
  },
};

function adapterOf(op: string): Adapter {
  return ADAPTERS[op] ?? assert.fail(`the adapter knows no op ${op}`);
}

/** Replays one case: outputs, then gradients. */
export function replayOp(stored: OpStored): void {
  const { op, params, views = {}, inputs, expect_error } = stored;
  const names = Object.keys(inputs);
  const leaves = Object.fromEntries(names.map((name) => [name, d.variable(load(inputs[name]))]));
  const call = (): d.Variable[] => {
    const xs = names.map((name) => seenThrough(leaves[name], views[name]));
    return [adapterOf(op)(xs, params, names)].flat();
  };
  if (expect_error) {
    assert.throws(call, d.DiffeoError);
    return;
  }
  const outputs = call();
  const expected = stored.outputs ?? [stored.output!];
  assert.equal(outputs.length, expected.length, "the number of outputs");
  outputs.forEach((output, k) => {
    compare(`output ${k}`, output, expected[k], valueBound(stored));
  });
  const cotangents = stored.grad_outputs ?? (stored.grad_output && [stored.grad_output]);
  if (cotangents && stored.grads) {
    compareGradients(pairing(outputs, cotangents), leaves, stored.grads, gradientBound(stored));
  }
}
