// How the time of each layer grows with D, beside the order that its documentation claims, and what the structure of a Jacobian
// saves: the same log-det from a dense Jacobian, by D vector–Jacobian products and LU.

import * as diffeo from "../../dist/index.js";
import { exponentOf, timesOf } from "../support/measure.mjs";
import { inWords, markdown } from "../support/table.mjs";

const { jacobian, logAbsDet, mul, noGrad, Random, reshape, sum, Tensor } = diffeo;

export const question =
  "How does the cost of each layer grow with D, and what does the structure of its Jacobian save?";

const DIMENSIONS = [8, 16, 32, 64, 128, 256, 512];
/** Sides of the images of conv1x1; their channels are D, and there are IMAGES of them. */
const SIDE = 4;
const IMAGES = 4;
/** Points per call: enough for the smallest time to be some ten microseconds, which are overhead there. */
const ROWS = 64;

const parameterOf = (layer, name) => layer.parameters.find((one) => one.name === name);
const sumOf = (name, sign, times = 1) => ({
  claim: "D",
  alone: (layer) => mul(sum(parameterOf(layer, name)), sign * times),
});
const NONE = { claim: "0" };
const WITH_Z = { claim: "D" };
const full = (times = 1) => ({ claim: "D³", alone: (layer) => mul(logAbsDet(parameterOf(layer, "weight")), times) });

/**
 * Every layer: the orders that its documentation claims for z or x, given a net of the width named; its log-det, which can be had
 * alone where it does not depend on the point; and how it is made.
 */
const LAYERS = [
  ["permutation", "D", "D", NONE, (dimensions, random) => diffeo.permutation({ dimensions, random })],
  ["elementwiseAffine", "D", "D", sumOf("logScale", -1), (dimensions) => diffeo.elementwiseAffine({ dimensions })],
  ["actNorm", "D", "D", sumOf("logScale", -1), (dimensions) => diffeo.actNorm({ dimensions })],
  ["tanhFlow", "D", "D", WITH_Z, (dimensions) => diffeo.tanhFlow({ dimensions })],
  ["elementwiseSpline", "D", "D", WITH_Z, (dimensions) => diffeo.elementwiseSpline({ dimensions })],
  ["triangularLinear", "D²", "D²", sumOf("logDiagonal", 1), (dimensions) => diffeo.triangularLinear({ dimensions })],
  ["luLinear", "D²", "D²", sumOf("logDiagonal", 1), (dimensions, random) => diffeo.luLinear({ dimensions, random })],
  ["qrLinear", "D²", "D²", sumOf("logDiagonal", 1), (dimensions, random) => diffeo.qrLinear({ dimensions, random })],
  ["orthogonalLinear", "D²", "D²", NONE, (dimensions, random) => diffeo.orthogonalLinear({ dimensions, random })],
  ["fullLinear", "D² + D³", "D³", full(), (dimensions, random) => diffeo.fullLinear({ dimensions, random })],
  [
    "conv1x1, LU, D channels",
    "D²",
    "D²",
    sumOf("logDiagonal", 1, SIDE * SIDE),
    (D, random) => convolution(D, "lu", random),
  ],
  ["conv1x1, full, D channels", "D² + D³", "D³", full(SIDE * SIDE), (D, random) => convolution(D, "full", random)],
  [
    "affineCoupling, hidden 64",
    "D",
    "D",
    WITH_Z,
    (dimensions, random) => diffeo.affineCoupling({ dimensions, hidden: [64], random }),
  ],
  [
    "affineCoupling, hidden D",
    "D²",
    "D²",
    WITH_Z,
    (D, random) => diffeo.affineCoupling({ dimensions: D, hidden: [D], random }),
  ],
  [
    "splineCoupling, hidden D",
    "D²",
    "D²",
    WITH_Z,
    (D, random) => diffeo.splineCoupling({ dimensions: D, hidden: [D], random }),
  ],
  [
    "maskedAutoregressive, hidden 64",
    "D",
    "D",
    WITH_Z,
    (dimensions, random) => diffeo.maskedAutoregressive({ dimensions, hidden: [64], random }),
  ],
  [
    "maskedAutoregressive, hidden D",
    "D²",
    "D²",
    WITH_Z,
    (D, random) => diffeo.maskedAutoregressive({ dimensions: D, hidden: [D], random }),
  ],
  [
    "inverseAutoregressive, hidden D",
    "D²",
    "D²",
    WITH_Z,
    (D, random) => diffeo.inverseAutoregressive({ dimensions: D, hidden: [D], random }),
  ],
].map(([name, forward, inverse, logDet, make]) => ({ name, claims: { forward, inverse }, logDet, make }));

/** Layers whose log-det is compared with that of a dense Jacobian at every D. */
const COMPARED = ["luLinear", "fullLinear", "affineCoupling, hidden D", "maskedAutoregressive, hidden D"];

function convolution(channels, parametrization, random) {
  return diffeo.conv1x1({ channels, height: SIDE, width: SIDE, parametrization, random });
}

/** Away from the identity: nets that start at zero would be conditioned by nothing. Matrices move by 0.3, and stay well conditioned. */
function perturb(layer, random) {
  for (const parameter of layer.parameters) {
    const size = parameter.rank < 2 ? 0.1 : 0.3 / Math.sqrt(parameter.shape[1]);
    const noise = random.normal(parameter.shape).data;
    parameter.assign(
      new Tensor(
        parameter.data.map((value, i) => value + size * noise[i]),
        parameter.shape,
      ),
    );
  }
  return layer;
}

