import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import type { Parameter } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError } from "../tensor/errors.ts";
import { install, sameValues, type Values, valuesOf } from "./bestWeights.ts";
import { evaluate } from "./evaluate.ts";
import { forwardKL } from "./objectives.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rows } from "./rows.ts";

/**
 * The last step of training, which may have led where the flow has no density: a scale that is trained may become negative. The step
 * itself does not notice; the next evaluation does. Then the step is taken back, and the error says which it was.
 */
export class LastUpdate {
  /** The parameters that are trained, and their names. */
  readonly named: ReadonlyMap<string, Parameter>;
  readonly parameters: readonly Parameter[];
  readonly #flow: Flow;
  readonly #optimizer: Optimizer;
  readonly #finite: boolean;
  #before: Values | null = null;
  #after: Values;
  #step: number;

  /** `named`: what the optimiser changes. `finite`: whether log p must be finite at the rows, beside being defined there. `step`: how many steps were made before. */
  constructor(flow: Flow, named: ReadonlyMap<string, Parameter>, optimizer: Optimizer, finite: boolean, step = 0) {
    this.named = named;
    this.parameters = [...named.values()];
    this.#step = step;
    this.#flow = flow;
    this.#optimizer = optimizer;
    this.#finite = finite;
    this.#after = valuesOf(this.parameters);
  }

  /** The weights after the last step, whatever the flow has now. */
  get weights(): Values {
    return this.#after;
  }

  /** Whether the flow, as it is, can be evaluated at the rows. */
  isDefinedAt(rows: Rows): boolean {
    return this.#failure(rows) === null;
  }

  /** Makes a step of the optimiser: itself, or somebody else for it, who may say that he cannot. */
  make(grads: () => Parameters<Optimizer["step"]>[0], rate: number, instead?: () => boolean): void {
    const before = valuesOf(this.parameters);
    if (!instead?.()) this.#optimizer.step(grads(), rate);
    this.#before = before;
    this.#after = valuesOf(this.parameters);
    this.#step++;
  }

  /** The name of a parameter that somebody else has changed since the last step; null if nobody has. */
  changedByOthers(): string | null {
    for (const [k, { data }] of this.parameters.entries()) {
      if (!sameValues(data, this.#after[k])) return this.#nameOf(k);
    }
    return null;
  }

  /** Throws DomainError if somebody else has changed a parameter since the last step. */
  checkOurs(): void {
    const changed = this.changedByOthers();
    if (changed === null) return;
    throw new DomainError(
      `train: parameters that are trained are changed by one training alone; ${changed} was assigned by someone else after step ${this.#step} ` +
        "(end one training before the next; an optimizer of your own may change them as it likes)",
    );
  }

  /** Evaluates at the rows. If that fails because of the last step, the step is taken back, and the error says so. */
  guard<Result>(rows: Rows, evaluation: () => Result): Result {
    try {
      return evaluation();
    } catch (error) {
      throw this.#takeBack(error, rows) ?? error;
    }
  }

  /** Throws if the flow cannot be evaluated at the rows any more because of the last step, which is taken back. */
  check(rows: Rows): void {
    const error = this.#takeBack(this.#failure(rows), rows);
    if (error !== null) throw error;
  }

  /**
   * Takes the step back if log p can be evaluated at the rows before it, but not after it; returns the error that says so. Otherwise
   * the step is not to blame: returns null, and nothing has changed. Cost: an evaluation for each parameter, to find out which it was.
   */
  #takeBack(error: unknown, rows: Rows): Error | null {
    const [before, after, parameters] = [this.#before, this.#after, this.parameters];
    const works = (values: Values): boolean => {
      install(parameters, values);
      return this.#failure(rows) === null;
    };
    if (before === null || this.changedByOthers() !== null || this.#failure(rows) === null) return null;
    if (!works(before)) {
      install(parameters, after);
      return null;
    }
    const culprit = parameters.findIndex((_, k) => works(after.map((value, j) => (j === k ? before[k] : value))));
    this.#optimizer.undo?.();
    install(parameters, before);
    this.#before = null;
    this.#after = before;
    return tookBack(error, this.#step, culprit < 0 ? "parameters" : this.#nameOf(culprit));
  }

  /** What is thrown when log p is evaluated at the rows; null if nothing is. */
  #failure(rows: Rows): unknown {
    try {
      const value = evaluate(this.#flow, rows, forwardKL);
      if (!this.#finite || Number.isFinite(value)) return null;
      return new NonFiniteError(`train: log p must be finite; it is ${-value} on average`, {
        op: "logProb",
        index: [],
      });
    } catch (error) {
      return error;
    }
  }

  #nameOf(k: number): string {
    return [...this.named.keys()][k];
  }
}

/** The error for a step that was taken back, whose consequence was that other error. */
function tookBack(error: unknown, step: number, name: string): Error {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = `step ${step} changed ${name} so, and was taken back (lower learningRate, or train a logarithm where numbers must be positive)`;
  const failed =
    error instanceof NonFiniteError
      ? new NonFiniteError(`${message}; ${remedy}`, { op: error.op, index: error.index, step: error.step ?? step })
      : new DomainError(`train: parameters must stay where the flow is defined; ${message}; ${remedy}`);
  failed.cause = error;
  return failed;
}
