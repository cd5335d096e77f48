import { describe, expect, it } from "vitest";
import { workspace } from "../../../src/tensor/kernels/workspace.ts";

describe("workspace", () => {
  it("gives arrays of the lengths asked for, which share no number", () => {
    for (const lengths of [[3, 0, 5], [1000, 1], [2], [1_000_000, 1_000_000]]) {
      const rooms = workspace(...lengths);
      expect(rooms.map(({ length }) => length)).toEqual(lengths);
      for (const [k, room] of rooms.entries()) room.fill(k);
      for (const [k, room] of rooms.entries()) expect(room.every((value) => value === k)).toBe(true);
    }
  });

  it("gives the same memory again, unless that would be very much", () => {
    const [first] = workspace(10);
    expect(workspace(4)[0].buffer).toBe(first.buffer);
    const [large] = workspace(2_000_000);
    expect(workspace(2_000_000)[0].buffer).not.toBe(large.buffer);
    expect(workspace(4)[0].buffer).not.toBe(large.buffer);
  });
});
