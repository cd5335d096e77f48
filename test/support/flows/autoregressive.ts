import { add, affineElement, iaf, inverseAutoregressive, maf, maskedAutoregressive, mul, tanh } from "diffeo";
import type { LayerRow } from "./layerRow.ts";

/** Each coordinate may depend on every second one before it: a pattern that is not transitive. */
export const everySecondBefore = (i: number, j: number): boolean => j < i && (i - j) % 2 === 1;

const matrixOf = (D: number): number[][] =>
  Array.from({ length: D }, (_, i) => Array.from({ length: D }, (_, j) => (everySecondBefore(i, j) ? 1 : 0)));

/** Scales within e^±0.7: in stacks of many layers, Jacobians stay invertible to some digits. Nets of a few units, whatever D. */
const gentle = { element: affineElement({ maximumLogScale: 0.7 }) };

/** Autoregressive layers and recipes. */
export const autoregressive: readonly LayerRow[] = [
  {
    name: "maskedAutoregressive, natural order",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) => maskedAutoregressive({ dimensions: D, hidden: [5, 6], context, random }),
    mayDepend: (i, j) => j <= i,
  },
  {
    name: "maskedAutoregressive, reversed order, residual",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      maskedAutoregressive({
        dimensions: D,
        hidden: [8],
        residual: true,
        order: "reversed",
        ...gentle,
        context,
        random,
      }),
    mayDepend: (i, j) => j >= i,
  },
  {
    name: "maskedAutoregressive, ranks with ties, silu, maps of its own",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      maskedAutoregressive({
        dimensions: D,
        hidden: [6],
        activation: "silu",
        order: Array.from({ length: D }, (_, i) => (i * 2) % 3),
        element: affineElement({ logScale: (a) => mul(tanh(a), 0.7), shift: (b, logSigma) => add(b, logSigma) }),
        context,
        random,
      }),
    mayDepend: (i, j) => i === j || (j * 2) % 3 < (i * 2) % 3,
  },
  {
    name: "maskedAutoregressive, dependencies",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      maskedAutoregressive({ dimensions: D, hidden: [6, 6], dependencies: matrixOf(D), ...gentle, context, random }),
    mayDepend: (i, j) => i === j || everySecondBefore(i, j),
  },
  {
    name: "maskedAutoregressive, random order, softplus",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      maskedAutoregressive({
        dimensions: D,
        hidden: [8],
        activation: "softplus",
        order: "random",
        ...gentle,
        context,
        random,
      }),
  },
  {
    name: "inverseAutoregressive",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) => inverseAutoregressive({ dimensions: D, hidden: [7], ...gentle, context, random }),
    mayDepend: (i, j) => j <= i,
  },
  {
    name: "inverseAutoregressive, dependencies, residual",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      inverseAutoregressive({
        dimensions: D,
        hidden: [5],
        residual: true,
        dependencies: matrixOf(D),
        ...gentle,
        context,
        random,
      }),
    mayDepend: (i, j) => j <= i, // along chains of dependencies, too
  },
  {
    name: "maf",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      maf({ dimensions: D, layers: 2, hidden: [5], ...gentle, context, random }).bijection,
  },
  {
    name: "iaf",
    conditional: true,
    leastD: 1,
    make: ({ D, context, random }) =>
      iaf({ dimensions: D, layers: 2, hidden: [5], ...gentle, context, random }).bijection,
  },
];
