export { type FlowPictureContent, flowPicture } from "./flowPicture.ts";
export type { CurvePoint } from "./lineChart.ts";
export type { DensityGrid } from "./panels.ts";
export { type PictureOptions, pictureOf } from "./pictureOf.ts";
export type { Deflate } from "./png.ts";
