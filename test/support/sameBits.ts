import { type Random, Tensor, useKernels } from "diffeo";
import { assert, expect } from "vitest";
import { SPECIAL } from "./arbitraries.ts";

/** Fails unless both kinds of kernels give the same bits, every NaN counting as the same. */
export function sameBits(what: string, f: () => readonly Tensor[]): void {
  expect(useKernels("plain")).toBe("plain");
  const plain = f();
  expect(useKernels("simd")).toBe("simd");
  const simd = f();
  expect(simd.map(({ shape }) => shape)).toEqual(plain.map(({ shape }) => shape));
  simd.forEach(({ data }, k) => {
    data.forEach((value, i) => {
      if (!Object.is(value, plain[k].data[i])) {
        assert.fail(`${what}, result ${k}, number ${i}: ${value}, but ${plain[k].data[i]} by plain loops`);
      }
    });
  });
}

/** Numbers of all sizes, one in five of them special. */
export function values(shape: readonly number[], random: Random, scale = 3): Tensor {
  const x = random.normal([...shape]).data.slice();
  const choice = random.integers([x.length], 5 * SPECIAL.length).data;
  const exponent = random.uniform([x.length], -30, 10).data;
  for (let i = 0; i < x.length; i++) {
    if (choice[i] < SPECIAL.length) x[i] = SPECIAL[choice[i]];
    else x[i] *= choice[i] % 3 === 0 ? 2 ** exponent[i] : scale;
  }
  return new Tensor(x, [...shape]);
}
