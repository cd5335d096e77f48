import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { decodedByHand, decodeLeniently, decodeUtf8, encodeUtf8, wholeCharacters } from "../../src/io/utf8.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const expected = (bytes: Uint8Array): string | null => {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
};
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "ä", "€", "𝒳", "\ufeff", "\u0000"),
    fc.string({ unit: "grapheme", maxLength: 1 }),
  ),
});

afterEach(() => vi.unstubAllGlobals());

describe("UTF-8, with the host and without", () => {
  test("a text comes back, and has the bytes that TextEncoder gives", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(decodeUtf8(bytes)).toBe(text);
        expect(decodedByHand(bytes, null)).toBe(text);
        vi.stubGlobal("TextEncoder", undefined);
        expect(Array.from(encodeUtf8(text))).toEqual(Array.from(bytes));
        vi.unstubAllGlobals();
      }),
    );
    vi.stubGlobal("TextEncoder", undefined);
    expect(Array.from(encodeUtf8("a\ud800b"))).toEqual([97, 0xef, 0xbf, 0xbd, 98]);
  });

  test("bytes are UTF-8, or not, by the same rules", () => {
    const bytes = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xc0, 0xe0, 0xed, 0xf0, 0xf4, 0x80, 0xbf, 0xa0)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(bytes, (list) => {
        const part = Uint8Array.from(list);
        expect(decodedByHand(part, null)).toBe(expected(part));
        expect(decodeUtf8(part)).toBe(expected(part));
        if (expected(part) !== null) expect(decodeLeniently(part)).toBe(expected(part));
        else expect(decodeLeniently(part)).toContain("\ufffd");
      }),
      { numRuns: 2000 },
    );
  });

  test("a character that is cut off at the end is not counted", () => {
    for (const character of ["ä", "€", "𝒳"]) {
      const bytes = new TextEncoder().encode(`ab${character}`);
      for (let length = 3; length < bytes.length; length++) expect(wholeCharacters(bytes.subarray(0, length))).toBe(2);
      expect(wholeCharacters(bytes)).toBe(bytes.length);
    }
    expect(wholeCharacters(new Uint8Array(0))).toBe(0);
  });
});
