import { Tensor } from "../tensor/tensor.ts";
import type { Point } from "./isotropicMixture.ts";

/** n points of the plane, [n, 2]: each on its curve or centre, with noise of σ added; `noise` is [n, 2], standard normal. */
export function scatter(n: number, centre: (i: number) => Point, sigma: number, noise: Tensor): Tensor {
  const points = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [c1, c2] = centre(i);
    points[2 * i] = c1 + sigma * noise.data[2 * i];
    points[2 * i + 1] = c2 + sigma * noise.data[2 * i + 1];
  }
  return new Tensor(points, [n, 2]);
}
