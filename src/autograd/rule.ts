import { DomainError, describeValue, LimitError } from "../tensor/errors.ts";
import { printedAs } from "../tensor/print.ts";
import { checkRank, formatShape, MAXIMUM_SIZE, type Shape, sizeOf } from "../tensor/shape.ts";
import type { SimdOp } from "../tensor/simd/simdElementwise.ts";
import { Tensor } from "../tensor/tensor.ts";
import { recorder } from "./recorder.ts";
import { Parameter, Variable } from "./variable.ts";

/** A formula number by number, with the numbers that follow the inputs among its operands. */
export interface Pointwise {
  readonly formula: SimdOp;
  readonly constants?: readonly number[];
}

/**
 * How a plan (plan/README.md) computes an op in its own memory: by a formula number by number, which may depend on the attributes, or by the kernel
 * of that name. It is never needed: without one, the plan calls `forward`.
 */
export type Lowering<Attributes extends readonly unknown[]> =
  | SimdOp
  | string
  | ((...attributes: Attributes) => Pointwise | string);

/**
 * How an op computes and how it differentiates: everything about it, in one place.
 *
 * `vjp` (vector–Jacobian product) is the chain rule: s is the number that is differentiated, g = ∂s/∂y the *cotangent* of the result,
 * and what it gives are the cotangents ∂s/∂x of the inputs. It is written in ops, so that gradients can be differentiated again. It gives
 * one function without arguments (a thunk) per input, which is called only if that cotangent is wanted.
 */
export interface Rule<Inputs extends readonly Tensor[], Attributes extends readonly unknown[] = []> {
  /** What messages and pictures of graphs call it. */
  readonly name: string;
  /**
   * The result is the first input's own buffer under another shape, and `forward` has nothing to do. Safe because no
   * buffer is ever overwritten: a Parameter that is assigned gets a new one.
   */
  readonly sharesBuffer?: true;
  /** The shape of the result. Throws ShapeError. */
  shape(inputs: Inputs, ...attributes: Attributes): Shape;
  /** Writes every element of `y.data`; reads the inputs, never writes them. */
  forward(inputs: Inputs, y: Tensor, ...attributes: Attributes): void;
  /** How a plan computes it; left out, by `forward`. */
  readonly lowering?: Lowering<Attributes>;
  /** One thunk per input, giving ∂s/∂input in the input's shape. */
  vjp(inputs: Inputs, y: Variable, g: Variable, ...attributes: Attributes): readonly (() => Variable)[];
}

/** A rule with several results. Results that nobody used come with zeros as their cotangents. */
export interface ManyRule<Inputs extends readonly Tensor[], Attributes extends readonly unknown[] = []> {
  /** What messages and pictures of graphs call it. */
  readonly name: string;
  /** The shapes of the results. Throws ShapeError. */
  shapes(inputs: Inputs, ...attributes: Attributes): readonly Shape[];
  /** How many of the results have cotangents: those behind them are for `vjp` alone. Left out, all. */
  readonly differentiated?: number;
  /** Writes every element of every result. */
  forward(inputs: Inputs, ys: readonly Tensor[], ...attributes: Attributes): void;
  /** How a plan computes it; left out, by `forward`. */
  readonly lowering?: Lowering<Attributes>;
  /** One thunk per input. */
  vjp(
    inputs: Inputs,
    ys: readonly Variable[],
    gs: readonly Variable[],
    ...attributes: Attributes
  ): readonly (() => Variable)[];
}

// The graph holds applications of all rules, and forgets their types of inputs and attributes.
// biome-ignore lint/suspicious/noExplicitAny: the one place where the graph forgets a rule's types
type OneResult = Rule<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type ManyResults = ManyRule<any, any>;
/** A rule of any kind. */
export type AnyRule = OneResult | ManyResults;

