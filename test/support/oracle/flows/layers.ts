import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { type Adapted, adapted, fixed, named, type Source, together } from "./adapted.ts";
import { affineElementOf, affineRows, splineElementOf, splineOptionsOf, splineRows } from "./elements.ts";
import { linearOf, permutationOf } from "./linear.ts";
import { type Ends, maskedNetOf, netOf, sideBySide } from "./nets.ts";
import type { LayerSpec } from "./stored.ts";

type Shape = readonly number[];

type Builder = (spec: LayerSpec, shape: Shape, source: Source) => Adapted;

/** The transform of a spec over data of that shape, by exported layers. */
export function layerOf(spec: LayerSpec, shape: Shape, source: Source): Adapted {
  if (!Object.hasOwn(BUILDERS, spec.type)) return assert.fail(`the adapter knows no transform ${spec.type}`);
  return BUILDERS[spec.type](spec, shape, source);
}

/** D for vectors, [C, H, W] for images. */
const dimensionsOf = (shape: Shape): d.Dimensions =>
  shape.length === 1 ? shape[0] : (shape as [number, number, number]);

const imageSizes = ([channels, height, width]: Shape): d.ImageSizes => ({ channels, height, width });

/** The transforms of the file by their types there. */
const BUILDERS: Readonly<Record<string, Builder>> = {
  composite({ layers }, shape, source) {
    let next = shape;
    const parts = layers!.map((spec) => {
      const part = layerOf(spec, next, source);
      next = part.layer.latentShape;
      return part;
    });
    return together(parts, d.compose);
  },
  inverse({ of }, shape, source) {
    return together([layerOf(of!, dataShapeOf(of!, shape), source)], d.invert);
  },
  multiscale({ scales, axis = 1 }, shape, source) {
    assert.equal(axis, 1, "the axis");
    let next = shape;
    const parts = scales!.map((spec) => {
      const part = layerOf(spec, next, source);
      const [n, ...rest] = part.layer.latentShape;
      next = [n - Math.ceil(n / 2), ...rest];
      return part;
    });
    return together(parts, (...layers) => d.multiScale({ scales: layers }));
  },
  ...{ triangular_linear: linearOf, full_linear: linearOf, lu_linear: linearOf, lu_linear_packed: linearOf },
  ...{ qr_linear: linearOf, householder: linearOf, conv1x1: linearOf, conv1x1_lu: linearOf, conv1x1_plu: linearOf },
  permutation({ perm, axis = 1 }, shape) {
    if (axis === 1) return fixed(permutationOf(perm!, shape));
    return fixed(flattened(d.permutation({ permutation: flatPermutation(perm!, axis, shape) }), shape));
  },
  squeeze: ({ factor = 2 }, shape) => fixed(d.squeezeImage({ ...imageSizes(shape), factor })),
  actnorm: ({ prefix = "" }, shape) =>
    adapted(actNormOf(shape), (theirs) => {
      const logScale = named(theirs, `${prefix}log_scale`); // z = e^ℓ·x + b = (x + b·e^−ℓ)·e^ℓ
      return {
        logScale: d.neg(logScale),
        shift: d.neg(d.mul(named(theirs, `${prefix}shift`), d.exp(d.neg(logScale)))),
      };
    }),
  actnorm_normflows: ({ prefix = "" }, shape) =>
    adapted(actNormOf(shape), (theirs) => ({
      logScale: d.reshape(named(theirs, `${prefix}s`), [shape[0]]),
      shift: d.reshape(named(theirs, `${prefix}t`), [shape[0]]),
    })),
  elementwise_affine({ prefix = "" }, shape, { theirs }) {
    const signs = d.broadcastTo(d.sign(named(theirs, `${prefix}scale`)), shape).data;
    return adapted(d.elementwiseAffine({ dimensions: dimensionsOf(shape), signs }), (now) => {
      const scale = named(now, `${prefix}scale`); // z = s·x + t = (x + t/s)·s
      return {
        logScale: d.neg(d.broadcastTo(d.log(d.abs(scale)), shape)),
        shift: d.neg(d.broadcastTo(d.div(named(now, `${prefix}shift`), scale), shape)),
      };
    });
  },
  exp: (_spec, shape) => fixed(d.expFlow({ dimensions: dimensionsOf(shape) })),
  tanh: (_spec, shape) => fixed(d.tanhFlow({ dimensions: dimensionsOf(shape) })),
  sigmoid: (_spec, shape) => fixed(d.sigmoidFlow({ dimensions: dimensionsOf(shape) })),
  logit: (_spec, shape) => fixed(d.logitFlow({ dimensions: dimensionsOf(shape) })),
  leaky_relu: ({ negative_slope }, shape) =>
    fixed(d.leakyReluFlow({ dimensions: dimensionsOf(shape), slope: negative_slope })),
  logit_preprocess: ({ alpha }, shape) => fixed(d.logitFlow({ dimensions: dimensionsOf(shape), alpha: alpha ?? 0 })),
  dequantization({ prefix = "", levels, logit_alpha }, shape, { buffers }) {
    const dimensions = dimensionsOf(shape);
    const scaling = adapted(d.elementwiseAffine({ dimensions }), () => ({
      logScale: d.full(shape, Math.log(levels!)),
      shift: d.zeros(shape),
    }));
    const squashing = logit_alpha == null ? [] : [fixed(d.logitFlow({ dimensions, alpha: logit_alpha }))];
    return together([fixed(shifted(named(buffers, `${prefix}noise`), shape)), scaling, ...squashing], d.compose);
  },
  affine_coupling: (spec, shape, source) =>
    couplingOf(spec, shape, source, affineElementOf(spec, source.heard), (n) => ({ rows: affineRows(spec.layout, n) })),
  additive_coupling: (spec, shape, source) =>
    // theirs add what the net gives, ours subtract it
    couplingOf(spec, shape, source, d.additiveElement(), () => ({ negative: !/^sub/.test(spec.form ?? "") })),
  rq_coupling(spec, shape, source) {
    const element = splineElementOf(spec, source.heard);
    return couplingOf(spec, shape, source, element, (n) => ({ rows: splineRows(n, element.rawPerDimension) }));
  },
  masked_affine_coupling: maskedCouplingOf,
  affine_autoregressive(spec, [D], source) {
    const element = affineElementOf(spec, source.heard);
    const net = maskedNetOf(spec.net!, source, D, 2, { rows: affineRows(spec.layout, D) });
    const layer = d.maskedAutoregressive({
      dimensions: D,
      element,
      conditioner: net.layer,
      random: new d.Random(1),
    });
    return { layer, values: net.values };
  },
  rq_spline(spec, shape, { heard }) {
    const layer = d.elementwiseSpline({ dimensions: dimensionsOf(shape), ...splineOptionsOf(spec, heard) });
    const { prefix = "" } = spec;
    /** [...shape, k] → [k·C, …]: parameter after parameter */
    const parameterMajor = (raw: d.Variable): d.Variable => {
      const axes = shape.map((_, axis) => axis);
      return d.reshape(d.permute(raw, [shape.length, ...axes]), [-1, ...shape.slice(1)]);
    };
    return adapted(layer, (theirs) => ({
      raw: d.concat(
        ["widths", "heights", "derivatives"].map((name) => parameterMajor(named(theirs, prefix + name))),
        0,
      ),
    }));
  },
};

