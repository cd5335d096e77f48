import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leftHalf, SHARD, sumOfShards } from "../../../src/tensor/kernels/shards.ts";

/** The tree as a formula, e.g. ((0+1)+2), of the numbers of shards. */
function tree(first: number, count: number): string {
  if (count <= SHARD) return String(first / SHARD);
  const left = leftHalf(count);
  return `(${tree(first, left)}+${tree(first + left, count - left)})`;
}

describe("sumOfShards", () => {
  it("adds shards pairwise, the left half holding a power of two: by hand", () => {
    expect([64, 65, 128, 192, 5 * 64, 7 * 64 - 1].map((count) => tree(0, count))).toEqual([
      "0",
      "(0+1)",
      "(0+1)",
      "((0+1)+2)",
      "(((0+1)+(2+3))+4)",
      "(((0+1)+(2+3))+((4+5)+6))",
    ]);
  });

  it("gives the sum of that tree, to the bit, whatever the length", () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2 ** 31 - 1), (count, seed) => {
        const value = (row: number): number => Math.sin(seed + row) * 10 ** ((row * 7) % 12);
        const sumOf = (first: number, rows: number): number => {
          if (rows > SHARD) return sumOf(first, leftHalf(rows)) + sumOf(first + leftHalf(rows), rows - leftHalf(rows));
          let total = 0;
          for (let row = first; row < first + rows; row++) total += value(row);
          return total;
        };
        const y = Float64Array.of(Number.NaN);
        sumOfShards(count, y, (start, end, to) => {
          to[0] = 0;
          for (let row = start; row < end; row++) to[0] += value(row);
        });
        expect(y[0]).toBe(sumOf(0, count));
      }),
    );
  });

  it("adds up to the same bits from pieces of 64·2ᵏ rows", () => {
    const value = (row: number): number => Math.sin(row) * 10 ** ((row * 7) % 12);
    const sumFrom = (first: number, count: number): number => {
      const y = new Float64Array(1);
      sumOfShards(count, y, (start, end, to) => {
        to[0] = 0;
        for (let row = first + start; row < first + end; row++) to[0] += value(row);
      });
      return y[0];
    };
    const [whole, piece] = [3000, 256];
    const pieces: number[] = [];
    for (let first = 0; first < whole; first += piece) pieces.push(sumFrom(first, Math.min(piece, whole - first)));
    const y = new Float64Array(1);
    sumOfShards(pieces.length * SHARD, y, (start, _end, to) => {
      to[0] = pieces[start / SHARD];
    });
    expect(y[0]).toBe(sumFrom(0, whole));
  });
});
