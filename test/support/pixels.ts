// What is painted in an SVG: the pixels of embedded images, and dots.

import { inflateSync } from "node:zlib";
import { drawnIn, type Point } from "./drawn.ts";

/** Red, green and blue. */
export type Pixel = readonly [number, number, number];

/** An image: where it lies, and its pixels, rows from the top. */
export interface Painted {
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly rows: readonly (readonly Pixel[])[];
}

/** All embedded images, in order: PNG files of 8-bit RGB pixels without filters, as the library writes them. */
export function imagesIn(svg: string): Painted[] {
  return drawnIn(svg, "image").map(({ attributes: { x, y, width, height, href } }) => ({
    box: { x: Number(x), y: Number(y), width: Number(width), height: Number(height) },
    rows: pixelsOf(Buffer.from(href.split(",")[1], "base64")),
  }));
}

function pixelsOf(png: Buffer): Pixel[][] {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const start = png.indexOf("IDAT") + 4;
  const data = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j): Pixel => {
      const at = i * (1 + 3 * width) + 1 + 3 * j;
      return [data[at], data[at + 1], data[at + 2]];
    }),
  );
}

/** The dots of one colour: a list for each path of them. */
export function dotsIn(svg: string, color: string): Point[][] {
  return drawnIn(svg, "path", { stroke: color, "stroke-linecap": "round" }).map(({ attributes: { d } }) =>
    [...d.matchAll(/M([\d.-]+) ([\d.-]+)h0/g)].map(([, x, y]): Point => [Number(x), Number(y)]),
  );
}

/** The panels: the frames, which are not filled. */
export function framesIn(svg: string): Painted["box"][] {
  return drawnIn(svg, "rect", { fill: "none" }).map(({ attributes: { x, y, width, height } }) => ({
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}
