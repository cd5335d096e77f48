import {
  type Bijection,
  conv1x1,
  diagonal,
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
import { withSingularValues } from "../randomMatrices.ts";
import type { LayerRow } from "./layerRow.ts";

// The linear layers. What they start from decides signs, permutation and number of reflections; parameters come later.

/** An invertible matrix whose singular values lie between 1 and 2; its determinant is negative half the time. */
export function randomWeight(D: number, random: Random): Tensor {
  return new Tensor(withSingularValues(Array.from(random.uniform([D], 1, 2).data), D, D, random), [D, D]);
}

/** A diagonal of signs, and small entries beside it: the triangles of such a matrix are far from singular. */
function signedDiagonal(D: number, random: Random): Tensor {
  const entries = random.uniform([D, D], -1, 1).data;
  const weight = entries.map((value, at) => (at % (D + 1) === 0 ? (value < 0 ? value - 1 : value + 1) : value / D));
  return new Tensor(weight, [D, D]);
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

const linear = { conditional: false, matrix: true, leastD: 1 } as const;

function convRow(parametrization: "lu" | "qr" | "full", bias = false): LayerRow {
  return {
    ...linear,
    name: `conv1x1, ${parametrization}${bias ? ", with a bias" : ""}`,
    make: ({ D, random }) => {
      const [channels, height, width] = imageShape(D);
      return asVectors(conv1x1({ channels, height, width, parametrization, bias, random }));
    },
    mayDepend: (i, j, D) => {
      const [, H, W] = imageShape(D);
      return i % (H * W) === j % (H * W);
    },
  };
}

/** One row per linear layer, parametrization and way to start. */
export const LINEAR_LAYERS: readonly LayerRow[] = [
  {
    ...linear,
    name: "diagonalLinear",
    make: ({ D, random }) => diagonalLinear({ weight: diagonal(signedDiagonal(D, random)) }),
    mayDepend: (i, j) => i === j,
  },
  {
    ...linear,
    name: "triangularLinear, lower",
    make: ({ D, random }) => triangularLinear({ weight: tril(signedDiagonal(D, random)) }),
    mayDepend: (i, j) => j <= i,
  },
  {
    ...linear,
    name: "triangularLinear, upper",
    make: ({ D, random }) => triangularLinear({ weight: triu(signedDiagonal(D, random)), lower: false }),
    mayDepend: (i, j) => j >= i,
  },
  {
    ...linear,
    name: "luLinear",
    make: ({ D, random }) => luLinear({ dimensions: D, random }),
  },
  {
    ...linear,
    name: "luLinear of a weight",
    make: ({ D, random }) => luLinear({ weight: randomWeight(D, random) }),
  },
  {
    ...linear,
    name: "qrLinear, any number of reflections",
    make: ({ D, random }) => qrLinear({ dimensions: D, random, reflections: random.integers([], D + 3).item() }),
  },
  {
    ...linear,
    name: "qrLinear of a weight",
    make: ({ D, random }) => qrLinear({ weight: randomWeight(D, random) }),
  },
  {
    ...linear,
    name: "orthogonalLinear, householder",
    make: ({ D, random }) => orthogonalLinear({ weight: randomOrthogonal(D, random) }),
  },
  {
    ...linear,
    name: "orthogonalLinear, cayley",
    make: ({ D, random }) => orthogonalLinear({ weight: randomOrthogonal(D, random), parametrization: "cayley" }),
  },
  {
    ...linear,
    name: "orthogonalLinear, exponential",
    make: ({ D, random }) => orthogonalLinear({ dimensions: D, random, parametrization: "exponential" }),
  },
  {
    ...linear,
    name: "fullLinear",
    make: ({ D, random }) => fullLinear({ dimensions: D, random }),
  },
  {
    ...linear,
    name: "luLinear with a bias",
    make: ({ D, random }) => luLinear({ dimensions: D, random, bias: true }),
  },
  {
    ...linear,
    name: "orthogonalLinear, cayley, with a bias",
    make: ({ D, random }) => orthogonalLinear({ dimensions: D, random, parametrization: "cayley", bias: true }),
  },
  convRow("lu"),
  convRow("lu", true),
  convRow("qr"),
  convRow("full"),
];
