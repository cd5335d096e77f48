import { ShapeError } from "../../tensor/errors.ts";
import { formatShape } from "../../tensor/shape.ts";
import {
  type AffineGradients,
  affineMapGradients,
  affineMap as affineMapVectors,
  storeCotangent,
} from "../../tensor/simd/simdAffineMap.ts";
import { tanhSimd } from "../../tensor/simd/simdElementary.ts";
import { mapNumbers } from "../../tensor/simd/simdElementwise.ts";
import { mayNeedZeros, type StrongOperands, strongMatmul } from "../../tensor/simd/strongMatmul.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { memo } from "../memo.ts";
import { apply, isRecording, type Rule } from "../rule.ts";
import { Variable } from "../variable.ts";
import { sumTo } from "./broadcast.ts";
import { tanhGradient } from "./exponential.ts";
import { chainMatmul } from "./matmul.ts";

// B batch

/** What is applied to an affine map in the same op. */
export type FusedActivation = "identity" | "tanh";

/** Whether the zeros of the weight are strong: a masked weight acts nowhere, not on NaN or ∞ either. */
export type WeightZeros = "ordinary" | "strong";

const affineMapRule: Rule<
  [x: Tensor, weight: Tensor, bias: Tensor],
  [activation: FusedActivation, weightZeros: WeightZeros]
> = {
  name: "affineMap",
  shape([x, weight, bias]) {
    const [outputs, inputs] = weight.shape;
    if (x.rank === 2 && weight.rank === 2 && bias.rank === 1 && x.shape[1] === inputs && bias.size === outputs) {
      return [x.shape[0], outputs];
    }
    const came = [x, weight, bias].map(({ shape }) => formatShape(shape)).join(", ");
    throw new ShapeError(`affineMap: shapes must be [B, inputs], [outputs, inputs] and [outputs]; got ${came}`);
  },
  forward([x, weight, bias], { data: y }, activation, weightZeros) {
    const [B, inputs] = x.shape;
    const { data: b, size: outputs } = bias;
    const strong = weightZeros === "strong";
    const done = affineMapVectors(y, x.data, weight.data, b, B, inputs, activation === "tanh");
    if (done && !(strong && (activation === "tanh" || mayNeedZeros("B", y, 0, B, outputs)))) return;
    strongMatmul(strong ? "B" : "none", y, x.data, weight.data, B, outputs, inputs, "NT");
    for (let i = 0; i < y.length; i += outputs) for (let j = 0; j < outputs; j++) y[i + j] += b[j];
    if (activation === "tanh") mapNumbers(tanhSimd, y, y);
  },
  vjp([x, weight, bias], y, g, activation, weightZeros) {
    /** The cotangent of x·Wᵀ + b. */
    const h = memo(() => (activation === "tanh" ? tanhGradient(g, y) : g));
    /** Whose zeros are strong in the gradient of x: those of the cotangent, and of a weight that is masked. */
    const strong = weightZeros === "strong" ? "AB" : "A";
    let wantsX = false;
    /** All three gradients at once, unless they are to be differentiated again. */
    const fused = memo(() => (isRecording() ? null : gradients([x, weight, bias], y, g, activation, wantsX, strong)));
    return [
      () => {
        wantsX = true;
        return fused()?.x ?? chainMatmul(h(), weight, "NN", strong);
      },
      () => fused()?.weight ?? chainMatmul(h(), x, "TN", "A"),
      () => fused()?.bias ?? sumTo(h(), bias.shape),
    ];
  },
};

/** hW, hᵀx and the sum of h, without a graph; null if the single ops have to be used, whose zeros are strong. */
function gradients(
  [x, weight, bias]: readonly [Tensor, Tensor, Tensor],
  y: Tensor,
  g: Tensor,
  activation: FusedActivation,
  wantsX: boolean,
  strong: StrongOperands,
): AffineGradients<Variable> | null {
  if (!storeCotangent(g.data, activation === "tanh" ? y.data : null)) return null;
  const like = ({ size, shape }: Tensor): Variable => new Variable(new Float64Array(size), shape);
  const to = { x: wantsX ? like(x) : null, weight: like(weight), bias: like(bias) };
  affineMapGradients(to, x, weight);
  const wrong = ({ data, shape: [rows, columns] }: Variable, zeros: StrongOperands): boolean =>
    mayNeedZeros(zeros, data, 0, rows, columns);
  return wrong(to.weight, "A") || (to.x !== null && wrong(to.x, strong)) ? null : to;
}

/**
 * y = x Wᵀ + b, or tanh(x Wᵀ + b): what a layer of a net does, in one op. The same bits as `add(matmul(x, W, "NT"), b)` and `tanh`.
 *
 * Gradient: with h = g, or g·(1 − y²) behind tanh: hW, hᵀx, and h summed over the batch. Shape: [B, inputs], [outputs, inputs],
 * [outputs] → [B, outputs]. Cost: 2·B·inputs·outputs operations; one pass over y instead of three. Throws ShapeError.
 */
export function affineMap(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  activation: FusedActivation = "identity",
  weightZeros: WeightZeros = "ordinary",
): Variable {
  return apply(affineMapRule, [x, weight, bias], activation, weightZeros);
}
