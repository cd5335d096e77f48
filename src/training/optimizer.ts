import { firstNonFinite, NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { Parameter } from "../autograd/variable.ts";
import { checkFunction, checkRange } from "../tensor/checks.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { AdamNumbers } from "../tensor/simd/simdAdam.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type NumberOf, numbersFor } from "./groups.ts";

/** What an optimiser remembers between steps: numbers, and tensors in the order of the parameters. */
export interface OptimizerState {
  /** Such as the number of steps. */
  readonly numbers: { readonly [name: string]: number };
  /** Such as averages of gradients: one for each parameter. */
  readonly tensors: { readonly [name: string]: readonly Tensor[] };
}

/** Changes parameters along their gradients. */
export interface Optimizer {
  /**
   * One step; `learningRate` overrides the optimiser's own, for this step. All parameters change, or none. Throws ShapeError or DomainError for gradients that
   * do not fit, NonFiniteError where a new value would not be finite.
   */
  step(grads: readonly Tensor[], learningRate?: number): void;
  /** What `restore` needs to go on from here. */
  state(): OptimizerState;
  /** Goes on from that state, to the bit. Throws ShapeError or DomainError for a state that does not fit. */
  restore(state: OptimizerState): void;
  /**
   * Takes the last step back, parameters and memory. Costs nothing: what was there before is kept until the next step. Throws DomainError if
   * there is none to take back: before the first, and after one that failed, `undo` or `restore`. An optimiser of your own may do without it.
   */
  undo?(): void;
}

/** The options that every optimiser understands. */
export interface OptimizerOptions {
  /** η */
  readonly learningRate: number;
  /**
   * λ: adds λ·θ to the gradient of θ; 0 by default (adamW has its own meaning and default). Or a function that says λ ≥ 0 for each parameter, by its name and itself; asked
   * once, when the optimiser is made.
   */
  readonly weightDecay?: number | NumberOf;
  /** A factor ≥ 0 of η for each parameter, by its name and itself, also of an η that `step` is given; 1 by default. Asked once. */
  readonly rateOf?: NumberOf;
}

/**
 * What sets one optimiser apart from the others: what it remembers, and how it moves one parameter. Adam's numbers are β₁ᵗ and β₂ᵗ, the
 * same for all parameters; its memory are the tensors m and v of each parameter.
 */
export interface UpdateRule<Scalar extends string, Memory extends string> {
  readonly name: string;
  /** The numbers it remembers, as they are before the first step. */
  readonly numbers: Readonly<Record<Scalar, number>>;
  /** The tensors it remembers for each parameter; zeros before the first step. */
  readonly memory: readonly Memory[];
  /** The numbers one step later. */
  advance(numbers: Readonly<Record<Scalar, number>>): Record<Scalar, number>;
  /**
   * Turns θ and what is remembered into what they are after the step, in place: they are copies. `g` is the gradient,
   * `rate` η, `numbers` those after the step, `decay` λ. True if all of the new values have been seen to be finite: nobody need look again.
   */
  update(
    theta: Float64Array,
    g: Float64Array,
    memory: Readonly<Record<Memory, Float64Array>>,
    rate: number,
    numbers: Readonly<Record<Scalar, number>>,
    decay: number,
  ): boolean | undefined;
  /** The same in numbers of Adam's kernel (tensor/simd/simdAdam.ts), and the factor of θ that comes first; for rules that are that. */
  readonly asAdam?: (
    rate: number,
    numbers: Readonly<Record<Scalar, number>>,
    decay: number,
  ) => { readonly numbers: AdamNumbers; readonly kept: number };
}

/** What an optimiser remembers, and what it needs to take its last step back. */
export interface Remembered {
  readonly numbers: Readonly<Record<string, number>>;
  /** Of each parameter; and those before the last step, whose place the next one may take. */
  readonly memories: readonly Readonly<Record<string, Float64Array>>[];
  readonly spare: readonly Readonly<Record<string, Float64Array>>[];
  /** The last step; null if it cannot be taken back. */
  readonly before: {
    readonly numbers: Readonly<Record<string, number>>;
    readonly values: readonly Float64Array[];
  } | null;
}

/** An optimiser whose steps somebody else can make, in a memory of his own. */
export interface Lender {
  readonly rule: UpdateRule<string, string>;
  /** λ and the factor of η of each parameter. */
  readonly decays: readonly number[];
  readonly factors: readonly number[];
  /** Lends what it remembers, until it is asked for something: then `giveBack` is called. */
  lend(giveBack: () => Remembered): Remembered;
}

const lenders = /*#__PURE__*/ new WeakMap<Optimizer, Lender>();

/** What an optimiser lends; undefined for one of somebody else. */
export function lenderOf(optimizer: Optimizer): Lender | undefined {
  return lenders.get(optimizer);
}

/**
 * The optimiser with that rule: checks gradients, moves copies, and installs them once all of them are known to be
 * finite. Throws NonFiniteError if one is not; then nothing has changed.
 */