/** A node of the graph: one application of a rule. Numbers grow with time, so inputs always have smaller ones than what is made of them. */
export class Application {
  /** Its place in time. */
  readonly number: number;
  /** How it computed, and how it differentiates. */
  readonly rule: AnyRule;
  /** What it was computed from. */
  readonly inputs: readonly Tensor[];
  /** What else the rule was given. */
  readonly attributes: readonly unknown[];
  /** The versions that the Parameters among the inputs had; null if there is none. */
  readonly versions: readonly number[] | null;
  /** The results, filled in by `apply`. */
  outputs: readonly Variable[] = [];

  constructor(rule: AnyRule, inputs: readonly Tensor[], attributes: readonly unknown[]) {
    this.number = applications++;
    this.rule = rule;
    this.inputs = inputs;
    this.attributes = attributes;
    this.versions = versionsOf(inputs);
  }

  static {
    printedAs(Application.prototype, "Application", function () {
      return `${this.rule.name}: ${describeValue(this.inputs)} → ${describeValue(this.outputs)}`;
    });
  }

  /** The cotangents of the inputs as thunks, given those of the outputs; at least one is there. */
  pull(cotangentOf: (output: Variable) => Variable | undefined): readonly (() => Variable)[] {
    const { rule, inputs, outputs, attributes } = this;
    if ("shape" in rule) return rule.vjp(inputs, outputs[0], cotangentOf(outputs[0]) as Variable, ...attributes);
    const gs = outputs
      .slice(0, rule.differentiated)
      .map((y) => cotangentOf(y) ?? new Variable(new Float64Array(y.size), y.shape));
    return rule.vjp(inputs, outputs, gs, ...attributes);
  }
}

/** The versions of the Parameters among the inputs, 0 for others; null if there is none. */
function versionsOf(inputs: readonly Tensor[]): readonly number[] | null {
  for (const input of inputs) {
    if (input instanceof Parameter) return inputs.map((each) => (each instanceof Parameter ? each.version : 0));
  }
  return null;
}

let applications = 0;
let recording = true;

/** Whether applications are being recorded: true but within `noGrad`. */
export function isRecording(): boolean {
  return recording;
}

/** Runs f with recording switched to `record`, and switches it back whatever happens. */
export function withRecording<Result>(record: boolean, f: () => Result): Result {
  const before = recording;
  recording = record;
  try {
    return f();
  } finally {
    recording = before;
  }
}

let differentiating = false;

/** Runs f, whose result is going to be differentiated: it is recorded, and so are the derivatives that f takes itself. */
export function forDifferentiation<Result>(f: () => Result): Result {
  const before = differentiating;
  differentiating = true;
  try {
    return withRecording(true, f);
  } finally {
    differentiating = before;
  }
}

/** Whether a derivative that is taken now is going to be differentiated itself. */
export function isForDifferentiation(): boolean {
  return recording && differentiating;
}

/**
 * Runs f without recording: nothing computed inside knows how it was made, and memory is freed as it goes.
 *
 * Throws DomainError if f returns a Promise: recording would have been switched on again before it ends.
 *
 * @example
 * const x = variable([1, 2]);
 * square(x).source?.rule.name; // "square"
 * noGrad(() => square(x)).source; // null
 */
export function noGrad<Result>(f: () => Result): Result {
  const result = withRecording(false, f);
  if (result instanceof Promise) throw new DomainError("noGrad: f must be synchronous; got a Promise");
  return result;
}

/** The operands an op accepts. */
export type Operand = Tensor | number;

/** One operand for each input of a rule. */
export type Operands<Inputs extends readonly Tensor[]> = { readonly [K in keyof Inputs]: Operand };

/**
 * The only gateway through which ops run: checks the operands, computes the result, and records the application if an
 * input is a Variable and recording is on. An op of your own is a {@link Rule} and a function that applies it.
 *
 * Throws DomainError for operands that are neither Tensors nor numbers, LimitError for a result that is too large: so do all ops.
 *
 * @example
 * const cubeRule: Rule<[x: Tensor]> = {
 *   name: "cube",
 *   shape: ([x]) => x.shape,
 *   forward([{ data: x }], { data: y }) {
 *     for (let i = 0; i < y.length; i++) y[i] = x[i] * x[i] * x[i];
 *   },
 *   vjp: ([x], _y, g) => [() => mul(g, mul(square(x), 3))],
 * };
 * const x = variable([1, 2]);
 * grad(sum(apply(cubeRule, [x])), [x])[0]; // [3, 12]
 */
