import type { Definition } from "../../nets/conditioner.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ForwardResult, InverseResult } from "../bijection.ts";

/**
 * How one coordinate is moved, invertibly, given what a conditioner says about it.
 *
 * The conditioner's output holds P raw numbers per coordinate, parameter after parameter along axis 1: [B, P·D] for
 * points [B, D]. The same element serves coupling layers and autoregressive ones.
 */
export interface Element {
  /** P, how many raw numbers each coordinate needs. */
  readonly rawPerDimension: number;
  readonly definition: Definition;
  /** x [B, D], raw [B, P·D] → z [B, D], logDet [B]. */
  forward(x: Tensor, raw: Tensor): ForwardResult;
  /** z [B, D], raw [B, P·D] → x [B, D], logDet [B]. */
  inverse(z: Tensor, raw: Tensor): InverseResult;
}
