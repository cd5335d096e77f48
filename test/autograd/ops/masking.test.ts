import {
  grad,
  gradcheck,
  maskedMlp,
  mul,
  noGrad,
  parameter,
  Random,
  sum,
  Tensor,
  useKernels,
  type Variable,
  variable,
} from "diffeo";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { affineMap, maskedAffineMap } from "../../../src/autograd/ops/affineMap.ts";
import { Masking } from "../../../src/autograd/ops/masking.ts";
import { bitsOf, seeds } from "../../support/arbitraries.ts";

afterEach(() => {
  useKernels("simd");
});

/** A map of a MADE, with values for everything around it, and one place in its input. */
const maps = fc
  .record({
    seed: seeds,
    D: fc.constantFrom(1, 2, 3, 7, 8, 13, 32),
    P: fc.constantFrom(1, 2, 3),
    width: fc.constantFrom(1, 8, 33, 64, 64, 75, 270),
    order: fc.constantFrom("natural" as const, "reversed" as const, "random" as const),
    context: fc.constantFrom(0, 0, 3),
    residual: fc.boolean(),
    l: fc.constantFrom(0, 1, 1, 2),
    B: fc.constantFrom(0, 1, 5, 64, 64, 150),
  })
  .map(({ seed, D, P, width, l, B, ...options }) => {
    const random = new Random(seed);
    const hidden = [width, width];
    const net = maskedMlp({ dimensions: D, outputsPerDimension: P, hidden, ...options, random });
    const { rows, mask, masking } = net.maps[l];
    const columns = mask.length / rows;
    const [x, W, b, g] = [[B, columns], [rows, columns], [rows], [B, rows]].map((shape) => random.normal(shape));
    const [row, k] = B === 0 ? [-1, -1] : [random.integers([1], B).item(), random.integers([1], columns).item()];
    return { x, W, b, g, masking, rows, columns, B, row, k };
  });

/** y, x̄, W̄ and b̄ of a map. */
function all(map: (x: Variable, W: Variable, b: Variable) => Variable, g: Tensor, ...values: Tensor[]): Tensor[] {
  const [x, W, b] = values.map((value) => variable(value));
  const y = map(x, W, b);
  return [y, ...grad(sum(mul(y, g)), [x, W, b])];
}

/** The weight, or its gradient, where a mask is 1. */
function masked({ mask }: Masking, { data, shape }: Tensor): Tensor {
  return new Tensor(
    data.map((value, i) => (mask[i] === 1 ? value : 0)),
    shape,
  );
}

describe("maskedAffineMap", () => {
  it("has the bits of a dense map of the masked weight, and so have its gradients, in plain loops and in WebAssembly", () => {
    fc.assert(
      fc.property(maps, ({ x, W, b, g, masking }) => {
        const [y, gx, gW, gb] = all(affineMap, g, x, masked(masking, W), b);
        const expected = [y, gx, masked(masking, gW), gb].map(bitsOf);
        for (const kernels of ["simd", "plain"] as const) {
          useKernels(kernels);
          const found = all((x, W, b) => maskedAffineMap(x, W, b, masking), g, x, W, b);
          expect(found.map(bitsOf), kernels).toEqual(expected);
        }
        useKernels("simd");
      }),
      { numRuns: 60 },
    );
  });

  it("lets NaN and ∞ reach what may see them, and leaves alone what may not", () => {
    fc.assert(
      fc.property(maps, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY), (map, poison) => {
        const { x, W, b, masking, rows, columns, B, row, k } = map;
        if (B === 0) return;
        const values = x.data.slice();
        values[row * columns + k] = poison;
        const [clean, spoilt] = [x, new Tensor(values, x.shape)].map((input) => maskedAffineMap(input, W, b, masking));
        for (let i = 0; i < B; i++) {
          for (let j = 0; j < rows; j++) {
            const sees = i === row && masking.mask[j * columns + k] === 1;
            if (sees) expect(Number.isFinite(spoilt.at(i, j))).toBe(false);
            else expect(spoilt.at(i, j)).toBe(clean.at(i, j));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("lets a cotangent of zero meet NaN in x, and a masked weight an infinite cotangent, without harm", () => {
    fc.assert(
      fc.property(maps, ({ x, W, b, g, masking, rows, columns, B, row, k: place }) => {
        if (B === 0) return;
        const [silent, loud, values] = [g.data.slice(), g.data.slice(), x.data.slice()];
        silent.fill(0, row * rows, (row + 1) * rows);
        values[row * columns + place] = Number.NaN;
        loud[(row + 1) * rows - 1] = Number.POSITIVE_INFINITY;
        const gradients = (x: Tensor, g: Float64Array): Tensor[] =>
          all((x, W, b) => maskedAffineMap(x, W, b, masking), new Tensor(g, [x.shape[0], rows]), x, W, b).slice(1);
        expect(gradients(new Tensor(values, x.shape), silent).map(bitsOf)).toEqual(gradients(x, silent).map(bitsOf));
        const [clean, spoilt] = [g.data, loud].map((cotangent) => gradients(x, cotangent));
        for (let k = 0; k < columns; k++) {
          const sees = masking.mask[(rows - 1) * columns + k] === 1;
          expect(Number.isFinite(spoilt[0].at(row, k))).toBe(!sees);
          if (!sees) expect(spoilt[0].at(row, k)).toBe(clean[0].at(row, k));
          if (!sees) expect(spoilt[1].at(rows - 1, k)).toBe(0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("has first and second derivatives that numbers confirm", () => {
    const mask = Uint8Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0);
    const random = new Random(1);
    const leaves = [[2, 3], [4, 3], [4]].map((shape) => variable(random.normal(shape)));
    const masking = new Masking(mask, 4, 3);
    const report = gradcheck((x, W, b) => maskedAffineMap(x, W, b, masking), leaves, { order: 2 });
    expect(report).toMatchObject({ failures: [], passed: true });
  });

  it("lets nothing of a masked weight through, not even NaN, and sees that a Parameter has been assigned", () => {
    const masking = new Masking(Uint8Array.of(1, 0), 1, 2);
    const [x, b] = [new Tensor(Float64Array.of(2, 3), [1, 2]), new Tensor(Float64Array.of(1), [1])];
    const W = parameter([[5, Number.NaN]]);
    const value = (): number => noGrad(() => maskedAffineMap(x, W, b, masking)).item();
    expect(value()).toBe(11);
    W.assign(new Tensor(Float64Array.of(-1, 7), [1, 2]));
    expect(value()).toBe(-1);
  });
});
