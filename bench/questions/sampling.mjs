// How long does it take to sample from a masked autoregressive layer?
//
// One pass (each unit of the net once) against D passes (the whole net D times, the usual way) and against one dense
// pass, which is what a density costs. D passes are left out where they would take longer than LONGEST; their time is
// then D dense passes.

import { dPassInverse } from "../../dist/flows/layers/maskedAutoregressive.js";
import { affineElement, maskedAutoregressive, maskedMlp, mul, noGrad, Random } from "../../dist/index.js";
import { largestDifference, timesOf } from "../support/measure.mjs";
import { inWords, markdown } from "../support/table.mjs";

export const question = "How long does it take to sample from a masked autoregressive layer?";

const HIDDEN = [512, 512];
const DIMENSIONS = [21, 63, 256, 784];
const BATCHES = [1, 1000];
/** Milliseconds, for one D-pass inverse. */
const LONGEST = 20_000;

/**
 * A layer with random parameters, its net, and its inverse in one pass and in D. At D = 784 its 512 hidden units cannot see 783 different
 * sets of coordinates, so that some dependencies are missing; the time is that of such a net all the same.
 */
export function layerOf(D, hidden) {
  const random = new Random(D);
  const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden, random });
  const { weight } = net.maps[net.maps.length - 1]; // starts at zero, where nothing depends on anything
  weight.assign(mul(random.normal(weight.shape), 0.02));
  const layer = maskedAutoregressive({ dimensions: D, conditioner: net, random });
  return {
    net,
    layer,
    onePass: (z) => noGrad(() => layer.inverse(z).x),
    dPasses: (z) => noGrad(() => dPassInverse(net, affineElement(), z).x),
  };
}

async function compare(D, batch, hidden, seconds) {
  const { layer, onePass, dPasses } = layerOf(D, hidden);
  const z = new Random(1).normal([batch, D]);
  const [one, dense] = await timesOf([() => onePass(z), () => noGrad(() => layer.forward(z))], seconds);
  const affordable = D * dense.median < LONGEST;
  return {
    dimensions: D,
    batch,
    onePass: one,
    dense,
    dPass: affordable ? (await timesOf([() => dPasses(z)], seconds))[0] : null,
    dPassEstimate: D * dense.median,
    difference: affordable ? largestDifference(onePass(z).data, dPasses(z).data) : null,
  };
}

export async function measure(quick) {
  const [hidden, dimensions, batches] = quick
    ? [
        [8, 8],
        [2, 3],
        [1, 4],
      ]
    : [HIDDEN, DIMENSIONS, BATCHES];
  const results = [];
  for (const batch of batches) {
    for (const D of dimensions) results.push(await compare(D, batch, hidden, quick ? 0 : 1));
  }
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
