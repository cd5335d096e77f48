export type { CurvePoint } from "./drawing/lineChart.ts";
export { type FlowPictureContent, flowPicture } from "./flowPicture.ts";
export type { Deflate } from "./image/png.ts";
export { type ModelPictureOptions, modelPicture } from "./modelPicture.ts";
export type { DensityGrid } from "./panels/densityGrid.ts";
export { type PictureOptions, pictureOf } from "./pictureOf.ts";
