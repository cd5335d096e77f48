import { add, div, mul, sqrt, square, sub } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { exp, log, sigmoid } from "../autograd/ops/exponential.ts";
import { slice } from "../autograd/ops/slice.ts";
import { sin } from "../autograd/ops/trigonometric.ts";
import type { Variable } from "../autograd/variable.ts";
import { checkBatch } from "../tensor/checks.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A density in the plane known up to its normaliser: a target for `reverseKL`. */
export interface Energy {
  /** −U(x), [B, 2] → [B]: log-density up to a constant, nats. Throws ShapeError. */
  logProb(x: Tensor): Variable;
  /** log ∫ exp(−U) over the box, nats: what `logProb` lacks. */
  readonly logNormalizer: number;
  /** The integral goes over [−reach, reach]²; U2, U3 and U4 have none on the whole plane. */
  readonly reach: number;
}

/** The first and second coordinates of a batch of points, [B] each. */
function coordinates(operation: string, x: Tensor): [Variable, Variable] {
  checkBatch(operation, x, [2]);
  return [slice(x, null, 0), slice(x, null, 1)];
}

/** −½((v − centre)/width)² */
function bump(v: Variable, centre: Variable | number, width: number): Variable {
  return mul(square(div(sub(v, centre), width)), -0.5);
}

/** w₁ = sin(2πx₁/4), the valley of U2, U3 and U4. */
function valley(x1: Variable): Variable {
  return sin(mul(x1, 1.5707963267948966));
}

/** Keeps the logarithm of a sum of bumps finite far away from both, as in the paper. */
const FLOOR = 1e-9;

/**
 * U1: a ring of radius 2 with two opposite modes. U = ½((|x| − 2)/0.4)² − ln(e^{−½((x₁−2)/0.6)²} + e^{−½((x₁+2)/0.6)²} + 10⁻⁹).
 *
 * log Z = 1.877502 on [−8, 8]². Points that are not [B, 2] throw ShapeError. Reference: Rezende & Mohamed (2015), table 1, https://arxiv.org/abs/1505.05770.
 *
 * @example
 * exp(energyU1().logProb(tensor([[-2, 0], [2, 0], [0, 2]]))); // [1, 1, 0.00773184]: the modes, and the ring between them
 */
export function energyU1(): Energy {
  return {
    logNormalizer: 1.877502,
    reach: 8,
    logProb(x) {
      const [x1] = coordinates("energyU1", x);
      const radius = sqrt(sum(square(x), 1));
      const modes = add(add(exp(bump(x1, 2, 0.6)), exp(bump(x1, -2, 0.6))), FLOOR);
      return add(bump(radius, 2, 0.4), log(modes));
    },
  };
}

/**
 * U2: a winding valley. U = ½((x₂ − w₁)/0.4)², w₁ = sin(2πx₁/4).
 *
 * log Z = 2.082089 on [−4, 4]². Points that are not [B, 2] throw ShapeError. Reference: Rezende & Mohamed (2015), table 1.
 *
 * @example
 * energyU2().logProb(tensor([[0, 0], [1, 1], [0, 2]])); // [0, 0, -12.5]: the floor of the valley, and two beside it
 */
export function energyU2(): Energy {
  return {
    logNormalizer: 2.082089,
    reach: 4,
    logProb(x) {
      const [x1, x2] = coordinates("energyU2", x);
      return bump(x2, valley(x1), 0.4);
    },
  };
}

/**
 * U3: a valley that splits. U = −ln(e^{−½((x₂−w₁)/0.35)²} + e^{−½((x₂−w₁+w₂)/0.35)²} + 10⁻⁹), w₂ = 3e^{−½((x₁−1)/0.6)²}.
 *
 * log Z = 2.641705 on [−4, 4]². Points that are not [B, 2] throw ShapeError. Reference: Rezende & Mohamed (2015), table 1.
 *
 * @example
 * exp(energyU3().logProb(tensor([[1, 1], [1, -2]]))); // [1, 1]: the floors of both valleys
 */
export function energyU3(): Energy {
  return {
    logNormalizer: 2.641705,
    reach: 4,
    logProb(x) {
      const [x1, x2] = coordinates("energyU3", x);
      return twoValleys(x2, valley(x1), mul(exp(bump(x1, 1, 0.6)), 3), 0.35);
    },
  };
}

/**
 * U4: two valleys that part. U = −ln(e^{−½((x₂−w₁)/0.4)²} + e^{−½((x₂−w₁+w₃)/0.35)²} + 10⁻⁹), w₃ = 3·sigmoid((x₁ − 1)/0.3).
 *
 * log Z = 2.684567 on [−4, 4]². Points that are not [B, 2] throw ShapeError. Reference: Rezende & Mohamed (2015), table 1.
 *
 * @example
 * exp(energyU4().logProb(tensor([[1, 1], [1, -0.5]]))); // [1.0001, 1.00088]: the floors of both valleys
 */
export function energyU4(): Energy {
  return {
    logNormalizer: 2.684567,
    reach: 4,
    logProb(x) {
      const [x1, x2] = coordinates("energyU4", x);
      return twoValleys(x2, valley(x1), mul(sigmoid(div(sub(x1, 1), 0.3)), 3), 0.4);
    },
  };
}

/** ln(e^{−½((x₂−w₁)/width)²} + e^{−½((x₂−w₁+apart)/0.35)²} + 10⁻⁹) */
function twoValleys(x2: Variable, w1: Variable, apart: Variable, width: number): Variable {
  const [first, second] = [bump(x2, w1, width), bump(x2, sub(w1, apart), 0.35)];
  return log(add(add(exp(first), exp(second)), FLOOR));
}
