import { cosPi } from "../tensor/kernels/elementary.ts";

/** The nodes and weights of a quadrature rule: ∫ f ≈ Σ weights[k]·f(nodes[k]). */
interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss–Legendre quadrature with n nodes on [a, b]: exact for polynomials of degree 2n − 1.
 *
 * The nodes are the roots of the Legendre polynomial P_n, by Newton's method from cos π(k + ¾)/(n + ½);
 * P_n by its recurrence (k+1)P_{k+1} = (2k+1)x·P_k − k·P_{k−1}; weights 2/((1 − x²)P_n′(x)²).
 *
 * Reference: Davis & Rabinowitz, Methods of Numerical Integration, §2.7.
 */
export function gaussLegendre(n: number, a: number, b: number): Quadrature {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let x = cosPi((k + 0.75) / (n + 0.5));
    let slope = 0;
    for (let iteration = 0; iteration < 10; iteration++) {
      let before = 1;
      let p = x;
      for (let degree = 1; degree < n; degree++) {
        [before, p] = [p, ((2 * degree + 1) * x * p - degree * before) / (degree + 1)];
      }
      slope = (n * (x * p - before)) / (x * x - 1);
      const step = p / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    nodes[n - 1 - k] = a + ((b - a) * (1 + x)) / 2;
    weights[n - 1 - k] = (b - a) / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
