import { log } from "./elementary.ts";

/** ½ ln 2π − ½ */
const STIRLING = 0.4189385332046727;

/**
 * ln Γ(2 + z) = (1 − γ)z + Σ_{k ≥ 2} (−1)ᵏ(ζ(k) − 1)zᵏ/k for |z| ≤ ½, γ being Euler's constant; cut after k = 27, the rest is below
 * 10⁻¹⁸. Reference: Abramowitz & Stegun (1964), 6.1.33.
 */
function logGammaSeries(z: number): number {
  let q = -2.7595228851242334e-10;
  q = q * z + 5.731367241678862e-10;
  q = q * z - 1.1921401405860912e-9;
  q = q * z + 2.4836745438024785e-9;
  q = q * z - 5.183475041970047e-9;
  q = q * z + 1.0838659214896955e-8;
  q = q * z - 2.2711094608943164e-8;
  q = q * z + 4.7698101693639804e-8;
  q = q * z - 1.0043224823968099e-7;
  q = q * z + 2.1207184805554665e-7;
  q = q * z - 4.492469198764566e-7;
  q = q * z + 9.55141213040742e-7;
  q = q * z - 0.000002039215753801366;
  q = q * z + 0.000004374866789907488;
  q = q * z - 0.000009439488275268397;
  q = q * z + 0.00002050721277567069;
  q = q * z - 0.00004492623673813314;
  q = q * z + 0.00009945751278180853;
  q = q * z - 0.00022315475845357939;
  q = q * z + 0.0005096695247430425;
  q = q * z - 0.001192753911703261;
  q = q * z + 0.0028905103307415234;
  q = q * z - 0.007385551028673986;
  q = q * z + 0.020580808427784546;
  q = q * z - 0.0673523010531981;
  q = q * z + 0.3224670334241132;
  q = q * z + 0.42278433509846713;
  return q * z;
}

/**
 * ln Γ(x) for x > 0, Γ(n + 1) = n!
 *
 * Up to 9.5 the recurrence Γ(x + 1) = x·Γ(x) leads to the neighbourhood of 2, where the power series serves; beyond, Stirling's series
 * (x − ½)(ln x − 1) + ½ ln 2π − ½ + 1/(12x) − 1/(360x³) + …, cut after x⁻¹³: the next term is below 10⁻¹⁶.
 *
 * Error below 2·eps·max(1, |ln Γ(x)|). Special cases: ∞ at 0 and ∞; NaN for x < 0.
 */
export function logGamma(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x < 0.5) return logGammaSeries(x) - log(x * (1 + x));
  if (x < 1.5) return logGammaSeries(x - 1) - log(x);
  if (x < 9.5) {
    let product = 1;
    let rest = x;
    while (rest > 2.5) {
      rest -= 1; // exact
      product *= rest;
    }
    return log(product) + logGammaSeries(rest - 2);
  }
  const inverse = 1 / x;
  const w = inverse * inverse;
  let q = 0.00641025641025641;
  q = q * w - 0.0019175269175269176;
  q = q * w + 0.0008417508417508417;
  q = q * w - 0.0005952380952380953;
  q = q * w + 0.0007936507936507937;
  q = q * w - 0.002777777777777778;
  q = q * w + 0.08333333333333333;
  return (x - 0.5) * (log(x) - 1) + (STIRLING + inverse * q);
}
