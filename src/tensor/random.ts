import { DomainError, describeValue } from "./errors.ts";
import { cosPi, log, sinPi } from "./kernels/elementary.ts";
import { philox4x32 } from "./kernels/philox.ts";
import { printedAs } from "./print.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/** The whole state of a {@link Random}: its 64-bit key and how many 128-bit blocks it has used. Plain JSON. */
export interface RandomState {
  /** Two words of 32 bits. */
  readonly key: readonly [number, number];
  /** How many blocks have been used. */
  readonly blocks: number;
}

const TWO_POW_32 = 4_294_967_296;
const TWO_POW_53 = 9_007_199_254_740_992;
const LARGEST_SEED = TWO_POW_53 - 1;
/** The third counter word: numbers are drawn in one domain, keys of children in another, so that they never coincide. */
const NUMBERS = 0;
const CHILDREN = 1;

/**
 * A seeded random generator: Philox4x32-10, block i is a keyed bijection of the counter i.
 *
 * One seed gives one stream, bit for bit, in every engine. Each call uses a whole number of blocks, so that the state
 * is just key and counter. Uniforms carry 53 bits; normals come in pairs by the Box–Muller transform
 * √(−2 ln u₁)·(cos 2πu₂, sin 2πu₂).
 *
 * Reference: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
 *
 * @example
 * const random = new Random(1);
 * random.normal([2, 3]).shape; // [2, 3]
 * random.permutation(4); // [1, 3, 0, 2]
 * Random.from(random.state()).uniform([1]).item() === random.uniform([1]).item(); // true
 */
export class Random {
  #key: readonly [number, number];
  #blocks = 0;
  readonly #block: Uint32Array = new Uint32Array(4);

  /** Throws DomainError unless the seed is an integer in [0, 2⁵³). */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
      throw new DomainError(`Random: the seed must be an integer in [0, 2^53); got ${describeValue(seed)}`);
    }
    this.#key = [seed % TWO_POW_32, Math.floor(seed / TWO_POW_32)];
  }

  static {
    printedAs(Random.prototype, "Random", function () {
      return `Random ${JSON.stringify(this)}`;
    });
  }

  /** Independent numbers, uniform on [low, high). Throws as {@link zeros}, and DomainError unless both are finite numbers, low below high. */
  uniform(shape: Shape, low = 0, high = 1): Tensor {
    if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) {
      const came = `${describeValue(low)} and ${describeValue(high)}`;
      throw new DomainError(`uniform: low and high must be finite numbers, low below high; got ${came}`);
    }
    const data = this.#uniforms(sizeOf(checkShape("uniform", shape)));
    if (low !== 0 || high !== 1) {
      const unit = high - low < Number.POSITIVE_INFINITY ? 1 : 0.5; // the halves of the largest numbers have a difference
      const [start, length] = [low * unit, high * unit - low * unit];
      for (let i = 0; i < data.length; i++) {
        const value = (start + length * data[i]) / unit;
        data[i] = value < high ? value : low; // rounding may reach `high`, which does not belong to the interval
      }
    }
    return new Tensor(data, [...shape]);
  }

  /** Independent standard normal numbers. Throws as {@link zeros}. */
  normal(shape: Shape): Tensor {
    const data = new Float64Array(sizeOf(checkShape("normal", shape)));
    const uniforms = this.#uniforms(data.length + (data.length % 2));
    for (let i = 0; i < data.length; i += 2) {
      const radius = Math.sqrt(-2 * log(1 - uniforms[i])); // 1 − u lies in (0, 1]
      const turn = 2 * uniforms[i + 1];
      data[i] = radius * cosPi(turn);
      if (i + 1 < data.length) data[i + 1] = radius * sinPi(turn);
    }
    return new Tensor(data, [...shape]);
  }

  /** Independent integers, uniform on 0 … high − 1 (bias below high/2⁵³). Throws DomainError unless high is an integer in [1, 2⁵³). */
  integers(shape: Shape, high: number): Tensor {
    if (!Number.isInteger(high) || high < 1 || high > LARGEST_SEED) {
      throw new DomainError(`integers: high must be an integer in [1, 2^53); got ${describeValue(high)}`);
    }
    const data = this.#uniforms(sizeOf(checkShape("integers", shape)));
    for (let i = 0; i < data.length; i++) data[i] = Math.floor(data[i] * high);
    return new Tensor(data, [...shape]);
  }

  /** 0 … n − 1 in random order (Fisher–Yates). Cost: O(n). Throws DomainError unless n is an integer ≥ 0. */
  permutation(n: number): number[] {
    checkShape("permutation", [n]);
    const order = Array.from({ length: n }, (_, i) => i);
    const uniforms = this.#uniforms(n);
    for (let last = n - 1; last > 0; last--) {
      const chosen = Math.floor(uniforms[last] * (last + 1));
      [order[last], order[chosen]] = [order[chosen], order[last]];
    }
    return order;
  }

  /** A new generator whose stream is independent of this one's; each call gives another. */
  split(): Random {
    this.#nextBlock(CHILDREN);
    return Random.from({ key: [this.#block[0], this.#block[1]], blocks: 0 });
  }

  /** What {@link Random.from} needs to go on from here. */
  state(): RandomState {
    return { key: this.#key, blocks: this.#blocks };
  }

  /** Goes on from that state, as {@link Random.from} would. Throws DomainError for anything that `state()` cannot return. */
  restore(state: RandomState): void {
    const { key, blocks } = Random.from(state).state();
    this.#key = key;
    this.#blocks = blocks;
  }

  /** Its state: what `JSON.stringify` writes. */
  toJSON(): RandomState {
    return this.state();
  }

  /** The generator that goes on from that state. Throws DomainError for anything that `state()` cannot return. */
  static from(state: RandomState): Random {
    const words = [...(state?.key ?? [])];
    const valid = (word: number, limit: number): boolean => Number.isInteger(word) && word >= 0 && word < limit;
    if (words.length !== 2 || !words.every((word) => valid(word, TWO_POW_32)) || !valid(state.blocks, TWO_POW_53)) {
      throw new DomainError("Random.from: not a state of Random; expected { key: [uint32, uint32], blocks }");
    }
    const random = new Random(0);
    random.#key = [words[0], words[1]];
    random.#blocks = state.blocks;
    return random;
  }

  /** The next 128 random bits, into `#block`. */
  #nextBlock(domain: number): void {
    const low = this.#blocks % TWO_POW_32;
    const high = Math.floor(this.#blocks / TWO_POW_32);
    philox4x32(low, high, domain, 0, this.#key[0], this.#key[1], this.#block);
    this.#blocks++;
  }

  /** `count` uniforms on [0, 1), two to a block: (27 bits, 26 bits)/2⁵³. */
  #uniforms(count: number): Float64Array {
    const data = new Float64Array(count);
    const block = this.#block;
    for (let i = 0; i < count; i += 2) {
      this.#nextBlock(NUMBERS);
      data[i] = ((block[0] >>> 5) * 67_108_864 + (block[1] >>> 6)) / TWO_POW_53;
      if (i + 1 < count) data[i + 1] = ((block[2] >>> 5) * 67_108_864 + (block[3] >>> 6)) / TWO_POW_53;
    }
    return data;
  }
}
