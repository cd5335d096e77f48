// A 1×1 convolution multiplies the channels of every pixel by the same W: log|det J| = H·W·log|det W|. [30]
//
// Run it with: node examples/lecture/convolution.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { conv1x1, heatmapPicture, jacobian, Random, reshape, slogdet, take } from "diffeo";

const [C, H, W] = [3, 2, 2]; // three channels of four pixels: images [3, 2, 2] are points in 12 dimensions
const random = new Random(2);
const layer = conv1x1({ channels: C, height: H, width: W, weight: random.normal([C, C]) }); // factored once, as P L U
const x = random.normal([1, C, H, W]);
const kernel = layer.matrix();

const f = (point) => reshape(layer.forward(reshape(point, [1, C, H, W])).z, [C * H * W]);
const J = jacobian(f, reshape(x, [C * H * W])); // in the order of memory: channel by channel
const order = Array.from({ length: H * W }, (_, pixel) => [0, 1, 2].map((c) => c * H * W + pixel)).flat();
const byPixel = take(take(J, order, 0), order, 1); // the same, pixel by pixel

const show = (name, value) => console.log(name.padEnd(39), value.item().toFixed(9).padStart(13));
show("log|det W|", slogdet(kernel).logAbsDet);
show("4 · log|det W|, for 4 pixels: the layer", layer.forward(x).logDet);
show("log|det J|, by elimination", slogdet(J).logAbsDet);
console.log("zeros of J:", J.data.filter((entry) => entry === 0).length, "of", J.size);

const picture = heatmapPicture({
  title: "A 1×1 convolution",
  caption: "three channels, 2×2 pixels: J has W once for each pixel, and is exactly 0 between pixels",
  panels: [
    { title: "W", values: kernel },
    { title: "J, channel by channel", values: J },
    { title: "J, pixel by pixel", values: byPixel },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "convolution.svg"), picture);
