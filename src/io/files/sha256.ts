// SHA-256 of bytes (FIPS 180-4), synchronous: browsers have it in crypto.subtle only, which makes one wait, and not on every page.

/** The fractional parts of the square roots of the first eight primes, 32 bits each (FIPS 180-4, §5.3.3). */
const INITIAL: readonly number[] = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** The fractional parts of the cube roots of the first 64 primes, 32 bits each (FIPS 180-4, §4.2.2). */
const CONSTANTS: readonly number[] = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];

const BLOCK = 64;
const TWO_POW_32 = 4_294_967_296;

/**
 * SHA-256 of bytes that come in pieces.
 *
 * Cost: linear, some 100 MB a second; no memory to speak of. Reference: NIST (2015), FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4.
 *
 * @example
 * const abc = new Sha256().update(new Uint8Array([97, 98])).update(new Uint8Array([99]));
 * abc.hex().slice(0, 16); // "ba7816bf8f01cfea"
 */
export class Sha256 {
  readonly #state: Int32Array = Int32Array.from(INITIAL);
  readonly #words: Int32Array = new Int32Array(64);
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #length = 0;

  /** Takes more bytes. */
  update(bytes: Uint8Array): this {
    let at = 0;
    const filled = this.#length % BLOCK;
    this.#length += bytes.length;
    if (filled > 0) {
      at = Math.min(BLOCK - filled, bytes.length);
      this.#rest.set(bytes.subarray(0, at), filled);
      if (filled + at < BLOCK) return this;
      this.#compress(this.#rest, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#compress(bytes, at);
    this.#rest.set(bytes.subarray(at));
    return this;
  }

  /** The hash of all bytes so far, as 64 hexadecimal digits. Nothing can be taken after it. */
  hex(): string {
    const length = this.#length;
    const padding = new Uint8Array(BLOCK - ((length + 8) % BLOCK) + 8); // 1, zeros, and the length in bits at the end of a block
    padding[0] = 0x80;
    const end = new DataView(padding.buffer, padding.length - 8);
    end.setUint32(0, Math.floor((length * 8) / TWO_POW_32));
    end.setUint32(4, (length * 8) % TWO_POW_32);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** The block that begins there (FIPS 180-4, §6.2.2). */
  #compress(bytes: Uint8Array, at: number): void {
    const w = this.#words;
    for (let t = 0; t < 16; t++) {
      const k = at + 4 * t;
      w[t] = (bytes[k] << 24) | (bytes[k + 1] << 16) | (bytes[k + 2] << 8) | bytes[k + 3];
    }
    for (let t = 16; t < 64; t++) {
      const [two, fifteen] = [w[t - 2], w[t - 15]];
      const sigma1 = rotated(two, 17) ^ rotated(two, 19) ^ (two >>> 10);
      const sigma0 = rotated(fifteen, 7) ^ rotated(fifteen, 18) ^ (fifteen >>> 3);
      w[t] = (sigma1 + w[t - 7] + sigma0 + w[t - 16]) | 0;
    }
    const state = this.#state;
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const choice = (e & f) ^ (~e & g);
      const first = (h + sum1 + choice + CONSTANTS[t] + w[t]) | 0;
      const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + sum0 + majority) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

/** 32 bits, turned to the right. */
function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
