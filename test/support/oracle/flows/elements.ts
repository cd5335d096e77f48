import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { nflowsKnots, type SplineFrame } from "../../flows/knots.ts";
import type { Heard } from "./adapted.ts";
import type { LayerSpec } from "./stored.ts";

/** u ↦ log s for the scale maps u ↦ s of the file. */
const LOG_SCALES: Readonly<Record<string, (u: d.Variable) => d.Variable>> = {
  exp: (u) => u,
  sigmoid2: (u) => d.logSigmoid(d.add(u, 2)),
  sigmoid2_eps: (u) => d.log(d.add(d.sigmoid(d.add(u, 2)), 1e-3)),
  softplus_eps: (u) => d.log(d.add(d.softplus(u), 1e-3)),
  softplus_clamp: (u) => d.log(d.clamp(d.add(d.softplus(u), 1e-3), null, 3)),
  "exp_softclip_1e-3": (u) => softClip(u, Math.log(1e-3)),
};

/** u/(1 + |u/limit|): as u near 0, and never beyond ±limit. */
function softClip(u: d.Variable, limit: number): d.Variable {
  return d.div(u, d.add(1, d.abs(d.div(u, limit))));
}

/**
 * Their forms as ours, (x − μ)·exp(−log σ) from raw numbers (u, t):
 *
 *     mul_add  x·s + t     log σ = −log s,  μ = −t·σ
 *     sub_mul  (x − t)·s   log σ = −log s,  μ = t
 *     sub_div  (x − t)/s   log σ = log s,   μ = t
 */
export function affineElementOf({ form = "mul_add", scale_map = "exp" }: LayerSpec, heard: Heard): d.Element {
  assert.match(form, /^(mul_add|sub_mul|sub_div)$/, "the form");
  const logScaleOf = LOG_SCALES[scale_map] ?? assert.fail(`the adapter knows no scale map ${scale_map}`);
  return d.affineElement({
    logScale(u) {
      const logScale = logScaleOf(u);
      Object.assign(heard, { unconstrained: u, logScale });
      return form === "sub_div" ? logScale : d.neg(logScale);
    },
    shift(t, logSigma) {
      heard.shift = t;
      return form === "mul_add" ? d.neg(d.mul(t, d.exp(logSigma))) : t;
    },
  });
}

/** Where the raw numbers of ours, u for every coordinate and then t for every one, stand in what their nets give. */
export function affineRows(layout: string | undefined, n: number): number[] {
  const each = (step: number, start: number): number[] => Array.from({ length: n }, (_, i) => step * i + start);
  switch (layout) {
    case "halves_shift_scale":
      return [...each(1, n), ...each(1, 0)];
    case "interleaved_shift_scale":
      return [...each(2, 1), ...each(2, 0)];
    case "interleaved_scale_shift":
      return [...each(2, 0), ...each(2, 1)];
    default:
      return assert.fail(`the adapter knows no layout ${layout}`);
  }
}

/** The same for splines: theirs give P numbers coordinate after coordinate, ours want them parameter after parameter. */
export function splineRows(n: number, P: number): number[] {
  return Array.from({ length: P * n }, (_, row) => (row % n) * P + Math.floor(row / n));
}

export function splineElementOf(spec: LayerSpec, heard: Heard): d.Element {
  return d.splineElement(splineOptionsOf(spec, heard));
}

/** The options of our splines, with their map from raw numbers to knots. */
export function splineOptionsOf(spec: LayerSpec, heard: Heard): d.SplineElementOptions {
  const bound = spec.bound ?? undefined;
  const frame: SplineFrame = {
    bins: spec.bins!,
    left: spec.left ?? (bound === undefined ? 0 : -bound),
    right: spec.right ?? bound ?? 1,
    tails: spec.tails === "linear" ? "linear" : "none",
    minimumBinWidth: spec.min_bin_width ?? 1e-3,
    minimumBinHeight: spec.min_bin_height ?? 1e-3,
    minimumDerivative: spec.min_derivative ?? 1e-3,
  };
  const { parametrisation = "nflows", slope = 1e-3 } = spec;
  assert.match(parametrisation, /^(nflows|zuko)$/, "the parametrisation");
  const knotsOf = parametrisation === "zuko" ? zukoKnots(frame, slope) : nflowsKnots(frame);
  const { bins, left, right, tails } = frame;
  return {
    ...{ bins, left, right, tails },
    knots(raw) {
      heard.knots = knotsOf(raw);
      return heard.knots;
    },
  };
}

/** zuko's map from raw numbers [R, P, E] to knots: soft limits on all of them. */
function zukoKnots({ bins: K, left, right, tails }: SplineFrame, slope: number): (raw: d.Variable) => d.SplineKnots {
  const limit = Math.log(slope);
  const edges = (raw: d.Variable): d.Variable => {
    const shares = d.softmax(softClip(raw, limit / 2), 1);
    const [R, , E] = shares.shape;
    return d.concat([d.full([R, 1, E], left), d.add(d.mul(d.cumsum(shares, 1), right - left), left)], 1);
  };
  return (raw) => {
    const derivatives = d.exp(softClip(d.slice(raw, null, [2 * K, null]), limit));
    const one = d.ones([raw.shape[0], 1, raw.shape[2]]);
    return {
      x: edges(d.slice(raw, null, [0, K])),
      y: edges(d.slice(raw, null, [K, 2 * K])),
      derivatives: tails === "linear" ? d.concat([one, derivatives, one], 1) : derivatives,
    };
  };
}
