import {
  actNorm,
  affineCoupling,
  alternatingMask,
  type Bijection,
  complement,
  compose,
  halvesMask,
  invert,
  permutation,
  type Random,
  realNVP,
  reverse,
  standardization,
  Tensor,
} from "diffeo";
import { autoregressive } from "./flows/autoregressive.ts";
import { elements } from "./flows/elements.ts";
import { images } from "./flows/images.ts";
import { LINEAR_LAYERS } from "./flows/linear.ts";

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

/** A mask that is neither half nor alternating, but has some of each. */
function oddMask(D: number): Uint8Array {
  return Uint8Array.from({ length: D }, (_, i) => (i % 3 === 1 ? 1 : 0));
}

function couplingRow(name: string, maskOf: (D: number) => Uint8Array): LayerRow {
  return {
    name: `affineCoupling, ${name} mask`,
    conditional: true,
    make: ({ D, context, random }) =>
      affineCoupling({ dimensions: D, mask: maskOf(D), hidden: [5, 4], context, random }),
    mayDepend: (i, j, D) => i === j || (maskOf(D)[i] === 0 && maskOf(D)[j] === 1),
  };
}

/** Couplings, permutations, normalisations, and what is made of them. */
export const PLAIN_LAYERS: readonly LayerRow[] = [
  couplingRow("halves", halvesMask),
  couplingRow("complementary halves", (D) => complement(halvesMask(D))),
  couplingRow("alternating", alternatingMask),
  couplingRow("odd", oddMask),
  {
    name: "affineCoupling, silu, wide scale bound",
    conditional: true,
    make: ({ D, context, random }) =>
      affineCoupling({ dimensions: D, hidden: [6], activation: "silu", maximumLogScale: 3, context, random }),
    mayDepend: (i, j, D) => i === j || (halvesMask(D)[i] === 0 && halvesMask(D)[j] === 1),
  },
  {
    name: "actNorm",
    conditional: false,
    leastD: 1,
    make: ({ D }) => actNorm({ dimensions: D }),
    mayDepend: (i, j) => i === j,
  },
  {
    name: "permutation",
    conditional: false,
    leastD: 1,
    make: ({ D, random }) => permutation({ dimensions: D, random }),
  },
  {
    name: "reverse",
    conditional: false,
    leastD: 1,
    make: ({ D }) => reverse({ dimensions: D }),
    mayDepend: (i, j, D) => i + j === D - 1,
  },
  {
    name: "standardization",
    conditional: false,
    leastD: 1,
    make: ({ D, random }) => standardization(random.normal([20, D])),
    mayDepend: (i, j) => i === j,
  },
  {
    name: "inverted affineCoupling",
    conditional: true,
    make: ({ D, context, random }) => invert(affineCoupling({ dimensions: D, hidden: [5], context, random })),
    mayDepend: (i, j, D) => i === j || (halvesMask(D)[i] === 0 && halvesMask(D)[j] === 1),
  },
  {
    name: "composition of compositions",
    conditional: false,
    make: ({ D, random }) =>
      compose(
        compose(actNorm({ dimensions: D }), permutation({ dimensions: D, random })),
        affineCoupling({ dimensions: D, hidden: [5], random }),
      ),
  },
  {
    name: "realNVP",
    conditional: true,
    make: ({ D, context, random }) => realNVP({ dimensions: D, layers: 3, hidden: [5], context, random }).bijection,
  },
];

/** Every layer and recipe there is; each group has its file of tests in test/property/everyLayer/. */
export const LAYERS: readonly LayerRow[] = [
  ...PLAIN_LAYERS,
  ...autoregressive,
  ...LINEAR_LAYERS,
  ...elements,
  ...images,
];

/**
 * Moves every parameter away from its start, where a layer is the identity and even a wrong log-det looks right:
 * weights to N(0, 1.4²/inputs), all else to N(0, 0.5²).
 */
export function randomizeParameters(layer: { parameters: Bijection["parameters"] }, random: Random): void {
  for (const parameter of layer.parameters) {
    const scale = parameter.rank >= 2 ? 1.4 / Math.sqrt(parameter.size / parameter.shape[0]) : 0.5;
    const noise = random.normal(parameter.shape);
    parameter.assign(
      new Tensor(
        noise.data.map((value) => value * scale),
        parameter.shape,
      ),
    );
  }
}

/** Moves every parameter a little: matrices by noise of norm ½ or so, all else by N(0, 0.25²). */
export function perturbParameters(layer: { parameters: Bijection["parameters"] }, random: Random): void {
  for (const parameter of layer.parameters) {
    const scale = parameter.rank >= 2 ? 0.25 / Math.sqrt(parameter.size / parameter.shape[0]) : 0.25;
    const noise = random.normal(parameter.shape).data;
    parameter.assign(
      new Tensor(
        parameter.data.map((value, i) => value + scale * noise[i]),
        parameter.shape,
      ),
    );
  }
}
