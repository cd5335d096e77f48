import { isDeclaredPure } from "../autograd/pure.ts";
import type { Parameter, Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { isPure } from "../flows/isPure.ts";
import type { Beside, Plan } from "../plan/plan.ts";
import { usesPlans } from "../plan/planning.ts";
import { Replay } from "../plan/replay.ts";
import { Team } from "../plan/threads/team.ts";
import { usesSimd } from "../tensor/simd/webAssembly.ts";
import { Tensor } from "../tensor/tensor.ts";
import { FusedAdam, roomForAdam } from "./fusedAdam.ts";
import { forwardKL } from "./objectives.ts";
import { type Lender, lenderOf, type Optimizer } from "./optimizer.ts";
import { plannedNorm, roomForNorm } from "./plannedNorm.ts";
import type { Rows } from "./rows.ts";
import { type SumOverRows, threadedGradient } from "./threadedGradient.ts";
import type { TrainOptions } from "./trainOptions.ts";

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
  readonly #plans = new Map<string, Planned | null>();

  private constructor(flow: Flow, trained: readonly Parameter[], lender: Lender | undefined, team: Team | null) {
    this.#trained = trained;
    const known = new Set(trained);
    this.#frozen = flow.parameters.filter((parameter) => !known.has(parameter));
    this.#mayKeep = lender === undefined;
    this.#team = team;
    this.#lender = lender?.rule.asAdam && lender;
  }

  /**
   * Null if there is no use in plans: the parts are not known to do the same ops each time, or there are few steps to go, or no WebAssembly. Threads are
   * started if they can be of use.
   */
  static of(
    operation: string,
    flow: Flow,
    trained: readonly Parameter[],
    optimizer: Optimizer,
    { objective = forwardKL, threads }: Pick<TrainOptions, "objective" | "threads">,
    steps: number,
  ): CompiledGradient | null {
    const known = objective === forwardKL || isDeclaredPure(objective);
    if (!known || steps < LEAST_STEPS || !usesPlans() || !usesSimd() || !isPure(flow)) return null;
    const team = objective === forwardKL ? Team.of(operation, threads) : null;
    return new CompiledGradient(flow, trained, lenderOf(optimizer), team);
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
    const planned = this.#plans.get(key);
    if (planned === null) return eager();
    if (planned !== undefined) return this.#mayKeep ? copied(planned.run(inputs, eager)) : planned.run(inputs, eager);
    const parameters = [...this.#frozen, ...this.#trained];
    const lender = kind === "" ? this.#lender : undefined;
    const beside = roomBeside(this.#trained, lender);
    const threaded = (): Plan | null =>
      this.#team && sum && threadedGradient(rows, sum, parameters, this.#team, beside);
    const { result, replay } = Replay.record(inputs, parameters, eager, tensorsOf, beside, threaded);
    this.#plans.set(key, replay && new Planned(replay, inputs.length + this.#frozen.length, this.#trained, lender));
    return result;
  }
}

/** What the norm of the gradient, and Adam, need in the memory of a plan. */
function roomBeside(parameters: readonly Parameter[], lender: Lender | undefined): Beside {
  const norm = roomForNorm(parameters.map(({ size }) => size));
  const adam = lender ? roomForAdam(parameters) : { kernels: {}, sizes: [] };
  return { kernels: { ...norm.kernels, ...adam.kernels }, sizes: [norm.size, ...adam.sizes] };
}

/** A plan for one kind of batch. */
class Planned {
  readonly #replay: Replay;
  readonly #parameters: readonly Parameter[];
  readonly #adam: FusedAdam | undefined;

  /** `first` is the place of the first parameter among what is given. */
  constructor(replay: Replay, first: number, parameters: readonly Parameter[], lender: Lender | undefined) {
    this.#replay = replay;
    this.#parameters = parameters;
    const { plan } = replay;
    const [theta, g] = [plan.given.slice(first), plan.wanted.slice(-parameters.length)];
    this.#adam = lender && new FusedAdam(lender, parameters, plan, theta, g, plan.beside.slice(1));
  }

  run(inputs: readonly Tensor[], eager: () => Gradient): Gradient {
    const came: Gradient[] = [];
    const all = this.#replay.run(
      inputs,
      () => {
        came.push(eager());
        return tensorsOf(came[0]);
      },
      isFinite,
    );
    if (came.length > 0) return came[0];
    const grads = all.slice(-this.#parameters.length);
    const { plan } = this.#replay;
    const update = this.#adam && { update: (rate: number, factor: number) => this.#update(rate, factor) };
    const norm = plannedNorm(plan, grads, plan.beside[0]);
    return { values: all.slice(0, -this.#parameters.length), grads, graph: null, norm, ...update };
  }

  /** A step of the optimiser, which moves θ where it is. */
  #update(rate: number, factor: number): boolean {
    const done = this.#adam?.step(rate, factor) ?? false;
    this.#replay.haveMoved(done);
    return done;
  }
}

function tensorsOf({ values, grads }: Gradient): readonly Tensor[] {
  return [...values, ...grads];
}

/** Whether the objective is a number that training can do with. */
function isFinite([objective]: readonly Tensor[]): boolean {
  return Math.abs(objective.data[0]) < Number.POSITIVE_INFINITY;
}

/** The same, for somebody who may keep it: the next run of a plan writes over what it gave. */
function copied(gradient: Gradient): Gradient {
  const grads = gradient.grads.map(({ data, shape }) => new Tensor(data.slice(), shape));
  return gradient.graph === null ? { ...gradient, grads } : gradient;
}
