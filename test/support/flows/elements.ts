import {
  add,
  additiveCoupling,
  alternatingMask,
  type Bijection,
  type Composition,
  type Conditioner,
  complement,
  elementwiseAffine,
  elementwiseSpline,
  expFlow,
  invert,
  leakyReluFlow,
  logitFlow,
  logTails,
  mlp,
  mul,
  nice,
  type Random,
  type SplineElementOptions,
  type SplineKnots,
  sigmoidFlow,
  softplusFlow,
  splineCoupling,
  splineFlow,
  type Tensor,
  tanhFlow,
  tensor,
} from "diffeo";
import { DEFAULT_FRAME, knotsByHand, nflowsKnots, type PlainKnots, type SplineFrame } from "./knots.ts";
import type { LayerRow } from "./layerRow.ts";

// ── points away from knots ──────────────────────────────────────────────────────────────────────────────────────────

/** Where a layer has its knots, given a point [1, D] before it: those of each coordinate, or null if it has none. */
type KnotsAt = (x: Tensor, context: Tensor | undefined) => readonly (PlainKnots | null)[];

/** What the rows below know of the layers they make. */
const knotsOfLayer = new WeakMap<Bijection, KnotsAt>();

/** The smallest distance between a coordinate and a knot, before or after the layer, over all layers with knots. */
function gap(layer: Bijection, x: Tensor, context: Tensor | undefined): number {
  let smallest = Number.POSITIVE_INFINITY;
  let h = x;
  for (const part of "layers" in layer ? (layer as Composition).layers : [layer]) {
    const z = part.forward(h, context).z;
    const knots = knotsOfLayer.get(part)?.(h, context) ?? [];
    knots.forEach((own, i) => {
      for (const knot of own?.x ?? []) smallest = Math.min(smallest, Math.abs(h.at(0, i) - knot));
      for (const knot of own?.y ?? []) smallest = Math.min(smallest, Math.abs(z.at(0, i) - knot));
    });
    h = z;
  }
  return smallest;
}

/** Points [n, D], each the one of 60 candidates that lies furthest from all knots. */
function awayFromKnots(candidate: (random: Random, D: number) => readonly number[]): NonNullable<LayerRow["draw"]> {
  return (random, [n, D], layer, context) =>
    tensor(
      Array.from({ length: n }, () => {
        const candidates = Array.from({ length: 60 }, () => candidate(random, D));
        const gaps = candidates.map((point) => gap(layer, tensor([[...point]]), context));
        return [...candidates[gaps.indexOf(Math.max(...gaps))]];
      }),
      [n, D],
    );
}

const normalCandidate = (random: Random, D: number): number[] => Array.from(random.normal([D]).data, (v) => 1.5 * v);
const uniformCandidate = (random: Random, D: number): number[] => Array.from(random.uniform([D], -0.9, 1.9).data);

/** raw[p·E + e] for all p: the raw numbers of coordinate e of E. */
function rawOf(raw: Float64Array, e: number, E: number): number[] {
  return Array.from(raw).filter((_, i) => i % E === e);
}

function makeElementwise(D: number, frame: SplineFrame): Bijection {
  const layer = elementwiseSpline({ dimensions: D, ...frame });
  knotsOfLayer.set(layer, () =>
    Array.from({ length: D }, (_, e) => knotsByHand(rawOf(layer.parameters[0].data, e, D), frame)),
  );
  return layer;
}

function makeCoupling(
  D: number,
  mask: Uint8Array,
  context: number,
  random: Random,
  options: SplineElementOptions,
): Bijection {
  let net: Conditioner | undefined;
  const layer = splineCoupling({
    dimensions: D,
    mask,
    context,
    random,
    ...options,
    conditioner: (sizes) => {
      net = mlp({ ...sizes, hidden: [5] });
      return net;
    },
  });
  const indices = Array.from({ length: D }, (_, i) => i);
  const [passing, moved] = [1, 0].map((bit) => indices.filter((i) => mask[i] === bit));
  knotsOfLayer.set(layer, (x, given) => {
    const raw = (net as Conditioner).apply(tensor([passing.map((i) => x.at(0, i))]), given).data;
    return indices.map((i) =>
      mask[i] === 1
        ? null
        : knotsByHand(rawOf(raw, moved.indexOf(i), moved.length), { ...DEFAULT_FRAME, ...options } as SplineFrame),
    );
  });
  return layer;
}

