import { Random, type RandomState } from "../tensor/random.ts";
import { type Rows, select } from "./rows.ts";

/** Where batches have got to: the state of `random` before the order of this epoch was drawn, and the row in that order that comes next. */
export interface BatchesState {
  readonly epoch: RandomState;
  readonly place: number;
}

/** Where batches come from. */
export interface BatchSource {
  /** The batch of that step, which must be the next one. */
  next(step: number): Rows;
  /** What {@link restore} needs to go on from here; null if there is nothing to say. */
  state(): BatchesState | null;
  /** Goes on from there. */
  restore(state: BatchesState): void;
}

/**
 * Batches without end: every epoch goes through the rows in a new random order. What does not fill a batch at the end of
 * an epoch is left to later epochs, since a batch of few rows has a noisy gradient.
 */
export class Batches implements BatchSource {
  readonly #rows: Rows;
  readonly #size: number;
  readonly #random: Random;
  #epoch: RandomState | null = null;
  #order: readonly number[] = [];
  #place = 0;

  constructor(rows: Rows, batchSize: number, random: Random) {
    this.#rows = rows;
    this.#size = Math.min(batchSize, rows.x.shape[0]);
    this.#random = random;
  }

  /** The next batch. */
  next(): Rows {
    const N = this.#rows.x.shape[0];
    if (this.#epoch === null || this.#place + this.#size > N) {
      this.#epoch = this.#random.state();
      this.#order = this.#random.permutation(N);
      this.#place = 0;
    }
    this.#place += this.#size;
    return select(this.#rows, this.#order.slice(this.#place - this.#size, this.#place));
  }

  /** What {@link restore} needs to go on from here; null before the first batch. */
  state(): BatchesState | null {
    return this.#epoch === null ? null : { epoch: this.#epoch, place: this.#place };
  }

  /** Goes on from there, with the same rows. `random` is left as it is. */
  restore({ epoch, place }: BatchesState): void {
    this.#epoch = epoch;
    this.#order = Random.from(epoch).permutation(this.#rows.x.shape[0]);
    this.#place = place;
  }
}
