import {
  type Bijection,
  conv1x1,
  diagonalLinear,
  fullLinear,
  luLinear,
  orthogonalLinear,
  qrLinear,
  type Random,
  reshape,
  Tensor,
  triangularLinear,
  tril,
  triu,
} from "diffeo";
import type { LayerRow } from "../flows.ts";
import { withSingularValues } from "../matrices.ts";

// The linear layers. What they start from decides signs, permutation and number of reflections; parameters come later.

/** An invertible matrix whose singular values lie between 1 and 2; its determinant is negative half the time. */
export function randomWeight(D: number, random: Random): Tensor {
  return new Tensor(withSingularValues(Array.from(random.uniform([D], 1, 2).data), D, D, random), [D, D]);
}

/** An orthogonal matrix; its determinant is −1 half the time. */
export function randomOrthogonal(D: number, random: Random): Tensor {
  return new Tensor(withSingularValues(new Array(D).fill(1), D, D, random), [D, D]);
}

/** A layer of images seen as one of vectors. */
export function asVectors(layer: Bijection): Bijection {
  const D = layer.dataShape.reduce((product, length) => product * length, 1);
  const image = (x: Tensor): Tensor => reshape(x, [x.shape[0], ...layer.dataShape]);
  return {
    ...layer,
    dataShape: [D],
    latentShape: [D],
    forward(x) {
      const { z, logDet } = layer.forward(image(x));
      return { z: reshape(z, [x.shape[0], D]), logDet };
    },
    inverse(z) {
      const { x, logDet } = layer.inverse(image(z));
      return { x: reshape(x, [z.shape[0], D]), logDet };
    },
  };
}

/** [C, H, W] with C·H·W = D: two pixels in a row, three in a column, or one. */
export function imageShape(D: number): [C: number, H: number, W: number] {
  if (D % 2 === 0) return [D / 2, 1, 2];
  return D % 3 === 0 ? [D / 3, 3, 1] : [D, 1, 1];
}

function convRow(parametrization: "lu" | "qr" | "full"): LayerRow {
  return {
    name: `conv1x1, ${parametrization}`,
    conditional: false,
    make: ({ D, random }) => {
      const [channels, height, width] = imageShape(D);
      return asVectors(conv1x1({ channels, height, width, parametrization, random }));
    },
    mayDepend: (i, j, D) => {
      const [, H, W] = imageShape(D);
      return i % (H * W) === j % (H * W);
    },
  };
}

const noContext = { conditional: false } as const;

/** One row per linear layer, parametrization and way to start. */
export const LINEAR_LAYERS: readonly LayerRow[] = [
  {
    ...noContext,
    name: "diagonalLinear",
    make: ({ D, random }) => diagonalLinear({ weight: random.normal([D]) }),
    mayDepend: (i, j) => i === j,
  },
  {
    ...noContext,
    name: "triangularLinear, lower",
    make: ({ D, random }) => triangularLinear({ weight: tril(random.normal([D, D])) }),
    mayDepend: (i, j) => j <= i,
  },
  {
    ...noContext,
    name: "triangularLinear, upper",
    make: ({ D, random }) => triangularLinear({ weight: triu(random.normal([D, D])), lower: false }),
    mayDepend: (i, j) => j >= i,
  },
  {
    ...noContext,
    name: "luLinear",
    make: ({ D, random }) => luLinear({ dimensions: D, random }),
  },
  {
    ...noContext,
    name: "luLinear of a weight",
    make: ({ D, random }) => luLinear({ weight: randomWeight(D, random) }),
  },
  {
    ...noContext,
    name: "qrLinear, any number of reflections",
    make: ({ D, random }) => qrLinear({ dimensions: D, random, reflections: random.integers([], D + 3).item() }),
  },
  {
    ...noContext,
    name: "qrLinear of a weight",
    make: ({ D, random }) => qrLinear({ weight: randomWeight(D, random) }),
  },
  {
    ...noContext,
    name: "orthogonalLinear, householder",
    make: ({ D, random }) => orthogonalLinear({ weight: randomOrthogonal(D, random) }),
  },
  {
    ...noContext,
    name: "orthogonalLinear, cayley",
    make: ({ D, random }) => orthogonalLinear({ weight: randomOrthogonal(D, random), parametrization: "cayley" }),
  },
  {
    ...noContext,
    name: "orthogonalLinear, exponential",
    make: ({ D, random }) => orthogonalLinear({ dimensions: D, random, parametrization: "exponential" }),
  },
  {
    ...noContext,
    name: "fullLinear",
    make: ({ D, random }) => fullLinear({ dimensions: D, random }),
  },
  convRow("lu"),
  convRow("qr"),
  convRow("full"),
];
