import { Parameter } from "../autograd/variable.ts";
import { DiffeoError } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Plan, type PlanOptions, planOf } from "./plan.ts";
import { tell } from "./planning.ts";
import { programOf } from "./program.ts";
import { type Event, record } from "./recording.ts";

/**
 * A computation from some inputs and parameters that was recorded once, is compared once with what its ops give, to the bit, and is repeated from a plan from then
 * on. Whatever is in doubt goes the eager way, op by op, which is right for everything.
 */
export class Replay {
  /** For what works on the same memory. */
  readonly plan: Plan;
  readonly #parameters: readonly Parameter[];
  /** The versions of the parameters that the memory holds. */
  readonly #versions: (number | null)[];
  /** What is wanted, as views of the memory. */
  readonly #results: readonly Tensor[];
  #state: "new" | "proven" | "refused" = "new";
  /** The inputs that it was recorded with, and the versions of the parameters; nothing once it has been compared. */
  #recorded: { readonly inputs: readonly Float64Array[]; readonly versions: readonly number[] };

  private constructor(plan: Plan, inputs: readonly Tensor[], parameters: readonly Parameter[], shapes: Tensor[]) {
    this.plan = plan;
    this.#parameters = parameters;
    this.#versions = parameters.map(() => null);
    this.#results = shapes.map(({ size, shape }, k) => {
      const start = plan.wanted[k] / 8;
      return new Tensor(plan.memory.numbers.subarray(start, start + size), shape);
    });
    this.#recorded = {
      inputs: inputs.map(({ data }) => data.slice()),
      versions: parameters.map(({ version }) => version),
    };
  }

  /**
   * What `f` computes of these inputs and parameters, and a plan that repeats it; null where there is none to be had. `tensorsOf` says which tensors are
   * wanted of what f gives; `beside` is what else works on the memory; `instead` may have another plan that gives the same.
   */
  static record<Result>(
    inputs: readonly Tensor[],
    parameters: readonly Parameter[],
    f: () => Result,
    tensorsOf: (result: Result) => readonly Tensor[],
    beside?: PlanOptions["beside"],
    instead: () => Plan | null = () => null,
  ): { result: Result; replay: Replay | null } {
    const { result, events } = record(f);
    const results = tensorsOf(result);
    const program = usesOthers(events, parameters) ? null : programOf(events, [...inputs, ...parameters], results);
    const plan = program && (instead() ?? planOf(program, beside && { beside }));
    tell(plan ? "made" : "impossible");
    return { result, replay: plan && new Replay(plan, inputs, parameters, [...results]) };
  }

  /** Whether it has been compared with the ops: the plan gives the same (proven), or something else (refused). */
  get state(): "new" | "proven" | "refused" {
    return this.#state;
  }

  /**
   * The results for inputs of the shapes that were recorded: of the plan, to be read before it runs again, or of `eager`, if a check throws, if they are not
   * `sound`, or if it has not been compared yet. Throws ThreadError.
   */
  run(
    inputs: readonly Tensor[],
    eager: () => readonly Tensor[],
    sound: (results: readonly Tensor[]) => boolean = () => true,
  ): readonly Tensor[] {
    if (this.#state === "refused") return eager();
    if (!this.#runs(inputs) || !sound(this.#results)) {
      tell("stopped");
      return eager();
    }
    if (this.#state === "proven") {
      tell("used");
      return this.#results;
    }
    const right = eager();
    if (!this.#isNews(inputs)) return right;
    this.#state = isSame(right, this.#results) ? "proven" : "refused";
    this.#recorded = { inputs: [], versions: [] };
    tell(this.#state);
    return right;
  }

  /** Says that the parameters were changed in the memory: to what they are now, or not. */
  haveMoved(done: boolean): void {
    this.#parameters.forEach((parameter, k) => {
      this.#versions[k] = done ? parameter.version : null;
    });
  }

  /** Whether the plan went through. */
  #runs(inputs: readonly Tensor[]): boolean {
    const { given, memory, run } = this.plan;
    inputs.forEach(({ data }, k) => {
      memory.numbers.set(data, given[k] / 8);
    });
    this.#parameters.forEach((parameter, k) => {
      if (this.#versions[k] === parameter.version) return;
      memory.numbers.set(parameter.data, given[inputs.length + k] / 8);
      this.#versions[k] = parameter.version;
    });
    try {
      run();
      return true;
    } catch (error) {
      if (error instanceof DiffeoError && error.code === "THREAD") throw error; // not a check
      return false; // a check: the eager way throws the same, or goes round it
    }
  }

  /** Whether anything differs from what was recorded: only then a comparison tells that nothing was taken for a constant. */
  #isNews(inputs: readonly Tensor[]): boolean {
    const recorded = this.#recorded;
    if (this.#parameters.some(({ version }, k) => version !== recorded.versions[k])) return true;
    return inputs.some(({ data }, k) => !sameNumbers(data, recorded.inputs[k]));
  }
}

/** Whether parameters are used that nobody has named: they could change without notice. */
function usesOthers(events: readonly Event[], parameters: readonly Parameter[]): boolean {
  const named = new Set<Tensor>(parameters);
  return events.some(({ inputs }) => inputs.some((input) => input instanceof Parameter && !named.has(input)));
}

/** Whether they are the same to the bit. */
function isSame(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  return a.length === b.length && a.every(({ data }, k) => sameNumbers(data, b[k].data));
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
