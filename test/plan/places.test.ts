import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lifetime, padded, placesOf } from "../../src/plan/places.ts";

const lifetimes = fc.array(
  fc
    .record({ bytes: fc.integer({ min: 1, max: 5000 }), first: fc.nat(20), length: fc.nat(20) })
    .map(({ bytes, first, length }): Lifetime => ({ bytes, first, last: first + length })),
  { maxLength: 40 },
);

const together = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last;

describe("addresses", () => {
  it("of buffers that live at the same time do not overlap, with room for a number too many behind each", () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const { addresses, end } = placesOf(640, all);
        for (const [i, a] of all.entries()) {
          expect(addresses[i] % 64).toBe(0);
          expect(addresses[i]).toBeGreaterThanOrEqual(640);
          expect(addresses[i] + a.bytes + 8).toBeLessThanOrEqual(end);
          for (const [j, b] of all.entries()) {
            if (i === j || !together(a, b) || addresses[i] > addresses[j]) continue;
            expect(addresses[i] + a.bytes + 8, `${i} and ${j}`).toBeLessThanOrEqual(addresses[j]);
          }
        }
      }),
    );
  });

  it("are used again by what lives later", () => {
    const chain = Array.from({ length: 100 }, (_, i): Lifetime => ({ bytes: 800, first: i, last: i + 1 }));
    expect(placesOf(0, chain).end).toBe(2 * 832);
  });

  it("of something that ends in the unit in which something else begins are different", () => {
    const { addresses } = placesOf(0, [
      { bytes: 64, first: 0, last: 3 },
      { bytes: 64, first: 3, last: 5 },
      { bytes: 64, first: 4, last: 5 },
    ]);
    expect(addresses).toEqual([0, 128, 0]);
  });
});

it("rows are a line longer where they would be 256 bytes or a multiple", () => {
  expect([31, 32, 33, 64].map(padded)).toEqual([248, 320, 264, 576]);
});
