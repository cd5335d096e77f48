// How long does it take to sample from a masked autoregressive layer?
//
// One pass (each unit of the net once) against D passes (the whole net D times, the usual way) and against one dense
// pass, which is what a density costs. D passes are left out where they would take longer than LONGEST; their time is
// then D dense passes.

import { affineElement, maskedAutoregressive, maskedMlp, noGrad, Random, Tensor, zeros } from "../dist/index.js";
import { inWords, markdown, timeOf } from "./measure.mjs";

export const question = "How long does it take to sample from a masked autoregressive layer?";

const HIDDEN = [512, 512];
const DIMENSIONS = [21, 63, 256, 784];
const BATCHES = [1, 1000];
/** Milliseconds: for the repetitions of one measurement, and for one D-pass inverse. */
const BUDGET = 2000;
const LONGEST = 20_000;

function layerOf(D, hidden) {
  const random = new Random(D);
  const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden, random });
  const { weight } = net.maps[net.maps.length - 1]; // starts at zero, where nothing depends on anything
  weight.assign(
    new Tensor(
      random.normal(weight.shape).data.map((value) => 0.02 * value),
      weight.shape,
    ),
  );
  return { net, layer: maskedAutoregressive({ dimensions: D, conditioner: net, random }) };
}

/** The usual inverse: the whole net D times. */
function dPasses(net, element, z) {
  let { x } = element.inverse(z, net.apply(zeros(z.shape)));
  for (let pass = 1; pass < net.dimensions; pass++) ({ x } = element.inverse(z, net.apply(x)));
  return x;
}

function compare(D, batch, hidden, timing) {
  const { net, layer } = layerOf(D, hidden);
  const z = new Random(1).normal([batch, D]);
  const onePass = timeOf(() => noGrad(() => layer.inverse(z)), timing);
  const dense = timeOf(() => noGrad(() => layer.forward(z)), timing);
  const usual = () => noGrad(() => dPasses(net, affineElement(), z));
  const affordable = D * dense.median < LONGEST;
  const dPass = affordable ? timeOf(usual, { ...timing, samples: 1 }) : null;
  return {
    dimensions: D,
    batch,
    onePass,
    dense,
    dPass,
    dPassEstimate: D * dense.median,
    difference: affordable ? largestDifference(noGrad(() => layer.inverse(z)).x.data, usual().data) : null,
  };
}

/** How far two inverses are apart, at most. */
function largestDifference(a, b) {
  return a.reduce((largest, value, k) => Math.max(largest, Math.abs(value - b[k])), 0);
}

export function measure(quick) {
  const [hidden, dimensions, batches] = quick
    ? [
        [8, 8],
        [2, 3],
        [1, 4],
      ]
    : [HIDDEN, DIMENSIONS, BATCHES];
  const timing = quick ? { least: 0, samples: 1, budget: 0 } : { samples: 3, budget: BUDGET };
  const results = batches.flatMap((batch) => dimensions.map((D) => compare(D, batch, hidden, timing)));
  return { hidden: hidden.join("×"), unit: "milliseconds per call: median and quartiles", results };
}

export function table({ hidden, results }) {
  const head = ["D, batch", "one pass", "dense pass", "one/dense", "D passes", "ratio to D passes", "difference"];
  const rows = results.map(({ dimensions, batch, onePass, dense, dPass, dPassEstimate, difference }) => {
    const [mark, usual] = dPass === null ? ["≈ ", dPassEstimate] : ["", dPass.median];
    return [
      `${dimensions}, ${batch}`,
      inWords(onePass.median),
      inWords(dense.median),
      (onePass.median / dense.median).toFixed(2),
      `${mark}${inWords(usual)}`,
      `${mark}${(usual / onePass.median).toPrecision(2)}`,
      difference === null ? "" : difference.toExponential(0),
    ];
  });
  return `${markdown(head, rows)}\n\nHidden layers of ${hidden}. ≈: not run, D dense passes instead.`;
}