export function apply<Inputs extends readonly Tensor[], Attributes extends readonly unknown[]>(
  rule: Rule<Inputs, Attributes>,
  operands: Operands<Inputs>,
  ...attributes: Attributes
): Variable {
  const inputs = asTensors(rule.name, operands);
  const shape = rule.shape(inputs, ...attributes);
  checkRank(rule.name, shape.length);
  const application = record(rule, inputs, attributes);
  const values = rule.sharesBuffer ? inputs[0].data : allocate(rule.name, shape);
  const y = new Variable(values, shape, application);
  recorder()?.applied(rule, inputs, [y], attributes);
  rule.forward(inputs, y, ...attributes);
  if (application !== null) application.outputs = [y];
  return y;
}

/**
 * {@link apply} for rules with several results. Throws as that does.
 *
 * @example
 * const halvesRule: ManyRule<[x: Tensor]> = {
 *   name: "halves",
 *   shapes: ([x]) => [[x.size / 2], [x.size / 2]],
 *   forward: ([x], [a, b]) => {
 *     a.data.set(x.data.subarray(0, a.size));
 *     b.data.set(x.data.subarray(a.size));
 *   },
 *   vjp: (_inputs, _ys, [ga, gb]) => [() => concat([ga, gb], 0)],
 * };
 * applyMany(halvesRule, [arange(4)]); // [[0, 1], [2, 3]]
 */
export function applyMany<Inputs extends readonly Tensor[], Attributes extends readonly unknown[]>(
  rule: ManyRule<Inputs, Attributes>,
  operands: Operands<Inputs>,
  ...attributes: Attributes
): readonly Variable[] {
  const inputs = asTensors(rule.name, operands);
  const shapes = rule.shapes(inputs, ...attributes);
  for (const { length } of shapes) checkRank(rule.name, length);
  const application = record(rule, inputs, attributes);
  const ys = shapes.map((shape) => new Variable(allocate(rule.name, shape), shape, application));
  recorder()?.applied(rule, inputs, ys, attributes);
  rule.forward(inputs, ys, ...attributes);
  if (application !== null) application.outputs = ys;
  return ys;
}

/** A buffer for a result of that shape. Throws LimitError before anything that large is asked for. */
function allocate(operation: string, shape: Shape): Float64Array {
  const size = sizeOf(shape);
  // NaN, which is ∞·0, is too much as well
  if (!(size <= MAXIMUM_SIZE)) {
    throw new LimitError(`${operation}: at most ${MAXIMUM_SIZE} elements; the result would be ${formatShape(shape)}`);
  }
  return new Float64Array(size);
}

function record(rule: AnyRule, inputs: readonly Tensor[], attributes: readonly unknown[]): Application | null {
  if (!recording) return null;
  for (const input of inputs) if (input instanceof Variable) return new Application(rule, inputs, attributes);
  return null;
}

function asTensors<Inputs extends readonly Tensor[]>(operation: string, operands: Operands<Inputs>): Inputs {
  // most operands are Tensors, and a small op takes no longer than a copy of their list
  for (const operand of operands)
    if (!(operand instanceof Tensor)) return operands.map((each) => asTensor(operation, each)) as unknown as Inputs;
  return operands as unknown as Inputs;
}

/** An operand as a Tensor. Throws DomainError, in the name of the operation, for what is none. */
export function asTensor(operation: string, operand: Operand): Tensor {
  if (operand instanceof Tensor) return operand;
  if (typeof operand === "number") return new Tensor(Float64Array.of(operand), []);
  throw new DomainError(
    `${operation}: operands are Tensors or numbers; got ${typeof operand === "object" ? describeValue(operand) : typeof operand}`,
  );
}
