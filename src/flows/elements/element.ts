import type { Definition } from "../../tensor/definitions/definition.ts";
import { type Place, type Reader, read } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ForwardResult, InverseResult } from "../bijection.ts";

/**
 * How one coordinate is moved: an invertible function of one number, whose parameters (μ and σ, say) come from a net that sees other
 * coordinates, the *conditioner* (nets/conditioner.ts).
 *
 * The net gives P *raw* numbers per coordinate, from −∞ to ∞, and the element makes parameters of them. They stand parameter after
 * parameter along axis 1: [B, P·D] for points [B, D]. All coordinates are moved in the same way, and the element has nothing to train.
 * Couplings and autoregressive layers take the same elements; they differ in what the net may see.
 */
export interface Element {
  /** P, how many raw numbers each coordinate needs. */
  readonly rawPerDimension: number;
  /** What it can be rebuilt from. */
  readonly definition: Definition;
  /** x [B, D], raw [B, P·D] → z [B, D], logDet [B], nats. Throws ShapeError. */
  forward(x: Tensor, raw: Tensor): ForwardResult;
  /** z [B, D], raw [B, P·D] → x [B, D], logDet [B], nats. Throws ShapeError. */
  inverse(z: Tensor, raw: Tensor): InverseResult;
  /**
   * The same inverse number by number, with the same bits, for passes that go coordinate by coordinate (onePass/), where calls of ops
   * would cost more than the arithmetic. In place: values[k] turns from z into x and logDets[k] into ln|∂x/∂z| for start ≤ k
   * < start + count; the p-th raw number of value start + k is raw[p·count + k]. Absent: such passes use `inverse`.
   */
  inverseEach?(values: Float64Array, start: number, count: number, raw: Float64Array, logDets: Float64Array): void;
}

/** x, if it is an element, the library's or one's own. Throws DomainError in the name of the operation. */
export function checkElement(operation: string, x: unknown): Element {
  const { rawPerDimension: P, forward, inverse } = (x ?? {}) as Partial<Element>;
  if (Number.isInteger(P) && typeof forward === "function" && typeof inverse === "function") return x as Element;
  throw new DomainError(`${operation}: element must be an element, as affineElement(); got ${describeValue(x)}`);
}

/** The field of a definition that says which element it is. */
export const readElement: Reader<Element> = (value, at) => read("an element", value, at);

/** The field of a definition that would say which function of its own an element was made with: those cannot be rebuilt. */
export function noFunction(value: unknown, at: Place): undefined {
  if (value !== undefined) throw at.refusal("is a map of the element's own, which cannot be rebuilt from a definition");
}
