import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sha256 } from "../../../src/io/files/sha256.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

// NIST, Example Values for SHA-256, and the vectors of FIPS 180-2, appendix B.
test.each([
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
])("the published vector of %.20s", (text, hash) => {
  expect(new Sha256().update(ascii(text)).hex()).toBe(hash);
});

test("is that of OpenSSL for every length around a block, however the bytes come", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 37 + 11) % 256);
  for (let length = 0; length <= 300; length++) {
    const whole = bytes.subarray(0, length);
    const expected = createHash("sha256").update(whole).digest("hex");
    const cut = (length * 7) % (length + 1);
    expect(new Sha256().update(whole.subarray(0, cut)).update(whole.subarray(cut)).hex()).toBe(expected);
  }
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (pieces) => {
      const [ours, theirs] = [new Sha256(), createHash("sha256")];
      for (const piece of pieces) {
        ours.update(piece);
        theirs.update(piece);
      }
      expect(ours.hex()).toBe(theirs.digest("hex"));
    }),
  );
});
