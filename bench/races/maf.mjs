import { mul, noGrad, Random, Tensor } from "../../dist/index.js";
import { layerOf } from "../questions/sampling.mjs";
import { encode } from "../support/peers.mjs";
import { arraysOf, contestant, ours, race } from "../support/race.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "How long does it take to draw 1,000 samples from a masked autoregressive layer?";

export const measure = race(async (table, quick) => {
  const [D, hidden, samples] = quick ? [3, [8, 8], 4] : [63, [512, 512], 1000];
  const { net, onePass, dPasses } = layerOf(D, hidden);
  const z = new Random(1).normal([samples, D]);
  // The weights are masked once for all passes; nflows masks them in every pass.
  const parameters = () =>
    net.maps.flatMap(({ weight, bias, mask }) => [noGrad(() => mul(weight, new Tensor(mask, weight.shape))), bias]);
  const inPython = (bits) => (py) =>
    py.contestant("models.autoregressive_samples", { parameters: parameters().map(encode), z: encode(z), bits });
  const contestants = [
    ...ours(() => arraysOf(() => onePass(z)), "diffeo, one pass"),
    contestant("diffeo, D passes", null, () => arraysOf(() => dPasses(z))),
    contestant("PyTorch, D passes as nflows", "torch", inPython(64)),
    contestant("PyTorch, D passes as nflows, float32", "torch", inPython(32), 32),
  ];
  const column = table(`D = ${D}, hidden ${hidden.join("×")}, ${samples} samples`, "ms");
  // An error in a coordinate goes on into those after it: a hundred times the rounding of the sums of 512.
  await column("inverse", contestants, { seconds: 6, tolerances: { 64: 512 * 2.3e-14, 32: 512 * 1.2e-5 } });
});
