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

/** Whether two buffers hold the same numbers, to the bit. */
export function sameValues(a: Float64Array, b: Float64Array): boolean {
  return a === b || a.every((value, i) => Object.is(value, b[i]));
}

/** The value of the weights of now; that of averages of them, if they were judged, too. */
export interface Offer {
  readonly value: number;
  readonly averaged: number | null;
  readonly averages: Values | null;
}

/**
 * What {@link BestWeights} remembers: the least value, the weights that had it (null if none was finite), whether they are averages, their step, the
 * offers refused since.
 */
export interface BestState {
  readonly value: number;
  readonly weights: Values | null;
  readonly averaged: boolean;
  readonly step: number;
  readonly epochsSince: number;
}

/** Remembers the parameters that did best. */
export class BestWeights {
  readonly #parameters: readonly Parameter[];
  #value = Number.POSITIVE_INFINITY;
  #weights: Values | null = null;
  #averaged = false;
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

  /** Whether the best weights are averages. */
  get averaged(): boolean {
    return this.#averaged;
  }

  /** What {@link goOn} needs to go on from here. */
  state(): BestState {
    const [value, weights, averaged, step] = [this.#value, this.#weights, this.#averaged, this.#step];
    return { value, weights, averaged, step, epochsSince: this.epochsSince };
  }

  /** Goes on from there. */
  goOn({ value, weights, averaged, step, epochsSince }: BestState): void {
    this.#value = value;
    this.#weights = weights;
    this.#averaged = averaged;
    this.#step = step;
    this.epochsSince = epochsSince;
  }

  /** Takes the weights of now, after that step, or their averages, if their value is finite and less than all before: one offer, whichever is better. */
  offer({ value, averaged, averages }: Offer, step: number): void {
    this.epochsSince++;
    this.#consider(value, valuesOf(this.#parameters), false, step);
    if (averaged !== null && averages !== null) this.#consider(averaged, averages, true, step);
  }

  #consider(value: number, weights: Values, averaged: boolean, step: number): void {
    if (!(value < this.#value && value > Number.NEGATIVE_INFINITY)) return;
    this.#value = value;
    this.#weights = weights;
    this.#averaged = averaged;
    this.#step = step;
    this.epochsSince = 0;
  }

  /** Gives the parameters their best values, if there are any. */
  restore(): void {
    if (this.#weights !== null) install(this.#parameters, this.#weights);
  }
}
