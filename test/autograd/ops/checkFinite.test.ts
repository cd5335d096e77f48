import { checkFinite, NonFiniteError, tensor } from "diffeo";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("checkFinite", () => {
  it("names the first element that is not, with its value", () => {
    const x = tensor([
      [1, 2],
      [NAN, INF],
    ]);
    expect(() => checkFinite(x, "loss")).toThrow(
      new NonFiniteError("checkFinite: values must be finite; loss[1,0] = NaN", { op: "loss", index: [1, 0] }),
    );
    expect(checkFinite(tensor([1])).toArray()).toEqual([1]);
  });
});
