// How long does it take to draw 1,000 samples from a masked autoregressive layer?
//
//   npm run build && node bench/maf.mjs

import { dPassInverse } from "../dist/flows/onePass/dPass.js";
import { affineElement, maskedAutoregressive, maskedMlp, noGrad, Random, Tensor } from "../dist/index.js";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

const [D, HIDDEN, SAMPLES] = [63, [512, 512], 1000];

const py = await python("numpy", "torch");

const random = new Random(D);
const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden: HIDDEN, random });
const { weight: last } = net.maps[net.maps.length - 1]; // starts at zero, where nothing depends on anything
last.assign(
  new Tensor(
    random.normal(last.shape).data.map((value) => 0.02 * value),
    last.shape,
  ),
);
const layer = maskedAutoregressive({ dimensions: D, conditioner: net, random });
const z = random.normal([SAMPLES, D]);

const onePass = () => noGrad(() => layer.inverse(z).x);
const dPasses = () => noGrad(() => dPassInverse(net, affineElement(), z).x);
const diffeo = { values: () => onePass().data, run: onePass };
// The weights are masked once for all passes; nflows masks them in every pass.
const parameters = net.maps.flatMap(({ weight, bias, mask }) => [
  new Tensor(
    weight.data.map((value, k) => value * mask[k]),
    weight.shape,
  ),
  bias,
]);
const inPython = (bits) =>
  py.contestant("models.autoregressive_samples", { parameters: parameters.map(encode), z: encode(z), bits });

const { table, end } = question("How long does it take to draw 1,000 samples from a masked autoregressive layer?");
const column = table(`D = ${D}, hidden ${HIDDEN.join("×")}, ${SAMPLES} samples`, "ms");
const contestants = [
  contestant("diffeo, one pass", true, () => diffeo),
  contestant("diffeo, one pass, plain loops", true, () => onPlainLoops(diffeo)),
  contestant("diffeo, D passes", true, () => ({ values: () => dPasses().data, run: dPasses })),
  contestant("PyTorch, D passes as nflows", py.has("torch"), () => inPython(64)),
  contestant("PyTorch, D passes as nflows, float32", py.has("torch"), () => inPython(32), 32),
];
// An error in a coordinate goes on into those after it: a hundred times the rounding of the sums of 512.
await column("inverse", contestants, { seconds: 6, tolerances: { 64: 512 * 2.3e-14, 32: 512 * 1.2e-5 } });
py.end();
end({ python: py.versions });
