// x_i = element(z_i; net_i(z_j: j before i)): the inverse of maskedAutoregressive as a layer.
import type { Kind } from "../../tensor/definitions/reading.ts";
import { fieldsWritten } from "../../tensor/definitions/writing.ts";
import type { Bijection } from "../bijection.ts";
import { invertedAs } from "../compose.ts";
import { autoregressive, autoregressiveEntry, type MaskedAutoregressiveOptions } from "./maskedAutoregressive.ts";

/** As {@link maskedAutoregressive}. */
export type InverseAutoregressiveOptions = MaskedAutoregressiveOptions;

/**
 * x_i = element(z_i; net_i(z_j: j before i)): the inverse of {@link maskedAutoregressive} as a layer, quick to sample.
 * IAF.
 *
 * Log-det: minus that of the element at z. Inverse: one pass of the net.
 * Parameters: the net's; starts at the identity (affine elements). Smoothness: that of element and net.
 * Cost: inverse one pass of the net; forward half the arithmetic of one, in as many dependent steps as the dependencies
 * are deep.
 * Throws DomainError and ShapeError as {@link maskedAutoregressive}.
 * Reference: Kingma, Salimans, Jozefowicz, Chen, Sutskever & Welling (2016), https://arxiv.org/abs/1606.04934. Where
 * they write x = μ + σ·z our affine element is read forwards: x = (z − μ)·exp(−log σ).
 *
 * @example
 * inverseAutoregressive({ dimensions: 2, random: new Random(1) }).cost; // { forward: "sequential", inverse: "parallel" }
 */
export function inverseAutoregressive(options: InverseAutoregressiveOptions): Bijection {
  const layer = autoregressive("inverseAutoregressive", options);
  return invertedAs({ ...fieldsWritten(layer.definition), type: "inverseAutoregressive" }, layer);
}

/** Rebuilds inverseAutoregressive from its definition. */
export const inverseAutoregressiveEntry: Kind<Bijection> = /*#__PURE__*/ autoregressiveEntry(inverseAutoregressive);