export function optimizerOf<Scalar extends string, Memory extends string>(
  rule: UpdateRule<Scalar, Memory>,
  parameters: readonly Parameter[],
  { learningRate, weightDecay = 0, rateOf }: OptimizerOptions,
): Optimizer {
  const { name } = rule;
  checkParameters(name, parameters);
  checkRange(name, "learningRate", learningRate, 0, Number.POSITIVE_INFINITY);
  const decays = numbersFor(name, "weightDecay", weightDecay, parameters);
  if (rateOf !== undefined) checkFunction(name, "rateOf", rateOf);
  const factors = numbersFor(name, "rateOf", rateOf ?? 1, parameters);
  let numbers: Readonly<Record<Scalar, number>> = rule.numbers;
  const zeros = () => parameters.map(({ size }) => recordOf(rule.memory, () => new Float64Array(size)));
  let memories = zeros();
  let spare = zeros(); // what the next step writes into, for nobody else to see; becomes `memories` once all values are known to be finite
  let before: { numbers: typeof numbers; values: readonly Float64Array[] } | null = null; // the last step; its memories are in `spare`
  let giveBack: (() => Remembered) | null = null; // while somebody else has all that
  const home = (): void => {
    const lent = giveBack?.();
    giveBack = null;
    if (lent)
      ({ numbers, memories, spare, before } = lent as Remembered & { memories: typeof memories; spare: typeof spare });
  };

  const optimizer: Optimizer = {
    step(grads, rate = learningRate) {
      home();
      checkRange(name, "learningRate", rate, 0, Number.POSITIVE_INFINITY);
      checkTensors(name, "gradient", parameters, grads);
      before = null; // what it would need is overwritten now
      const nextNumbers = rule.advance(numbers);
      const values = parameters.map((parameter, k) => {
        const theta = parameter.data.slice();
        for (const key of rule.memory) spare[k][key].set(memories[k][key]);
        if (rule.update(theta, grads[k].data, spare[k], rate * factors[k], nextNumbers, decays[k])) return theta;
        checkValues(name, titleOf(parameters, k), theta, parameter);
        for (const key of rule.memory) {
          checkValues(name, `${key} of ${titleOf(parameters, k)}`, spare[k][key], parameter);
        }
        return theta;
      });
      before = { numbers, values: parameters.map(({ data }) => data) };
      numbers = nextNumbers;
      [memories, spare] = [spare, memories];
      parameters.forEach((parameter, k) => {
        parameter.adopt(values[k]);
      });
    },
    undo() {
      home();
      if (before === null) throw new DomainError(`${name}.undo: takes the last step back, once; there is none`);
      const { values } = before;
      numbers = before.numbers;
      [memories, spare] = [spare, memories];
      parameters.forEach((parameter, k) => {
        parameter.adopt(values[k]);
      });
      before = null;
    },
    state() {
      home();
      return {
        numbers: { ...numbers },
        tensors: recordOf(rule.memory, (key) =>
          memories.map((memory, k) => new Tensor(memory[key].slice(), parameters[k].shape)),
        ),
      };
    },
    restore(state) {
      const operation = `${name}.restore`;
      checkNames(operation, "numbers", state?.numbers, Object.keys(rule.numbers));
      checkNames(operation, "tensors", state.tensors, rule.memory);
      for (const key of Object.keys(rule.numbers)) {
        if (Number.isFinite(state.numbers[key])) continue;
        throw new DomainError(`${operation}: numbers must be finite; ${key} is ${String(state.numbers[key])}`);
      }
      for (const key of rule.memory) checkTensors(operation, key, parameters, state.tensors[key]);
      home();
      before = null;
      numbers = { ...state.numbers } as Record<Scalar, number>;
      memories = parameters.map((_, k) => recordOf(rule.memory, (key) => state.tensors[key][k].data.slice()));
    },
  };
  lenders.set(optimizer, {
    rule: rule as unknown as UpdateRule<string, string>,
    ...{ decays, factors },
    lend(borrower) {
      home();
      giveBack = borrower;
      return { numbers, memories, spare, before };
    },
  });
  return optimizer;
}

function checkParameters(name: string, parameters: readonly unknown[]): void {
  if (Array.isArray(parameters) && parameters.every((parameter) => parameter instanceof Parameter)) return;
  throw new DomainError(`${name}: parameters must be a list of Parameters; got something else`);
}

function recordOf<Key extends string, Value>(keys: readonly Key[], value: (key: Key) => Value): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<Key, Value>;
}

function titleOf(parameters: readonly Parameter[], k: number): string {
  return parameters[k].name || `parameter ${k}`;
}

/** Throws unless there is one tensor per parameter, of its shape. */
function checkTensors(operation: string, what: string, parameters: readonly Parameter[], xs: readonly Tensor[]): void {
  if (!Array.isArray(xs) || xs.length !== parameters.length) {
    throw new ShapeError(`${operation}: one ${what} per parameter; got ${xs?.length} for ${parameters.length}`);
  }
  parameters.forEach((parameter, k) => {
    const x: unknown = xs[k];
    if (!(x instanceof Tensor)) throw new DomainError(`${operation}: every ${what} is a Tensor; got ${typeof x}`);
    if (sameShape(parameter.shape, x.shape)) return;
    throw new ShapeError(
      `${operation}: every ${what} has its parameter's shape; ${titleOf(parameters, k)} is ` +
        `${formatShape(parameter.shape)}, its ${what} ${formatShape(x.shape)}`,
    );
  });
}

/** Throws NonFiniteError if a new value is NaN or infinite. An infinite average would stop its parameter for ever. */
function checkValues(name: string, title: string, values: Float64Array, { shape }: Parameter): void {
  const index = firstNonFinite(new Tensor(values, shape));
  if (index === null) return;
  const place = `${title}${formatShape(index)}`;
  const value = new Tensor(values, shape).at(...index);
  throw new NonFiniteError(`${name}: new values must be finite; ${place} = ${value}`, { op: name, index });
}

/** Throws DomainError unless the record has just these names: it may be the state of another optimiser. */
function checkNames(operation: string, part: string, record: unknown, names: readonly string[]): void {
  const found = typeof record === "object" && record !== null ? Object.keys(record) : null;
  if (found?.length === names.length && names.every((name) => found.includes(name))) return;
  throw new DomainError(
    `${operation}: the state must have the ${part} {${names.join(", ")}}; got ${found === null ? "none" : `{${found.join(", ")}}`}`,
  );
}
