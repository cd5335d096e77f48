import { isDeclaredPure } from "../autograd/pure.ts";
import type { Parameter, Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { isPure } from "../flows/isPure.ts";
import { type Plan, planOf } from "../plan/plan.ts";
import { tell, usesPlans } from "../plan/planning.ts";
import { programOf } from "../plan/program.ts";
import { record } from "../plan/recording.ts";
import { type Team, ThreadError } from "../plan/threads/team.ts";
import { usesSimd } from "../tensor/simd/webAssembly.ts";
import { Tensor } from "../tensor/tensor.ts";
import { FusedAdam, roomForAdam } from "./fusedAdam.ts";
import { forwardKL, type Objective } from "./objectives.ts";
import { type Lender, lenderOf, type Optimizer } from "./optimizer.ts";
import { plannedNorm, roomForNorm } from "./plannedNorm.ts";
import type { Rows } from "./rows.ts";
import { type SumOverRows, threadedGradient } from "./threadedGradient.ts";

/** An objective on some rows, and its gradient. */
export interface Gradient {
  /** The objective, and what else is needed of it. */
  readonly values: readonly Tensor[];
  readonly grads: readonly Tensor[];
  /** How it was computed; null if a plan did. */
  readonly graph: Variable | null;
  /** The norm of the gradient, if it is known. */
  readonly norm?: number;
  /** The optimiser's step along this gradient, times a factor, made by the plan: false, and nothing done, if it cannot be. */
  readonly update?: (rate: number, factor: number) => boolean;
}

/** For fewer steps a plan is not worth making: it takes about as long as so many. */
const LEAST_STEPS = 40;

/**
 * Gradients from a plan (plan/README.md), for as long as it is the same computation, step after step: recorded once, compared once with what the ops give, to the bit, and
 * then repeated. Whatever is in doubt goes the eager way, op by op, which is right for everything: rows of another number, values that are not finite, a check that
 * throws.
 */
export class CompiledGradient {
  readonly #trained: readonly Parameter[];
  /** Those that are frozen: others may change them meanwhile. */
  readonly #frozen: readonly Parameter[];
  readonly #lender: Lender | undefined;
  /** Whether the optimiser is somebody's own, who may keep the gradients that he is given. */
  readonly #mayKeep: boolean;
  readonly #team: Team | null;
  /** A plan for each number of rows; null where there is none to be had. */
  readonly #plans = new Map<string, Recorded | null>();

  private constructor(flow: Flow, trained: readonly Parameter[], lender: Lender | undefined, team: Team | null) {
    this.#trained = trained;
    const known = new Set(trained);
    this.#frozen = flow.parameters.filter((parameter) => !known.has(parameter));
    this.#mayKeep = lender === undefined;
    this.#team = team;
    this.#lender = lender?.rule.asAdam && lender;
  }

  /** Null if there is no use in plans: the parts are not known to do the same ops each time, or there are few steps to go, or no WebAssembly. `makeTeam` is asked for threads if they can be of use. */
  static of(
    flow: Flow,
    trained: readonly Parameter[],
    objective: Objective,
    optimizer: Optimizer,
    steps: number,
    makeTeam: () => Team | null = () => null,
  ): CompiledGradient | null {
    const known = objective === forwardKL || isDeclaredPure(objective);
    if (!known || steps < LEAST_STEPS || !usesPlans() || !usesSimd() || !isPure(flow)) return null;
    return new CompiledGradient(flow, trained, lenderOf(optimizer), objective === forwardKL ? makeTeam() : null);
  }

  /** Ends the threads. */
  close(): void {
    this.#team?.close();
  }

  /**
   * What `eager` gives for these rows: from a plan, or from itself. `kind` tells apart what is computed of rows of one number; "" is a whole batch. `sum` is the same
   * as a sum over rows, if it is one. Throws ThreadError.
   */
  of(kind: string, rows: Rows, eager: () => Gradient, sum: SumOverRows | null = null): Gradient {
    const inputs = [rows.x, ...(rows.context ? [rows.context] : [])];
    const key = [kind, ...inputs.map(({ shape }) => shape.join())].join(" ");
    const plan = this.#plans.get(key);
    if (plan === null) return eager();
    if (plan !== undefined) return this.#mayKeep ? copied(plan.run(inputs, eager)) : plan.run(inputs, eager);
    const { result, events } = record(eager);
    const parameters = [...this.#trained, ...this.#frozen];
    const lender = kind === "" ? this.#lender : undefined;
    const norm = roomForNorm(result.grads.map(({ size }) => size));
    const adam = lender ? roomForAdam(this.#trained) : { kernels: {}, sizes: [] };
    const beside = { kernels: { ...norm.kernels, ...adam.kernels }, sizes: [norm.size, ...adam.sizes] };
    const single = (): Plan | null => {
      const program = programOf(events, [...inputs, ...parameters], [...result.values, ...result.grads]);
      return program && planOf(program, { beside });
    };
    const threaded = this.#team && sum && threadedGradient(rows, sum, parameters, this.#team, beside);
    const made = threaded ?? single();
    tell(made ? "made" : "impossible");
    this.#plans.set(key, made && new Recorded(made, inputs.length, parameters, this.#trained, result, lender));
    return result;
  }
}

/** A plan for one kind of batch. */
class Recorded {
  readonly #plan: Plan;
  readonly #parameters: readonly Parameter[];
  /** The versions of the parameters that the memory holds. */
  readonly #versions: (number | null)[];
  readonly #values: Tensor[];
  readonly #grads: Tensor[];
  readonly #adam: FusedAdam | undefined;
  /** Whether it has been compared with the ops. */
  #state: "new" | "proven" | "refused" = "new";

  constructor(
    plan: Plan,
    inputs: number,
    parameters: readonly Parameter[],
    trained: readonly Parameter[],
    { values, grads }: Gradient,
    lender: Lender | undefined,
  ) {
    const { given, memory, wanted } = plan;
    const views = [...values, ...grads].map(({ size, shape }, k) => {
      const start = wanted[k] / 8;
      return new Tensor(memory.numbers.subarray(start, start + size), shape);
    });
    this.#plan = plan;
    this.#parameters = parameters;
    this.#versions = parameters.map(() => null);
    this.#values = views.slice(0, values.length);
    this.#grads = views.slice(values.length);
    const [theta, g] = [given.slice(inputs), wanted.slice(values.length)];
    this.#adam = lender && new FusedAdam(lender, trained, plan, theta, g, plan.beside.slice(1));
  }

  run(inputs: readonly Tensor[], eager: () => Gradient): Gradient {
    if (this.#state === "refused") return eager();
    if (!this.#runs(inputs)) {
      tell("stopped");
      return eager();
    }
    const update = this.#adam && { update: (rate: number, factor: number) => this.#update(rate, factor) };
    const norm = plannedNorm(this.#plan, this.#grads, this.#plan.beside[0]);
    const planned = { values: this.#values, grads: this.#grads, graph: null, norm, ...update };
    if (this.#state === "proven") {
      tell("used");
      return planned;
    }
    const right = eager();
    this.#state = isSame(right, planned) ? "proven" : "refused";
    tell(this.#state);
    return right;
  }

  /** A step of the optimiser; the memory has the new parameters, too. */
  #update(rate: number, factor: number): boolean {
    const done = this.#adam?.step(rate, factor) ?? false;
    this.#parameters.forEach((parameter, k) => {
      this.#versions[k] = done ? parameter.version : null; // θ was moved where it is
    });
    return done;
  }

  /** Whether the plan went through, to a finite value. */
  #runs(inputs: readonly Tensor[]): boolean {
    const { given, memory, run } = this.#plan;
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
    } catch (error) {
      if (error instanceof ThreadError) throw error;
      return false; // a check: the eager way throws the same, or goes round it
    }
    return Math.abs(this.#values[0].data[0]) < Number.POSITIVE_INFINITY;
  }
}

/** The same, for somebody who may keep it: the next run of a plan writes over what it gave. */
function copied(gradient: Gradient): Gradient {
  const grads = gradient.grads.map(({ data, shape }) => new Tensor(data.slice(), shape));
  return gradient.graph === null ? { ...gradient, grads } : gradient;
}

/** Whether two gradients are the same to the bit. */
function isSame(a: Gradient, b: Gradient): boolean {
  const [x, y] = [a, b].map(({ values, grads }) => [...values, ...grads]);
  return x.every(({ data }, k) => data.every((value, i) => Object.is(value, y[k].data[i])));
}
