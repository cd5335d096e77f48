import {
  actNorm,
  affineCoupling,
  type Bijection,
  channelMask,
  checkerboardMask,
  complement,
  compose,
  glow,
  invert,
  multiScale,
  permutation,
  realNVP,
  reshape,
  squeezeImage,
  type Tensor,
} from "diffeo";
import type { LayerRow } from "./layerRow.ts";

/** [C, H, W] */
type Image = readonly [C: number, H: number, W: number];

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** A layer of images seen as one of vectors. */
export function flattened(layer: Bijection): Bijection {
  const flat = (x: Tensor): ReturnType<typeof reshape> => reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]);
  return {
    ...layer,
    get buffers() {
      return layer.buffers; // a getter of compositions, which the line above does not copy
    },
    dataShape: [sizeOf(layer.dataShape)],
    latentShape: [sizeOf(layer.latentShape)],
    forward(x, context) {
      const { z, logDet } = layer.forward(reshape(x, [x.shape[0], ...layer.dataShape]), context);
      return { z: flat(z), logDet };
    },
    inverse(z, context) {
      const { x, logDet } = layer.inverse(reshape(z, [z.shape[0], ...layer.latentShape]), context);
      return { x: flat(x), logDet };
    },
  };
}

/** Images of several channels, small and odd ones among them; a number chooses. */
const severalChannels: readonly Image[] = [
  [3, 4, 2],
  [2, 2, 4],
  [4, 2, 2],
  [2, 3, 1],
  [3, 1, 3],
  [5, 1, 1],
];
const evenSides: readonly Image[] = [
  [3, 2, 2],
  [2, 2, 4],
  [1, 4, 2],
  [1, 2, 2],
];
const oddSides: readonly Image[] = [
  [1, 3, 3],
  [2, 1, 3],
  [3, 1, 1],
  [1, 2, 3],
];

const choose = (shapes: readonly Image[], D: number): Image => shapes[D % shapes.length];

/** Channel, row and column of an entry. */
function placeOf(k: number, [, H, W]: readonly number[]): readonly number[] {
  return [Math.floor(k / (H * W)), Math.floor(k / W) % H, k % W];
}

/** A row of images: `D` chooses among the shapes, and the layer is seen as one of vectors. */
function imageRow(
  name: string,
  shapes: readonly Image[],
  make: (shape: Image, choice: Parameters<LayerRow["make"]>[0]) => Bijection,
  mayDepend?: (i: number, j: number, shape: Image) => boolean,
): LayerRow {
  return {
    name,
    conditional: false,
    ownShape: true,
    make: (choice) => flattened(make(choose(shapes, choice.D), choice)),
    ...(mayDepend === undefined ? {} : { mayDepend: (i, j, D) => mayDepend(i, j, choose(shapes, D)) }),
  };
}

/** A coupling of images; nothing is further away than the kernels reach. */
function couplingRow(
  name: string,
  shapes: readonly Image[],
  maskOf: (C: number, H: number, W: number) => Uint8Array,
  kernels: readonly number[],
): LayerRow {
  const reach = kernels.reduce((total, side) => total + (side - 1) / 2, 0);
  const row = imageRow(
    `affineCoupling of images, ${name}`,
    shapes,
    (dimensions, { context, random }) =>
      affineCoupling({ dimensions, mask: maskOf(...dimensions), hidden: [3], kernels, context, random }),
    (i, j, shape) => {
      const mask = maskOf(...shape);
      const [, row1, column1] = placeOf(i, shape);
      const [, row2, column2] = placeOf(j, shape);
      const near = Math.abs(row1 - row2) <= reach && Math.abs(column1 - column2) <= reach;
      return i === j || (mask[i] === 0 && mask[j] === 1 && near);
    },
  );
  return { ...row, conditional: true };
}

/** Where squeezing moves entry j of the image. */
function squeezed(j: number, [, H, W]: Image, f: number): number {
  const [c, row, column] = placeOf(j, [0, H, W]);
  const [i, a] = [Math.floor(row / f), row % f];
  const [k, b] = [Math.floor(column / f), column % f];
  return ((c * f * f + a * f + b) * (H / f) + i) * (W / f) + k;
}

/** Layers and recipes of images, and what may split them into scales. */
export const images: readonly LayerRow[] = [
  couplingRow("channel mask", severalChannels, channelMask, [3, 3]),
  couplingRow("complementary channel mask", severalChannels, (...shape) => complement(channelMask(...shape)), [1, 3]),
  couplingRow("checkerboard mask", [...evenSides, [1, 3, 3], [2, 1, 3]], checkerboardMask, [3, 1]),
  couplingRow(
    "a mask without pattern",
    severalChannels,
    (...shape) => Uint8Array.from({ length: sizeOf(shape) }, (_, k) => (k % 5 < 2 ? 1 : 0)),
    [3, 1],
  ),
  imageRow(
    "actNorm of images",
    severalChannels,
    ([channels, height, width]) => actNorm({ channels, height, width }),
    (i, j) => i === j,
  ),
  imageRow("permutation of channels", severalChannels, ([channels, height, width], { random }) =>
    permutation({ channels, height, width, random }),
  ),
  imageRow(
    "squeezeImage",
    evenSides,
    ([channels, height, width]) => squeezeImage({ channels, height, width }),
    (i, j, shape) => squeezed(j, shape, 2) === i,
  ),
  imageRow(
    "inverted squeezeImage",
    evenSides,
    ([channels, height, width]) => invert(squeezeImage({ channels, height, width })),
    (i, j, shape) => squeezed(i, shape, 2) === j,
  ),
  {
    name: "multiScale of vectors",
    conditional: true,
    make: ({ D, context, random }) =>
      multiScale({
        scales: [
          affineCoupling({ dimensions: D, hidden: [4], context, random }),
          actNorm({ dimensions: Math.floor(D / 2) }),
        ],
      }),
    mayDepend: (i, j, D) => i === j || (i >= Math.floor(D / 2) && j < Math.floor(D / 2)),
  },
  {
    ...imageRow("multiScale of images", evenSides, ([channels, height, width], { context, random }) => {
      const squeeze = squeezeImage({ channels, height, width });
      const [C, H, W] = squeeze.latentShape;
      const options = { hidden: [3], kernels: [1, 1], context, random };
      return multiScale({
        scales: [
          compose(squeeze, affineCoupling({ ...options, dimensions: [C, H, W] })),
          affineCoupling({ ...options, dimensions: [C / 2, H, W] }),
        ],
      });
    }),
    conditional: true,
  },
  {
    ...imageRow(
      "realNVP of images, no level",
      oddSides,
      (dimensions, { context, random }) =>
        realNVP({ dimensions, layers: 2, hidden: [2], kernels: [3, 1], context, random }).bijection,
    ),
    conditional: true,
  },
  {
    ...imageRow(
      "realNVP of images, one level",
      evenSides,
      (dimensions, { context, random }) =>
        realNVP({ dimensions, layers: 2, hidden: [2], kernels: [3, 1], maximumLogScale: 1, context, random }).bijection,
    ),
    conditional: true,
  },
  {
    ...imageRow(
      "glow",
      [
        [1, 2, 2],
        [1, 4, 4],
        [2, 2, 2],
      ],
      ([channels, height, width], { context, random }) =>
        glow({
          ...{ channels, height, width, levels: height / 2, steps: 1 },
          ...{ hidden: [2], kernels: [1, 1], maximumLogScale: 1, context, random },
        }).bijection,
    ),
    nearStart: true,
    conditional: true,
  },
];
