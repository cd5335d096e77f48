// Flows of images: a squeeze turns pixels into channels, a mask says what a coupling lets pass, a 1×1 convolution mixes the channels of
// every pixel by one matrix W, and scales let half of the channels go out early: Glow. On handwritten digits of 8×8 pixels. [30, 31, 37, 38]
//
//   z[:, i, j] = W x[:, i, j] at each of H·W pixels: log|det J| = H·W·log|det W|, and of W = P L U  log|det W| = Σ log|U_kk|
//
// Run it with: node examples/lecture/images.js
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as d from "diffeo";

const table = await d.readTable(readFileSync(new URL("../../bench/data/digits64.csv.gz", import.meta.url)));
const pixels = d.reshape(table.matrix(table.names.slice(0, 64)), [-1, 1, 8, 8]); // integers 0 … 16
const random = new d.Random(1);
const x = d.dequantize(d.slice(pixels, [0, 400]), 17, random); // (integer + u)/17: only continuous variables have a density

const show = (name, value) => console.log(`${name.padEnd(38)}${value}`);
const shape = ({ shape }) => `[${shape.join(", ")}]`;
/** How far f⁻¹(f(x)) is from x, at most. */
const error = (f) => d.max(d.abs(d.sub(f.inverse(f.forward(x).z).x, x))).item();

show("x", `${shape(x)}: N, C, H, W`);
const squeeze = d.squeezeImage({ channels: 1, height: 8, width: 8 });
const h = squeeze.forward(x).z; // h[2a + b, i, j] = x[0, 2i + a, 2j + b]
show("squeeze", `${shape(h)}, and back with an error of ${error(squeeze)}`);
const [checkerboard, byChannel] = [d.checkerboardMask(1, 8, 8), d.channelMask(4, 4, 4)]; // 1: passes; 0: is moved
show("checkerboard mask, its first two rows", checkerboard.slice(0, 16).join(" "));
show("channel mask, the channels of a pixel", [0, 16, 32, 48].map((k) => byChannel[k]).join(" "));
const convolution = d.conv1x1({ channels: 4, height: 4, width: 4, parametrization: "lu", random });
for (const parameter of convolution.parameters) {
  parameter.assign(d.add(parameter, d.mul(random.normal(parameter.shape), 0.3))); // it starts as a rotation: W moves away
}
show("1×1 convolution, log|det J| by LU", convolution.forward(h).logDet.at(0).toFixed(12));
show("16·log|det W|, by slogdet", (16 * d.slogdet(convolution.matrix()).logAbsDet.item()).toFixed(12));

const glow = d.glow({ channels: 1, height: 8, width: 8, levels: 2, steps: 4, hidden: [32, 32], random });
const [level1, level2] = glow.bijection.parts; // each: squeeze, then 4 × (actNorm, 1×1 convolution, coupling of channels)
const [out, on] = d.split(level1.forward(x).z, [2, 2], 1);
show("Glow, level 1", `${shape(h)}: ${shape(out)} goes out, ${shape(on)} goes on`);
show("Glow, level 2", `${shape(level2.forward(on).z)} goes out`);
show("z", `${shape(glow.toLatent(x))}, and back with an error of ${error(glow.bijection).toExponential(1)}`);

const logits = d.logitFlow({ dimensions: [1, 8, 8], alpha: 0.01 }); // from [0, 1] to ℝ; its log-det counts as any other
const flow = new d.Flow(glow.base, d.compose(logits, glow.bijection));
flow.bijection.initialize(x); // normalisations take means and deviations from the data
const bits = d.mean(d.bitsPerDim(flow.score(x), 64, 17)).item();
show("bits per dimension, not trained yet", bits.toFixed(3));
show("17 equally likely values", Math.log2(17).toFixed(3));

const some = (images) => d.slice(images, [0, 10]);
/** Four channels [N, 4, 4, 4] as the quarters of one image. */
const quarters = (y) => d.reshape(d.permute(d.reshape(y, [-1, 2, 2, 4, 4]), [0, 1, 3, 2, 4]), [-1, 8, 8]);
const rows = [
  { label: "x", images: some(x) },
  { label: "checkerboard mask", images: some(d.where(d.tensor(checkerboard, [1, 8, 8]), x, 0.5)) },
  { label: "squeezed: 4 channels", images: quarters(some(h)) },
  { label: "channel mask", images: quarters(some(d.where(d.tensor(byChannel, [4, 4, 4]), h, 0.5))) },
];
const caption = "squeezed: the quarters are the four channels; what is grey is moved, by what a net makes of the rest";
const picture = await d.imagesPicture({ title: "Images: squeeze and masks", caption, rows, range: [1, 0] });
writeFileSync(join(process.argv[2] ?? ".", "images.svg"), picture);