function actNormOf(shape: Shape): d.Bijection {
  return d.actNorm(shape.length === 1 ? { dimensions: shape[0] } : imageSizes(shape));
}

/** The shape that a transform takes, given the one that it gives; of multi-scale ones only those of vectors can be told. */
function dataShapeOf({ type, layers = [], factor: f = 2 }: LayerSpec, shape: Shape): Shape {
  if (type === "composite") return layers.reduceRight((before, layer) => dataShapeOf(layer, before), shape);
  if (type !== "squeeze") return shape;
  const [C, H, W] = shape;
  return [C / (f * f), H * f, W * f];
}

/** A coupling along axis 1; `how` says how the net's ends differ, given how many coordinates or channels are moved. */
function couplingOf(
  spec: LayerSpec,
  shape: Shape,
  source: Source,
  element: d.Element,
  how: (n: number) => Ends,
): Adapted {
  const { identity, transformed, net } = spec;
  const places = shape.slice(1).reduce((a, b) => a * b, 1);
  const mask = Array.from({ length: shape[0] }, (_, i) => Array<number>(places).fill(identity!.includes(i) ? 1 : 0));
  const adaptedNet = netOf(net!, source, how(transformed!.length));
  const layer = d.coupling({
    dimensions: dimensionsOf(shape),
    mask: mask.flat(),
    element,
    conditioner: adaptedNet.layer,
    random: new d.Random(1),
  });
  return { layer, values: adaptedNet.values };
}

