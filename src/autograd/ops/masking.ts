import { type Band, bandOf } from "../../tensor/simd/bands.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Rule } from "../rule.ts";
import { Parameter, type Variable } from "../variable.ts";

/** A constant mask over a weight [rows, columns], with what products of that weight can leave out. */
export class Masking {
  /** In the shape of the weight: 1 where it acts. */
  readonly mask: Uint8Array;
  /** For eight rows of the weight each, the columns in which they act; */
  readonly rows: Band;
  /** for eight columns each, the rows. */
  readonly columns: Band;
  readonly #masked: Float64Array;
  #weight: Parameter | null = null;
  #version = -1;

  constructor(mask: Uint8Array, rows: number, columns: number) {
    this.mask = mask;
    this.rows = bandOf(mask, rows, columns, columns, 1);
    this.columns = bandOf(mask, columns, rows, 1, columns);
    this.#masked = new Float64Array(mask.length);
  }

  /**
   * The weight where the mask is 1, and 0 elsewhere: for a Parameter once, until it is assigned. To be read at once and not kept, for the next
   * weight overwrites it.
   */
  of(weight: Tensor): Float64Array {
    const parameter = weight instanceof Parameter ? weight : null; // anything else could hold a whole graph alive
    if (parameter === null || parameter !== this.#weight || parameter.version !== this.#version) {
      this.select(weight.data, this.#masked);
      this.#weight = parameter;
      this.#version = parameter?.version ?? -1;
    }
    return this.#masked;
  }

  /** to = from where the mask is 1, and 0 elsewhere. */
  select(from: Float64Array, to: Float64Array): void {
    const { mask } = this;
    for (let i = 0; i < mask.length; i++) to[i] = mask[i] === 1 ? from[i] : 0; // a select: 0·NaN would be NaN
  }
}

const maskRule: Rule<[weight: Tensor], [masking: Masking]> = {
  name: "maskWeight",
  shape: ([weight]) => weight.shape,
  forward: ([weight], y, masking) => masking.select(weight.data, y.data),
  vjp: (_inputs, _y, g, masking) => [() => maskWeight(g, masking)],
};

/** The weight where the mask is 1, and 0 elsewhere. Gradient: g, masked. */
export function maskWeight(weight: Tensor, masking: Masking): Variable {
  return apply(maskRule, [weight], masking);
}
