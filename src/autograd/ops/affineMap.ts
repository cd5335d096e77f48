import { ShapeError } from "../../tensor/errors.ts";
import { formatShape } from "../../tensor/shape.ts";
import {
  type AffineGradients,
  affineMapGradients,
  affineMap as affineMapVectors,
} from "../../tensor/simd/simdAffineMap.ts";
import { tanhSimd } from "../../tensor/simd/simdElementary.ts";
import { mapNumbers } from "../../tensor/simd/simdElementwise.ts";
import { mayNeedZeros, mayNeedZerosInRows, strongMatmul } from "../../tensor/simd/strongMatmul.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { memo } from "../memo.ts";
import { apply, isRecording, type Rule } from "../rule.ts";
import { Variable } from "../variable.ts";
import { sumTo } from "./broadcast.ts";
import { tanhGradient } from "./exponential.ts";
import { type Masking, maskWeight } from "./masking.ts";
import { chainMatmul } from "./matmul.ts";

// B batch

/** What is applied to an affine map in the same op. */
export type FusedActivation = "identity" | "tanh";

const affineMapRule: Rule<
  [x: Tensor, weight: Tensor, bias: Tensor],
  [activation: FusedActivation, masking: Masking | undefined]
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
  forward([x, weight, bias], { data: y }, activation, masking) {
    const [B, inputs] = x.shape;
    const { data: b, size: outputs } = bias;
    const W = masking === undefined ? weight.data : masking.of(weight);
    const band = masking?.rows;
    const done = affineMapVectors(y, x.data, W, b, B, inputs, activation === "tanh", band);
    if (done && (band === undefined || !mayNeedZeros("B", y, 0, B, outputs, band.columns))) return;
    strongMatmul(masking === undefined ? "none" : "B", y, x.data, W, B, outputs, inputs, "NT", 0, 0, 0, band);
    for (let i = 0; i < y.length; i += outputs) for (let j = 0; j < outputs; j++) y[i + j] += b[j];
    if (activation === "tanh") mapNumbers(tanhSimd, y, y);
  },
  vjp([x, weight, bias], y, g, activation, masking) {
    /** The cotangent of x·Wᵀ + b. */
    const h = memo(() => (activation === "tanh" ? tanhGradient(g, y) : g));
    let wantsX = false;
    /** All three gradients at once, unless they are to be differentiated again. */
    const fused = memo(() => (isRecording() ? null : gradients([x, weight, bias], y, g, activation, masking, wantsX)));
    const masked = <W extends Tensor>(W: W): W | Variable => (masking === undefined ? W : maskWeight(W, masking));
    return [
      () => {
        wantsX = true;
        // the zeros of the cotangent are strong, and so are those of a mask
        return fused()?.x ?? chainMatmul(h(), masked(weight), "NN", masking === undefined ? "A" : "AB");
      },
      () => fused()?.weight ?? masked(chainMatmul(h(), x, "TN", "A")),
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
  masking: Masking | undefined,
  wantsX: boolean,
): AffineGradients<Variable> | null {
  const like = ({ size, shape }: Tensor): Variable => new Variable(new Float64Array(size), shape);
  const make = (): AffineGradients<Variable> => ({
    x: wantsX ? like(x) : null,
    weight: like(weight),
    bias: like(bias),
  });
  const [[B, inputs], outputs] = [x.shape, bias.size];
  const band = masking?.columns;
  const W = masking === undefined ? weight.data : masking.of(weight);
  const to = affineMapGradients(make, g.data, activation === "tanh" ? y.data : null, x, W, outputs, band);
  if (to === null) return null;
  const wrongX = (dx: Float64Array): boolean =>
    mayNeedZeros(masking === undefined ? "A" : "AB", dx, 0, B, inputs, band?.columns);
  const wrongWeight = (dW: Float64Array): boolean =>
    band === undefined ? mayNeedZeros("A", dW, 0, outputs, inputs) : mayNeedZerosInRows(dW, inputs, band);
  if (wrongWeight(to.weight.data) || (to.x !== null && wrongX(to.x.data))) return null;
  masking?.select(to.weight.data, to.weight.data);
  return to;
}

/**
 * y = x Wᵀ + b, or tanh(x Wᵀ + b): what a layer of a net does, in one op. The same bits as `add(matmul(x, W, "NT"), b)` and `tanh`.
 *
 * Gradient: with h = g, or g·(1 − y²) behind tanh: hW, hᵀx, and h summed over the batch. Shape: [B, inputs], [outputs, inputs],
 * [outputs] → [B, outputs]. Cost: 2·B·inputs·outputs operations; one pass over y instead of three. Throws ShapeError.
 */
export function affineMap(x: Tensor, weight: Tensor, bias: Tensor, activation: FusedActivation = "identity"): Variable {
  return apply(affineMapRule, [x, weight, bias], activation, undefined);
}

/**
 * y = x (mask∘W)ᵀ + b: where the mask is 0 a weight acts nowhere, not even if it is NaN, or meets NaN or ∞.
 *
 * Gradient: g (mask∘W), mask∘(gᵀx), and g summed over the batch. Shape: as {@link affineMap}. Cost: what lies outside the bands of the
 * mask is not computed (tensor/simd/bands.ts), about half of each product for the hidden layers of an autoregressive net.
 */
export function maskedAffineMap(x: Tensor, weight: Tensor, bias: Tensor, masking: Masking): Variable {
  return apply(affineMapRule, [x, weight, bias], "identity", masking);
}
