import { ShapeError } from "../../tensor/errors.ts";
import { sumAxis } from "../../tensor/kernels/reduce.ts";
import { formatShape } from "../../tensor/shape.ts";
import { affineMapGradients, affineMap as affineMapVectors } from "../../tensor/simd/simdAffineMap.ts";
import { tanhGradientSimd } from "../../tensor/simd/simdArithmetic.ts";
import { tanhSimd } from "../../tensor/simd/simdElementary.ts";
import { mapNumbers, mapPairs } from "../../tensor/simd/simdElementwise.ts";
import { mayNeedZeros, mayNeedZerosInRows, strongMatmul } from "../../tensor/simd/strongMatmul.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { memo } from "../memo.ts";
import { apply, applyMany, isRecording, type ManyRule, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
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
  lowering: "affineMap",
  vjp([x, weight, bias], y, g, activation, masking) {
    /** The cotangent of x·Wᵀ + b. */
    const h = memo(() => (activation === "tanh" ? tanhGradient(g, y) : g));
    let wantsX = false;
    /** All three gradients at once, unless they are to be differentiated again. */
    const fused = memo(() => {
      if (isRecording()) return null;
      return applyMany(
        affineMapGradientsRule,
        [g, activation === "tanh" ? y : g, x, weight],
        activation,
        masking,
        wantsX,
      );
    });
    const masked = <W extends Tensor>(W: W): W | Variable => (masking === undefined ? W : maskWeight(W, masking));
    return [
      () => {
        wantsX = true;
        // the zeros of the cotangent are strong, and so are those of a mask
        return fused()?.[2] ?? chainMatmul(h(), masked(weight), "NN", masking === undefined ? "A" : "AB");
      },
      () => fused()?.[0] ?? masked(chainMatmul(h(), x, "TN", "A")),
      () => fused()?.[1] ?? sumTo(h(), bias.shape),
    ];
  },
};

/**
 * hᵀx and the sum of h over the batch, and hW if it is wanted, with h = g, or g·(1 − y²) behind tanh. The zeros of h are strong, and so are those of
 * a mask. Never recorded: where gradients are differentiated again, they are made of single ops.
 */
const affineMapGradientsRule: ManyRule<
  [g: Tensor, y: Tensor, x: Tensor, weight: Tensor],
  [activation: FusedActivation, masking: Masking | undefined, wantsX: boolean]
> = {
  name: "affineMapGradients",
  shapes: ([, , x, weight], _activation, _masking, wantsX) => [
    weight.shape,
    [weight.shape[0]],
    ...(wantsX ? [x.shape] : []),
  ],
  forward([g, y, x, weight], [dW, db, dx], activation, masking) {
    const [[B, inputs], outputs] = [x.shape, db.size];
    const W = masking === undefined ? weight.data : masking.of(weight);
    const band = masking?.columns;
    const to = { weight: dW.data, bias: db.data, x: dx?.data ?? null };
    const done = affineMapGradients(to, g.data, activation === "tanh" ? y.data : null, x, W, outputs, band);
    const strong = masking === undefined ? "A" : "AB";
    const wrongWeight = (): boolean =>
      band === undefined
        ? mayNeedZeros("A", to.weight, 0, outputs, inputs)
        : mayNeedZerosInRows(to.weight, inputs, band);
    const wrongX = (): boolean => to.x !== null && mayNeedZeros(strong, to.x, 0, B, inputs, band?.columns);
    if (!done || wrongWeight() || wrongX()) {
      const h = activation === "tanh" ? new Float64Array(g.size) : g.data;
      if (activation === "tanh") mapPairs(tanhGradientSimd, h, g.data, y.data);
      sumAxis(h, [B, outputs], 0, to.bias);
      strongMatmul("A", to.weight, h, x.data, outputs, inputs, B, "TN");
      if (to.x !== null) strongMatmul(strong, to.x, h, W, B, inputs, outputs, "NN");
    }
    masking?.select(to.weight, to.weight);
  },
  lowering: "affineMapGradients",
  vjp: () => [],
};

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