/** A recipe whose layers make their nets themselves: the knots are overheard. */
function makeRecipe(D: number, context: number, random: Random, autoregressive: boolean): Bijection {
  const frame = { ...DEFAULT_FRAME, bins: 4, minimumDerivative: 0.3 };
  const map = nflowsKnots(frame);
  let overheard: SplineKnots | undefined;
  const { bijection } = splineFlow({
    dimensions: D,
    layers: 2,
    hidden: [5],
    autoregressive,
    context,
    random,
    bins: 4,
    knots: (raw) => {
      overheard = map(raw);
      return overheard;
    },
  });
  for (const layer of (bijection as Composition).layers) {
    if (["actNorm", "invert"].includes(layer.definition.type)) continue;
    const mask = layer.definition.mask as readonly number[] | undefined;
    knotsOfLayer.set(layer, (x, given) => {
      layer.forward(x, given);
      const { x: xs, y: ys, derivatives } = overheard as SplineKnots;
      let e = -1;
      return Array.from({ length: D }, (_, i) => {
        if (mask?.[i] === 1) return null;
        e++;
        const all = (knots: Tensor): number[] => Array.from({ length: 5 }, (_, k) => knots.at(0, k, e));
        return { x: all(xs), y: all(ys), d: all(derivatives) };
      });
    });
  }
  return bijection;
}

// ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const diagonal = (i: number, j: number): boolean => i === j;
const oddMask = (D: number): Uint8Array => Uint8Array.from({ length: D }, (_, i) => (i % 3 === 1 ? 1 : 0));
const couplingPattern =
  (maskOf: (D: number) => Uint8Array) =>
  (i: number, j: number, D: number): boolean =>
    i === j || (maskOf(D)[i] === 0 && maskOf(D)[j] === 1);

/** A layer that moves every coordinate by one function, defined everywhere or where `draw` says. */
function pointwiseRow(
  name: string,
  make: (D: number) => Bijection,
  draw?: LayerRow["draw"],
  extremes?: LayerRow["extremes"],
): LayerRow {
  return {
    name,
    conditional: false,
    make: ({ D }) => make(D),
    mayDepend: diagonal,
    leastD: 1,
    alone: true,
    ...(draw === undefined ? {} : { draw }),
    ...(extremes === undefined ? {} : { extremes }),
  };
}

/** Points as near to either end of an interval as 2⁻⁵⁰ to 1, relative to its length. */
const nearEnds =
  (low: number, high: number): NonNullable<LayerRow["extremes"]> =>
  (random, shape) => {
    const exponents = random.uniform(shape, -50, -1).data;
    const ends = random.uniform(shape).data;
    return tensor(
      Array.from(exponents, (exponent, i) => {
        const distance = (high - low) * 2 ** (ends[i] < 0.25 ? -50 : Math.ceil(exponent));
        return ends[i] < 0.6 ? low + distance : high - distance;
      }),
      shape,
    );
  };

/** Points from N(0, 1), moved away from ±T, where a second derivative jumps. */
const awayFrom =
  (T: number): NonNullable<LayerRow["draw"]> =>
  (random, shape) => {
    const x = random.normal(shape).data;
    return tensor(
      Array.from(x, (value) => (Math.abs(value) > T ? value + 0.2 * Math.sign(value) : 0.6 * value)),
      shape,
    );
  };

const uniformOn =
  (low: number, high: number): NonNullable<LayerRow["draw"]> =>
  (random, shape) =>
    random.uniform(shape, low, high);

