import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { crc32, encodePng, toDataUri } from "../../../src/plot/image/png.ts";

describe("encodePng", () => {
  it("writes a file that decodes to its pixels", async () => {
    const rgb = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => (i * 37) % 256);
    const png = Buffer.from(await encodePng(2, 3, rgb, deflateSync));
    expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    const chunks: Record<string, Buffer> = {};
    for (let at = 8; at < png.length; ) {
      const length = png.readUInt32BE(at);
      const typed = png.subarray(at + 4, at + 8 + length);
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(typed));
      chunks[typed.toString("latin1", 0, 4)] = typed.subarray(4);
      at += 12 + length;
    }
    expect(Object.keys(chunks)).toEqual(["IHDR", "IDAT", "IEND"]);
    expect([...chunks.IHDR]).toEqual([0, 0, 0, 2, 0, 0, 0, 3, 8, 2, 0, 0, 0]);
    const rows = inflateSync(chunks.IDAT);
    const pixels = [0, 1, 2].flatMap((row) => [...rows.subarray(row * 7 + 1, row * 7 + 7)]);
    expect(pixels).toEqual([...rgb]);
    expect([0, 7, 14].map((at) => rows[at])).toEqual([0, 0, 0]);
    expect(Buffer.from(toDataUri(png).split(",")[1], "base64").equals(png)).toBe(true);
  });

  it("has the check value of CRC-32", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });
});
