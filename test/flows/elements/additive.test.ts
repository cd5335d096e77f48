import { additiveElement, affineElement, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../../support/arbitraries.ts";

describe("additiveElement", () => {
  const x = tensor([
    [1.5, -2],
    [0.25, 8],
  ]);
  const mu = tensor([
    [0.5, 3],
    [-1, 0],
  ]);

  it("subtracts its raw numbers, and adds them again: z = x − μ, log-det 0", () => {
    const { z, logDet } = additiveElement().forward(x, mu);
    expect(z.toArray()).toEqual([
      [1, -5],
      [1.25, 8],
    ]);
    expect(logDet.toArray()).toEqual([0, 0]);
    const back = additiveElement().inverse(z, mu);
    expect(back.x.toArray()).toEqual(x.toArray());
    expect(back.logDet.toArray()).toEqual([0, 0]);
  });

  it("is the affine element with σ = 1, to the bit", () => {
    const raw = tensor([
      [0, 0, 0.5, 3],
      [0, 0, -1, 0],
    ]);
    expect(bitsOf(additiveElement().forward(x, mu).z)).toEqual(bitsOf(affineElement().forward(x, raw).z));
  });

  it("needs one raw number for each coordinate, and says in its definition which it is", () => {
    expect(additiveElement()).toMatchObject({ rawPerDimension: 1, definition: { type: "additive" } });
  });

  it("wants Tensors, though numbers could be subtracted", () => {
    expect(() => additiveElement().forward(Number.NaN as never, mu)).toThrow(/^additiveElement: x must be a Tensor/);
    expect(() => additiveElement().inverse(1 as never, mu)).toThrow(/^additiveElement: z must be a Tensor/);
  });
});
