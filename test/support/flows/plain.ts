import {
  actNorm,
  affineCoupling,
  alternatingMask,
  complement,
  compose,
  halvesMask,
  invert,
  permutation,
  realNVP,
  reverse,
  standardization,
} from "diffeo";
import type { LayerRow } from "./layerRow.ts";

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
