import { deflateSync, inflateSync } from "node:zlib";
import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64 } from "../../src/plot/base64.ts";
import { deflate } from "../../src/plot/deflate.ts";

const random = new Random(1);
const noise = (length: number): Uint8Array => Uint8Array.from(random.integers([length], 256).data);
/** What `base64` and `deflate` are given here: noise, repetitions of all lengths, and what comes again from far away. */
const samples: readonly [string, Uint8Array][] = [
  ...[0, 1, 2, 3, 4, 257, 258, 259, 262, 600].map((n): [string, Uint8Array] => [`${n} zeros`, new Uint8Array(n)]),
  ["noise", noise(5000)],
  ["a ramp", Uint8Array.from({ length: 3000 }, (_, i) => i >> 3)],
  ...[32_765, 32_768, 32_769].map((gap): [string, Uint8Array] => {
    const [start, between] = [noise(300), noise(gap - 300)];
    return [`what comes again after ${gap} bytes`, Uint8Array.from([...start, ...between, ...start])];
  }),
];

describe("deflate", () => {
  it.each(samples)("of %s is what zlib inflates", (_what, bytes) => {
    expect(inflateSync(deflate(bytes)).equals(bytes)).toBe(true);
  });

  it("of any bytes is what zlib inflates", () => {
    const few = fc.uint8Array({ max: 3, maxLength: 400 });
    fc.assert(
      fc.property(fc.oneof(few, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        expect(inflateSync(deflate(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  it("finds what comes again within 2¹⁵ bytes", () => {
    const start = noise(300);
    const again = (gap: number): number => deflate(Uint8Array.from([...start, ...noise(gap - 300), ...start])).length;
    expect(again(32_769) - again(32_768)).toBeGreaterThan(250);
  });

  it("packs a smooth picture nearly as well as zlib", () => {
    const rows = Uint8Array.from(
      { length: 128 * 385 },
      (_, k) => 255 / (1 + ((k % 385) / 60 - 3) ** 2 + (k / 24640 - 1) ** 2),
    );
    const [own, zlib] = [deflate(rows).length, deflateSync(rows).length];
    expect(own).toBeLessThan(1.5 * zlib);
  });
});

describe("base64", () => {
  it.each(samples)("of %s is what Node reads", (_what, bytes) => {
    expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  });
});
