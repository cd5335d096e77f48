// A regular grid in the plane, and what a map makes of it.

import { noGrad } from "../../autograd/rule.ts";
import { asBijection } from "../../flows/asBijection.ts";
import type { Bijection } from "../../flows/bijection.ts";
import { asLayer } from "../../flows/layer.ts";
import { checkBatch } from "../../tensor/checks.ts";
import { DomainError, ShapeError } from "../../tensor/errors.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Range } from "../drawing/scales.ts";
import type { Place } from "../drawing/simplify.ts";

/** A map of the plane: a layer, of which log|det J| is known, too, or a function of points [B, 2]. */
export type PlaneMap = Bijection | ((x: Tensor) => Tensor);

/** The images of the lines and cells of a grid of m by n cells. */
export interface WarpedGrid {
  /** Of the m + 1 lines on which x₁ is constant, x₁ growing, and along each x₂. */
  readonly upright: readonly Place[][];
  /** Of the n + 1 lines on which x₂ is constant, x₂ growing, and along each x₁. */
  readonly level: readonly Place[][];
  /** Of the outline of the whole grid. */
  readonly outline: readonly Place[];
  /** Of the cells, and log|det J| at their centres in nats; none where the map is a function. */
  readonly cells: readonly { readonly outline: readonly Place[]; readonly logDet: number }[];
}

/** Points of a line from one crossing to the next. */
const FINE = 8;

/** The images of a grid over [x, y], of `count` square cells along its longer side. Throws ShapeError, and DomainError for images that are not finite. */
export function warpedGrid(operation: string, map: PlaneMap, x: Range, y: Range, count: number): WarpedGrid {
  const [width, height] = [x[1] - x[0], y[1] - y[0]];
  const side = Math.max(width, height) / count;
  const [m, n] = [width, height].map((length) => Math.max(1, Math.round(length / side)));
  const [xs, ys] = [steps(x, m), steps(y, n)];
  const imageOf = (points: Place[]): Place[] => images(operation, map, points);
  const upright = xs.map((at) => imageOf(steps(y, n * FINE).map((along): Place => [at, along])));
  const level = ys.map((at) => imageOf(steps(x, m * FINE).map((along): Place => [along, at])));
  /** Around the cells from column i to column k, from row j to row l. */
  const around = (i: number, k: number, j: number, l: number): Place[] => [
    ...level[j].slice(i * FINE, k * FINE),
    ...upright[k].slice(j * FINE, l * FINE),
    ...level[l].slice(i * FINE + 1, k * FINE + 1).reverse(),
    ...upright[i].slice(j * FINE + 1, l * FINE + 1).reverse(),
  ];
  const corners = ys.slice(1).flatMap((_, j) => xs.slice(1).map((_, i): Place => [i, j]));
  const centres = corners.map(([i, j]): Place => [(xs[i] + xs[i + 1]) / 2, (ys[j] + ys[j + 1]) / 2]);
  const logDets = typeof map === "function" ? [] : noGrad(() => forwardOf(operation, map, centres).logDet.data);
  return {
    upright,
    level,
    outline: around(0, m, 0, n),
    cells: Array.from(logDets, (logDet, k) => {
      const [i, j] = corners[k];
      return { outline: around(i, i + 1, j, j + 1), logDet };
    }),
  };
}

/** count + 1 numbers at even distances. */
function steps([low, high]: Range, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, k) => low + ((high - low) * k) / count);
}

/** The images of points. Throws ShapeError, and DomainError for those that are not finite. */
export function images(operation: string, map: PlaneMap, points: readonly Place[]): Place[] {
  const z = noGrad(() => (typeof map === "function" ? map(matrix(points)) : forwardOf(operation, map, points).z));
  const B = checkBatch(operation, z, [2]);
  if (B !== points.length) {
    throw new ShapeError(
      `${operation}: a map must give a point for each, [${points.length},2]; got ${formatShape(z.shape)}`,
    );
  }
  return points.map((point, k): Place => {
    const image: Place = [z.data[2 * k], z.data[2 * k + 1]];
    if (image.every(Number.isFinite)) return image;
    throw new DomainError(`${operation}: a map must give finite points; got [${image}] of [${point}]`);
  });
}

function forwardOf(operation: string, map: Bijection, points: readonly Place[]): ReturnType<Bijection["forward"]> {
  const { dataShape, latentShape, context = 0 } = asBijection(operation, "the map", map);
  if (!sameShape(dataShape, [2]) || !sameShape(latentShape, [2]) || context > 0) {
    const came = `${formatShape(dataShape)} → ${formatShape(latentShape)}, a context of width ${context}`;
    throw new ShapeError(`${operation}: maps must go from [2] to [2], without a context; got ${came}`);
  }
  return asLayer(map).forward(matrix(points));
}

function matrix(points: readonly Place[]): Tensor {
  return new Tensor(Float64Array.from(points.flat()), [points.length, 2]);
}
