import { matrixExp as matrixExpKernel } from "../../../tensor/linalg/matrixExponential.ts";
import { type Tensor, zeros } from "../../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { concat, split, transpose } from "../rearrange.ts";
import { asSquareMatrices, countOf, lastTwo } from "./stack.ts";

const matrixExpRule: Rule<[A: Tensor]> = {
  name: "matrixExp",
  shape: ([A]) => A.shape,
  forward([A], Y) {
    const [n] = lastTwo(A.shape);
    for (let i = 0; i < countOf(A); i++) {
      matrixExpKernel(A.data.subarray(i * n * n, (i + 1) * n * n), n, Y.data.subarray(i * n * n, (i + 1) * n * n));
    }
  },
  // exp [Aᵀ G; 0 Aᵀ] = [exp Aᵀ  L(Aᵀ, G); 0  exp Aᵀ], and L(Aᵀ, ·) is the adjoint of L(A, ·)
  vjp([A], _Y, g) {
    return [
      () => {
        const [n] = lastTwo(A.shape);
        const At = transpose(A);
        const top = concat([At, g], -1);
        const bottom = concat([zeros(A.shape), At], -1);
        const Y = apply(matrixExpRule, [concat([top, bottom], -2)]);
        const [upper] = split(Y, [n, n], -2);
        return split(upper, [n, n], -1)[1];
      },
    ];
  },
};

/**
 * Y = exp A = I + A + A²/2! + …, the matrix exponential; its inverse is exp(−A), and det exp A = exp(tr A).
 *
 * Gradient: L(Aᵀ, g), the derivative of exp at Aᵀ in the direction g, read off the exponential of [Aᵀ g; 0 Aᵀ].
 * Shape: [..., n, n] → [..., n, n]. Special cases: exp 0 = I exactly; entries that are not finite make all of Y NaN; where the
 * result overflows it has ∞ and NaN.
 * Cost: about (11 + s)·2n³ operations, s = log₂‖A‖ or less, and eight times that for the gradient. Throws ShapeError.
 * Reference: Al-Mohy & Higham (2009), A new scaling and squaring algorithm for the matrix exponential; gradient: Higham
 * (2008), Functions of Matrices, chapter 3; docs/derivations/matrixExp.md.
 *
 * @example
 * matrixExp(tensor([[0, 1], [0, 0]])); // [[1, 1], [0, 1]]
 */
export function matrixExp(A: Operand): Variable {
  return apply(matrixExpRule, [asSquareMatrices("matrixExp", A)]);
}
