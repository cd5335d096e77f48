import type { Bijection, Random, Tensor } from "diffeo";

/** What a row of the table is made from. */
export interface LayerChoice {
  readonly D: number;
  readonly context: number;
  readonly random: Random;
}

/** One kind of layer, for the property tests: a new layer is one new row. */
export interface LayerRow {
  readonly name: string;
  /** Whether it takes a context of the given width. */
  readonly conditional: boolean;
  readonly make: (choice: LayerChoice) => Bijection;
  /** Its points have a shape of their own, to which `D` only leads: it does not fit among layers on [D]. */
  readonly ownShape?: true;
  /** Whether ∂z_i/∂x_j may be other than 0 at that place. Everywhere, if absent. */
  readonly mayDepend?: (i: number, j: number, D: number) => boolean;
  /** A matrix: in stacks its parameters stay near the start, for products of ill-conditioned matrices have no certificate. */
  readonly matrix?: true;
  /** The least D; 2 if absent. */
  readonly leastD?: number;
  /** Points [n, D] where the layer is defined, and smooth so far around that numbers can tell; N(0, 1) if absent. */
  readonly draw?: (
    random: Random,
    shape: readonly [n: number, D: number],
    layer: Bijection,
    context?: Tensor,
  ) => Tensor;
  /** In stacks an affine map leads to a point that `draw` draws: others would lead to where it is not defined, nearly flat, or has a kink. */
  readonly alone?: true;
  /** Points of the largest sizes for which values and gradients are finite; up to 1e6 in size, if absent. */
  readonly extremes?: (random: Random, shape: readonly [n: number, D: number]) => Tensor;
  /** A stack of its own: its parameters stay near the start, for products of steep layers have no certificate. */
  readonly nearStart?: true;
}