/**
 * A coupling whose mask stands in the buffers, and whose nets see everything, with zeros where it is moved.
 *
 * Ours see only what passes where the mask is one of coordinates or channels, and speak only for what is moved: our nets are
 * those columns and rows of theirs.
 */
function maskedCouplingOf(spec: LayerSpec, shape: Shape, source: Source): Adapted {
  const { prefix = "", s_net, t_net } = spec;
  const stored = named(source.buffers, `${prefix}mask`);
  const mask = d.reshape(d.broadcastTo(stored, stored.rank > shape.length ? [1, ...shape] : shape), [shape[0], -1]);
  const rows = mask.toArray() as number[][];
  const constant = rows.every((row) => row.every((entry) => entry === row[0]));
  const channels = (bit: number): number[] => rows.flatMap(([first], i) => (first === bit ? [i] : []));
  const ends = constant ? { columns: channels(1), rows: channels(0) } : {};
  const nets = sideBySide([s_net!, t_net!].map((net) => netOf(net, source, ends)));
  const layer = d.coupling({
    dimensions: dimensionsOf(shape),
    mask: rows.flat(),
    element: affineElementOf(spec, source.heard),
    conditioner: nets.layer,
    random: new d.Random(1),
  });
  return { layer, values: nets.values };
}

/** A layer of vectors as one of points of another shape, flattened on the way in and unfolded on the way out. */
function flattened(layer: d.Bijection, shape: Shape): d.Bijection {
  const D = layer.dataShape[0];
  return {
    ...layer,
    dataShape: shape,
    latentShape: shape,
    forward(x) {
      const { z, logDet } = layer.forward(d.reshape(x, [x.shape[0], D]));
      return { z: d.reshape(z, x.shape), logDet };
    },
    inverse(z) {
      const { x, logDet } = layer.inverse(d.reshape(z, [z.shape[0], D]));
      return { x: d.reshape(x, z.shape), logDet };
    },
  };
}

/** A permutation along an axis (1 is the first of the shape) as one of all coordinates, row-major. */
function flatPermutation(perm: readonly number[], axis: number, shape: Shape): number[] {
  const places = d.reshape(d.arange(shape.reduce((a, b) => a * b, 1)), shape);
  return Array.from(d.take(places, perm, axis < 0 ? axis : axis - 1).data);
}

/** x + noise, row by row: the stored noise of the points of a case. */
function shifted(noise: d.Tensor, shape: Shape): d.Bijection {
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: [],
    buffers: new Map(),
    definition: { type: "stored noise" },
    cost: { forward: "parallel", inverse: "parallel" },
    forward: (x) => ({ z: d.add(x, noise), logDet: d.variable(d.zeros([x.shape[0]])) }),
    inverse: (z) => ({ x: d.sub(z, noise), logDet: d.variable(d.zeros([z.shape[0]])) }),
  };
}
