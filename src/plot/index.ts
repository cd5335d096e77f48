export type { DensityGrid } from "./densityGrid.ts";
export { type FlowPictureContent, flowPicture } from "./flowPicture.ts";
export type { CurvePoint } from "./lineChart.ts";
export { type ModelPictureOptions, modelPicture } from "./modelPicture.ts";
export { type PictureOptions, pictureOf } from "./pictureOf.ts";
export type { Deflate } from "./png.ts";
