import { times } from "../../autograd/ops/aligned.ts";
import { add } from "../../autograd/ops/arithmetic.ts";
import { maskWeight } from "../../autograd/ops/masking.ts";
import { chainMatmul } from "../../autograd/ops/matmul.ts";
import { concat } from "../../autograd/ops/rearrange.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { MaskedMap, MaskedMlp } from "../../nets/maskedMlp.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";

// The chain rule through a masked net, written out in ops: all coordinates at once, as ordinary differentiation does it.
// B batch, D coordinates, P raw numbers per coordinate, C context width

/** Tangents of everything in a net when its input moves. */
interface Tangents {
  /** Of what each map multiplies, [B, columns]. */
  readonly sources: readonly Tensor[];
  /** Of what each map gives, [B, rows]. */
  readonly h: readonly Variable[];
}

/** ḣ_l = [ḣ_{l−2} +] W_l·(slope_{l−1}·)ḣ_{l−1}, from ẋ = v [B, D]; the context stands still. */
export function tangentsOf(
  net: MaskedMlp,
  v: Tensor,
  slopes: readonly (Tensor | null)[],
  weights: readonly Tensor[],
): Tangents {
  const sources: Tensor[] = [net.context === 0 ? v : concat([v, zeros([v.shape[0], net.context])], 1)];
  const h: Variable[] = [];
  net.maps.forEach(({ skip }, l) => {
    const mapped = chainMatmul(sources[l], weights[l], "NT", "AB");
    h.push(skip ? add(h[l - 2], mapped) : mapped);
    const slope = slopes[l];
    if (l + 1 < net.maps.length) sources.push(slope === null ? h[l] : times(h[l], slope));
  });
  return { sources, h };
}

/** Cotangents of everything in a net, given those of its outputs. */
interface Cotangents {
  /** Of what each map gives, [B, rows]. */
  readonly h: readonly Variable[];
  /** Of what the next map multiplies: h̄_l before it is multiplied by the slope and a skip is added. */
  readonly beforeSlope: readonly Variable[];
}

/** h̄_l = (slope_l·) W_{l+1}ᵀ h̄_{l+1} [+ h̄_{l+2}], from the cotangents of the outputs [B, P·D]. */
export function cotangentsOf(
  { maps }: MaskedMlp,
  outputs: Variable,
  slopes: readonly (Tensor | null)[],
  weights: readonly Tensor[],
): Cotangents {
  const h: Variable[] = new Array(maps.length);
  const beforeSlope: Variable[] = new Array(maps.length);
  h[maps.length - 1] = outputs;
  for (let l = maps.length - 2; l >= 0; l--) {
    beforeSlope[l] = chainMatmul(h[l + 1], weights[l + 1], "NN", "AB");
    const slope = slopes[l];
    h[l] = slope === null ? beforeSlope[l] : times(beforeSlope[l], slope);
    if (l + 2 < maps.length && maps[l + 2].skip) h[l] = add(h[l], h[l + 2]);
  }
  return { h, beforeSlope };
}

/** W̄ = h̄ᵀ·source, 0 where the mask is. */
export function weightCotangent({ masking }: MaskedMap, h: Tensor, source: Tensor): Variable {
  return maskWeight(chainMatmul(h, source, "TN", "A"), masking);
}

/** [B, D] → [B, P·D]: one copy per raw number. */
export function tile(u: Variable, P: number): Variable {
  return P === 1 ? u : concat(new Array<Variable>(P).fill(u), 1);
}
