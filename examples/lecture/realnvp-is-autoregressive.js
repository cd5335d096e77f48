// RealNVP is an autoregressive flow whose net sees only the first d coordinates, and moves only the others. [37, 38]
//
// Run it with: node examples/lecture/realnvp-is-autoregressive.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jacobian, pad, reshape, sub } from "diffeo/autograd";
import { affineCoupling, halvesMask, maskedAutoregressive } from "diffeo/flows";
import { maskedMlp, mlp } from "diffeo/nets";
import { heatmapPicture } from "diffeo/plot";
import { Random } from "diffeo/tensor";

const [D, d, H] = [6, 3, 5]; // d of D coordinates pass; H hidden units
const random = new Random(1);
const net = mlp({ inputs: d, outputs: 2 * (D - d), hidden: [H], random }); // x_1 … x_d → (a, b) of x_{d+1} … x_D
for (const p of net.parameters) p.assign(random.normal(p.shape)); // as if trained
const coupling = affineCoupling({ dimensions: D, mask: halvesMask(D), conditioner: net, random });

// The same net over all D coordinates: j depends on i only if j moves (j ≥ d, counted from 0) and i passes (i < d).
const dependencies = Array.from({ length: D }, (_, j) => Array.from({ length: D }, (_, i) => Number(j >= d && i < d)));
const wide = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden: [H], dependencies, random });
const [W1, b1, W2, b2] = net.parameters;
const [V1, c1, V2, c2] = wide.parameters;
const none = [0, 0]; // rows or columns of zeros before and after
V1.assign(pad(W1, [none, [0, D - d]])); // [H, d] → [H, D]: nobody reads x_{d+1} … x_D
c1.assign(b1);
V2.assign(reshape(pad(reshape(W2, [2, D - d, H]), [none, [d, 0], none]), [2 * D, H])); // x_1 … x_d: a = b = 0,
c2.assign(reshape(pad(reshape(b2, [2, D - d]), [none, [d, 0]]), [2 * D])); // that is σ = 1, μ = 0
const autoregressive = maskedAutoregressive({ dimensions: D, conditioner: wide, random });

const x = random.normal([1, D]);
const [one, other] = [coupling.forward(x), autoregressive.forward(x)];
const row = (values) => Array.from(values, (value) => value.toFixed(4)).join("  ");
const same = (a, b) => a.data.every((value, i) => Object.is(value, b.data[i]));
console.log("x                       ", row(x.data));
console.log("z of the coupling       ", row(one.z.data));
console.log("z of the autoregressive ", row(other.z.data));
console.log("the same bits, forward? ", same(one.z, other.z));
console.log("the same bits, back?    ", same(coupling.inverse(x).x, autoregressive.inverse(x).x));
console.log("log-dets                ", one.logDet.item().toFixed(12), other.logDet.item().toFixed(12));
console.log("ticks of a sample       ", wide.steps.count, "instead of", D);

const J = (layer) => jacobian((at) => reshape(layer.forward(reshape(at, [1, D])).z, [D]), reshape(x, [D]));
const picture = heatmapPicture({
  title: "A coupling is an autoregressive layer",
  caption: "J of both at one point: the identity, a diagonal, and one block below; white is exactly 0",
  panels: [
    { title: "coupling", values: J(coupling) },
    { title: "autoregressive, blind to x₄ … x₆", values: J(autoregressive) },
    { title: "the difference", values: sub(J(coupling), J(autoregressive)) },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "realnvp-is-autoregressive.svg"), picture);