/** log|det J| at one point by D backward passes and LU, knowing nothing of the layer. */
function denseLogDet(layer, x) {
  const D = x.size;
  return logAbsDet(
    reshape(
      jacobian((point) => layer.forward(point).z, x),
      [D, D],
    ),
  );
}

/** Throws unless two log-dets are the same to nine digits: LU and D passes round, the structured sum hardly does. */
function checkEqual(what, actual, expected) {
  const difference = Math.abs(actual - expected);
  if (difference <= 1e-9 * (1 + Math.abs(expected))) return difference;
  throw new Error(`costs: log-dets must be equal; ${what} has ${actual}, a dense Jacobian ${expected}`);
}

async function measureLayer({ name, claims, logDet, make }, dimensions, seconds) {
  const runs = { forward: [], inverse: [], logDet: [] };
  let rows = ROWS;
  for (const D of dimensions) {
    const layer = perturb(make(D, new Random(D)), new Random(D + 1));
    rows = layer.dataShape.length === 3 ? IMAGES : ROWS;
    const x = new Random(1).normal([rows, ...layer.dataShape]);
    const forward = noGrad(() => layer.forward(x));
    if (D === dimensions[0]) {
      const first = new Random(1).normal([1, ...layer.dataShape]); // the first row of x
      checkEqual(name, forward.logDet.at(0), denseLogDet(layer, first).item());
    }
    const z = new Tensor(forward.z.data, forward.z.shape);
    runs.forward.push(() => noGrad(() => layer.forward(x)));
    runs.inverse.push(() => noGrad(() => layer.inverse(z)));
    if (logDet.alone === undefined) continue;
    checkEqual(name, noGrad(() => logDet.alone(layer)).item(), forward.logDet.at(0));
    runs.logDet.push(() => noGrad(() => logDet.alone(layer)));
  }
  const way = async (list, claim) => {
    if (list.length === 0) return { claim };
    const times = await timesOf(list, seconds);
    return { claim, ...exponentOf(dimensions, times), times };
  };
  return {
    name,
    rows,
    forward: await way(runs.forward, claims.forward),
    inverse: await way(runs.inverse, claims.inverse),
    logDet: await way(runs.logDet, logDet.claim),
  };
}

/** The log-det at one point, with z: the layer's own and that of a dense Jacobian, for each D. */
async function compare({ name, make }, dimensions, seconds) {
  const points = dimensions.map((D) => {
    const layer = perturb(make(D, new Random(D)), new Random(D + 1));
    return { layer, x: new Random(2).normal([1, D]) };
  });
  const differences = points.map(({ layer, x }) =>
    checkEqual(name, noGrad(() => layer.forward(x)).logDet.item(), denseLogDet(layer, x).item()),
  );
  const own = points.map(
    ({ layer, x }) =>
      () =>
        noGrad(() => layer.forward(x)),
  );
  const dense = points.map(
    ({ layer, x }) =>
      () =>
        denseLogDet(layer, x),
  );
  const way = async (runs) => {
    const times = await timesOf(runs, seconds);
    return { ...exponentOf(dimensions, times), times };
  };
  return {
    name,
    structured: await way(own),
    dense: await way(dense),
    differences,
  };
}

export async function measure(quick) {
  const [dimensions, seconds] = quick ? [[2, 3, 4], 0] : [DIMENSIONS, 0.2];
  const [layers, comparisons] = [[], []];
  for (const layer of LAYERS) layers.push(await measureLayer(layer, dimensions, seconds));
  for (const layer of LAYERS) {
    if (COMPARED.includes(layer.name)) comparisons.push(await compare(layer, dimensions, seconds));
  }
  return { unit: "milliseconds per call: median and quartiles", dimensions, layers, comparisons };
}

const exponent = ({ slope, error }) => `${slope.toFixed(2)} ± ${error.toFixed(2)}`;
const last = (list) => list[list.length - 1];

export function table({ dimensions, layers, comparisons }) {
  const largest = last(dimensions);
  const cells = (way) =>
    way.times === undefined ? [way.claim, "", ""] : [way.claim, exponent(way), inWords(last(way.times).median)];
  const growth = markdown(
    [
      "layer",
      "forward",
      "measured",
      `D = ${largest}`,
      "inverse",
      "measured",
      `D = ${largest}`,
      "log-det alone",
      "measured",
      `D = ${largest}`,
    ],
    layers.map(({ name, forward, inverse, logDet }) => [
      `\`${name.split(",")[0]}\`${name.slice(name.split(",")[0].length)}`,
      ...cells(forward),
      ...cells(inverse),
      ...(logDet.times === undefined ? [logDet.claim === "0" ? "0" : "comes with z", "", ""] : cells(logDet)),
    ]),
  );
  const columns = dimensions.map((_, i) => i).filter((i) => (dimensions.length - 1 - i) % 2 === 0); // every other one, and the last
  const dense = markdown(
    ["log-det at one point", ...columns.map((i) => `D = ${dimensions[i]}`), "grows as D to the", "largest difference"],
    comparisons.flatMap(({ name, structured, dense, differences }) => [
      [
        `${name}: its own, with z`,
        ...columns.map((i) => inWords(structured.times[i].median)),
        exponent(structured),
        "",
      ],
      [
        `${name}: D vjps and LU`,
        ...columns.map((i) => inWords(dense.times[i].median)),
        exponent(dense),
        Math.max(...differences).toExponential(0),
      ],
    ]),
  );
  return `${growth}\n\n${dense}`;
}
