/** Rows of bits: row i is a subset of 0 … columns − 1. Thirty-two to a word, so that comparing sets is quick. */
export class BitRows {
  readonly rows: number;
  readonly #words: number;
  readonly #bits: Uint32Array;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.#words = Math.ceil(columns / 32);
    this.#bits = new Uint32Array(rows * this.#words);
  }

  /** Whether j belongs to row i. */
  has(i: number, j: number): boolean {
    return ((this.#bits[i * this.#words + (j >>> 5)] >>> (j & 31)) & 1) === 1;
  }

  /** Puts j into row i. */
  add(i: number, j: number): void {
    this.#bits[i * this.#words + (j >>> 5)] |= 1 << (j & 31);
  }

  /** Puts all of another's row k into row i. */
  addAll(i: number, other: BitRows, k: number): void {
    for (let w = 0; w < this.#words; w++) this.#bits[i * this.#words + w] |= other.#bits[k * this.#words + w];
  }

  /** Whether row i is a subset of another's row k. */
  isSubset(i: number, other: BitRows, k: number): boolean {
    for (let w = 0; w < this.#words; w++) {
      if ((this.#bits[i * this.#words + w] & ~other.#bits[k * this.#words + w]) !== 0) return false;
    }
    return true;
  }

  /** How many belong to row i. */
  count(i: number): number {
    let count = 0;
    for (let w = 0; w < this.#words; w++) {
      // clears the lowest one, as long as there is one
      for (let word = this.#bits[i * this.#words + w]; word !== 0; word &= word - 1) count++;
    }
    return count;
  }

  /** Row i as a string, equal for equal sets. */
  key(i: number): string {
    return this.#bits.subarray(i * this.#words, (i + 1) * this.#words).join();
  }
}
