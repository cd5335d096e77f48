import { type Bijection, eye, noGrad, type Random, type Tensor, tensor, transpose } from "diffeo";
import { type Matrix, matrixOf, normInfinity } from "../matrix.ts";
import { randomOrthogonal, randomWeight } from "./linear.ts";

// What the tests of linear layers share.

/** W of a linear layer: its columns are the images of the unit vectors. */
export function weightOf(layer: Bijection): Tensor {
  return noGrad(() => transpose(layer.forward(eye(layer.dataShape[0])).z));
}

/** How far two matrices are apart, relative to the second: max|A − B|/‖B‖∞. */
export function relativeDistance(A: Tensor, B: Tensor): number {
  const largest = A.data.reduce((most, value, at) => Math.max(most, Math.abs(value - B.data[at])), 0);
  return largest / normInfinity(rowsOf(B));
}

/** A square matrix as rows. */
export function rowsOf(A: Tensor): Matrix {
  return matrixOf(A, A.shape[0]);
}

/** The weights that every linear layer should take, whatever their determinant's sign and wherever their zeros are. */
export function awkwardWeights(D: number, random: Random): Tensor[] {
  const rows = (entry: (i: number, j: number) => number): Tensor =>
    tensor(Array.from({ length: D }, (_, i) => Array.from({ length: D }, (_, j) => entry(i, j))));
  return [
    eye(D),
    rows((i, j) => (i === j ? -1 : 0)),
    rows((i, j) => (i === j ? (i === 0 ? -2 : 3) : 0)),
    rows((i, j) => (i + j === D - 1 ? 1 : 0)), // zeros where pivots are looked for
    rows((i, j) => (j === (i + 1) % D ? (i % 2 === 0 ? 1 : -1) : 0)),
    randomWeight(D, random),
    randomOrthogonal(D, random),
  ];
}
