import { cosPi, exp, log, sinPi } from "../tensor/kernels/elementary.ts";

const PI = 3.141592653589793;
/** How many arms the wheel has. */
export const ARMS = 5;
/** How fast they turn: the point at a on arm k has the angle θ(a) = 2πk/5 + 0.25·eᵃ. */
export const RATE = 0.25;
/** Halvings of a bracket: its length is below 10⁻⁹ of what it was, and two Newton steps from there are exact. */
const HALVINGS = 32;

/**
 * Every a with |y|·cos(θ(a) + φ) = a on arm k, φ the angle of y: where the point y may come from.
 *
 * With ψ = θ(a) + φ the equation is ln((ψ − ψ₀)/0.25) = |y|·cos ψ, ψ₀ = φ + 2πk/5. In the halves of each turn where cos
 * falls, the left side minus the right one rises: one root or none. In the other halves its slope 1/(ψ − ψ₀) + |y|·sin ψ is the
 * negative of a concave function, and changes sign twice at the most, which cuts them into at most three monotone pieces. So each
 * root has a bracket of its own, and none is missed. There is at least one, since ln goes from −∞ to ∞.
 *
 * Cost: O(e^|y|), the number of turns up to a = |y|.
 */
export function rootsOnArm(y1: number, y2: number, arm: number): number[] {
  const rho = Math.sqrt(y1 * y1 + y2 * y2);
  const start = halfTurns(y1, y2) + (2 * arm) / ARMS; // ψ₀/π; τ is ψ/π
  const radiusAt = (tau: number): number => log((PI * (tau - start)) / RATE); // a
  const turnAt = (a: number): number => start + (RATE * exp(a)) / PI;
  const excess = (tau: number): number => radiusAt(tau) - rho * cosPi(tau);
  const fall = (tau: number): number => -PI * rho * sinPi(tau) - 1 / (tau - start); // minus the slope, concave where cos rises
  const bend = (tau: number): number => 1 / (tau - start) / (tau - start) - PI * PI * rho * cosPi(tau); // its slope

  const first = turnAt(-rho - 1); // before that ln is below −|y|,
  const last = turnAt(rho + 0.01); // after that above |y|
  const roots: number[] = [];
  for (let half = Math.floor(first); half < last; half++) {
    const [from, to] = [Math.max(half, first), Math.min(half + 1, last)];
    const cuts = [from];
    if (half % 2 !== 0) {
      const steepest = changeOfSign(bend, from, to);
      if (fall(steepest) > 0) cuts.push(changeOfSign(fall, from, steepest), changeOfSign(fall, steepest, to));
    }
    cuts.push(to);
    for (let piece = 1; piece < cuts.length; piece++) {
      const [low, high] = [cuts[piece - 1], cuts[piece]];
      if (excess(low) > 0 !== excess(high) > 0) roots.push(radiusAt(changeOfSign(excess, low, high)));
    }
  }
  return roots;
}

/** Where f changes its sign between low and high, by bisection; an end, if it does not. */
function changeOfSign(f: (x: number) => number, low: number, high: number): number {
  const positiveAtHigh = f(high) > 0;
  if (f(low) > 0 === positiveAtHigh) return Math.abs(f(low)) < Math.abs(f(high)) ? low : high;
  for (let k = 0; k < HALVINGS; k++) {
    const middle = 0.5 * (low + high);
    if (f(middle) > 0 === positiveAtHigh) high = middle;
    else low = middle;
  }
  return 0.5 * (low + high);
}

/** The angle of (y₁, y₂) in half turns, in [−1, 1]; 0 for the origin. */
function halfTurns(y1: number, y2: number): number {
  const r = Math.sqrt(y1 * y1 + y2 * y2);
  if (r === 0) return 0;
  let turns = Math.abs(y1) > Math.abs(y2) ? (y1 > 0 ? 0 : 1) : y2 > 0 ? 0.5 : -0.5;
  // adds the sine of what is missing, at most π/4: then a sixth of its cube is missing, and so on
  for (let k = 0; k < 5; k++) turns += (y2 * cosPi(turns) - y1 * sinPi(turns)) / (r * PI);
  return turns;
}
