import type { Parameter } from "../autograd/variable.ts";

/** The values of parameters at some moment: their buffers, which nobody ever overwrites. */
export type Values = readonly Float64Array[];

/** The values of the parameters now. Cost: nothing is copied. */
export function valuesOf(parameters: readonly Parameter[]): Values {
  return parameters.map(({ data }) => data);
}

/** Gives the parameters these values. */
export function install(parameters: readonly Parameter[], values: Values): void {
  parameters.forEach((parameter, k) => {
    parameter.adopt(values[k]);
  });
}

/** What {@link BestWeights} remembers: the least value, the weights that had it (null if none was finite), their step, the offers refused since. */
export interface BestState {
  readonly value: number;
  readonly weights: Values | null;
  readonly step: number;
  readonly epochsSince: number;
}

/** Remembers the parameters that did best. */
export class BestWeights {
  readonly #parameters: readonly Parameter[];
  #value = Number.POSITIVE_INFINITY;
  #weights: Values | null = null;
  #step = 0;
  /** How many offers have been refused since the best one. */
  epochsSince = 0;

  constructor(parameters: readonly Parameter[]) {
    this.#parameters = parameters;
  }

  /** The step of the best weights; null as long as no value was finite. */
  get step(): number | null {
    return this.#weights === null ? null : this.#step;
  }

  /** What {@link goOn} needs to go on from here. */
  state(): BestState {
    return { value: this.#value, weights: this.#weights, step: this.#step, epochsSince: this.epochsSince };
  }

  /** Goes on from there. */
  goOn({ value, weights, step, epochsSince }: BestState): void {
    this.#value = value;
    this.#weights = weights;
    this.#step = step;
    this.epochsSince = epochsSince;
  }

  /** Takes the weights of now, after that step, if their value is finite and less than all before. */
  offer(value: number, step: number): void {
    this.epochsSince++;
    if (!(value < this.#value && value > Number.NEGATIVE_INFINITY)) return;
    this.#value = value;
    this.#weights = valuesOf(this.#parameters);
    this.#step = step;
    this.epochsSince = 0;
  }

  /** Gives the parameters their best values, if there are any. */
  restore(): void {
    if (this.#weights !== null) install(this.#parameters, this.#weights);
  }
}