/** Elementwise layers, additive and spline couplings, and their recipes. */
export const elements: readonly LayerRow[] = [
  {
    name: "elementwiseAffine",
    conditional: false,
    make: ({ D }) => elementwiseAffine({ dimensions: D }),
    mayDepend: diagonal,
    leastD: 1,
  },
  {
    name: "elementwiseAffine, signs",
    conditional: false,
    make: ({ D }) =>
      elementwiseAffine({ dimensions: D, signs: Array.from({ length: D }, (_, i) => (i % 2 === 0 ? -1 : 1)) }),
    mayDepend: diagonal,
    leastD: 1,
  },
  pointwiseRow("tanhFlow", (D) => tanhFlow({ dimensions: D })),
  pointwiseRow("sigmoidFlow", (D) => sigmoidFlow({ dimensions: D })),
  pointwiseRow(
    "expFlow",
    (D) => expFlow({ dimensions: D }),
    undefined,
    (random, shape) => random.uniform(shape, -700, 700),
  ),
  pointwiseRow("softplusFlow", (D) => softplusFlow({ dimensions: D })),
  pointwiseRow(
    "leakyReluFlow",
    (D) => leakyReluFlow({ dimensions: D, slope: 0.2 }),
    // away from the kink
    (random, shape) => {
      const x = random.normal(shape);
      return add(x, mul(0.1, tensor(Array.from(x.data, Math.sign), shape)));
    },
  ),
  pointwiseRow("logitFlow", (D) => logitFlow({ dimensions: D }), uniformOn(0.02, 0.98), nearEnds(0, 1)),
  pointwiseRow(
    "logitFlow, alpha",
    (D) => logitFlow({ dimensions: D, alpha: 0.05 }),
    uniformOn(0, 1),
    nearEnds(-0.05 / 0.9, 1 + 0.05 / 0.9),
  ),
  pointwiseRow("logTails", (D) => logTails({ dimensions: D, threshold: 0.5 }), awayFrom(0.5)),
  pointwiseRow(
    "inverted logTails",
    (D) => invert(logTails({ dimensions: D, threshold: 0.5 })),
    awayFrom(0.5),
    (random, shape) => random.uniform(shape, -700, 700),
  ),
  pointwiseRow(
    "inverted tanhFlow",
    (D) => invert(tanhFlow({ dimensions: D })),
    uniformOn(-0.95, 0.95),
    nearEnds(-1, 1),
  ),
  pointwiseRow(
    "inverted sigmoidFlow",
    (D) => invert(sigmoidFlow({ dimensions: D })),
    uniformOn(0.02, 0.98),
    nearEnds(0, 1),
  ),
  pointwiseRow(
    "inverted softplusFlow",
    (D) => invert(softplusFlow({ dimensions: D })),
    uniformOn(0.05, 4),
    // 1e6 is as far as 0 is near
    (random, shape) => {
      const exponents = random.uniform(shape, -50, 20).data;
      return tensor(
        Array.from(exponents, (exponent) => 2 ** exponent),
        shape,
      );
    },
  ),
  {
    name: "additiveCoupling",
    conditional: true,
    make: ({ D, context, random }) =>
      additiveCoupling({ dimensions: D, mask: oddMask(D), hidden: [5], context, random }),
    mayDepend: couplingPattern(oddMask),
  },
  {
    name: "nice",
    conditional: true,
    make: ({ D, context, random }) => nice({ dimensions: D, layers: 3, hidden: [5], context, random }).bijection,
  },
  {
    name: "elementwiseSpline",
    conditional: false,
    make: ({ D }) => makeElementwise(D, DEFAULT_FRAME),
    mayDepend: diagonal,
    leastD: 1,
    alone: true,
    draw: awayFromKnots(normalCandidate),
  },
  {
    name: "elementwiseSpline, 5 bins on [−1, 2], no tails",
    conditional: false,
    make: ({ D }) => makeElementwise(D, { ...DEFAULT_FRAME, bins: 5, left: -1, right: 2, tails: "none" }),
    mayDepend: diagonal,
    leastD: 1,
    alone: true,
    draw: awayFromKnots(uniformCandidate),
    extremes: nearEnds(-1, 2),
  },
  {
    name: "splineCoupling",
    conditional: true,
    make: ({ D, context, random }) => makeCoupling(D, oddMask(D), context, random, {}),
    mayDepend: couplingPattern(oddMask),
    alone: true,
    draw: awayFromKnots(normalCandidate),
  },
  {
    name: "splineCoupling, 3 bins, other least values",
    conditional: true,
    make: ({ D, context, random }) =>
      makeCoupling(D, complement(alternatingMask(D)), context, random, {
        bins: 3,
        minimumBinWidth: 0.1,
        minimumBinHeight: 0.05,
        minimumDerivative: 0.2,
      }),
    mayDepend: couplingPattern((D) => complement(alternatingMask(D))),
    alone: true,
    draw: awayFromKnots(normalCandidate),
  },
  {
    name: "splineFlow, knots of its own",
    conditional: true,
    make: ({ D, context, random }) => makeRecipe(D, context, random, false),
    alone: true,
    draw: awayFromKnots(normalCandidate),
  },
  {
    name: "splineFlow, autoregressive",
    conditional: true,
    make: ({ D, context, random }) => makeRecipe(D, context, random, true),
    leastD: 1,
    alone: true,
    nearStart: true,
    draw: awayFromKnots(normalCandidate),
  },
];
