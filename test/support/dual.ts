import type { Tensor } from "diffeo";

/**
 * value + tangent·ε with ε² = 0: a number and its derivative along one direction. Carried through plain loops of scalars, it
 * differentiates them without truncation error, forwards: an oracle that shares nothing with src.
 *
 * `terms` is what the tangent is a sum of, with every term in absolute value: rounding errors are a few eps of it.
 */
export class Dual {
  readonly value: number;
  readonly tangent: number;
  readonly terms: number;

  constructor(value: number, tangent = 0, terms: number = Math.abs(tangent)) {
    this.value = value;
    this.tangent = tangent;
    this.terms = terms;
  }
}

/** What the functions below take: a plain number is a constant. */
export type Scalar = Dual | number;

/** f(x), given f and f′ at the value of x. */
export function lift(x: Scalar, value: number, derivative: number): Dual {
  const { tangent, terms } = dual(x);
  return tangent === 0 && terms === 0
    ? new Dual(value) // 0·∞ is of no concern to a constant
    : new Dual(value, derivative * tangent, Math.abs(derivative) * terms);
}

/** A constant, or what is a dual number already. */
export function dual(x: Scalar): Dual {
  return typeof x === "number" ? new Dual(x) : x;
}

/** a + b */
export function plus(a: Scalar, b: Scalar): Dual {
  const [x, y] = [dual(a), dual(b)];
  return new Dual(x.value + y.value, x.tangent + y.tangent, x.terms + y.terms);
}

/** −a */
export function negative(a: Scalar): Dual {
  const { value, tangent, terms } = dual(a);
  return new Dual(-value, -tangent, terms);
}

/** a − b */
export function minus(a: Scalar, b: Scalar): Dual {
  return plus(a, negative(b));
}

/** a·b */
export function times(a: Scalar, b: Scalar): Dual {
  const [x, y] = [dual(a), dual(b)];
  return plus(lift(x, x.value * y.value, y.value), lift(y, 0, x.value));
}

/** a/b */
export function over(a: Scalar, b: Scalar): Dual {
  const [x, y] = [dual(a), dual(b)];
  return plus(lift(x, x.value / y.value, 1 / y.value), lift(y, 0, -x.value / (y.value * y.value)));
}

/** √a */
export function root(a: Scalar): Dual {
  const value = Math.sqrt(dual(a).value);
  return lift(a, value, 0.5 / value);
}

/** eᵃ */
export function exponential(a: Scalar): Dual {
  const value = Math.exp(dual(a).value);
  return lift(a, value, value);
}

/** ln a */
export function logarithm(a: Scalar): Dual {
  const { value } = dual(a);
  return lift(a, Math.log(value), 1 / value);
}

/**
 * y = f(a), whose derivative an op forms from y, as 1 − y² or y(1 − y): its error is 2·eps, absolute (docs/numerics.md, A5), for which 64·eps·Σ|terms|
 * has to make room.
 */
export function formedFromValue(y: Dual, a: Dual): Dual {
  return new Dual(y.value, y.tangent, y.terms + a.terms / 32);
}

/** tanh a */
export function hyperbolicTangent(a: Scalar): Dual {
  const { value } = dual(a);
  return lift(a, Math.tanh(value), 1 / Math.cosh(value) ** 2);
}

/** sin a */
export function sine(a: Scalar): Dual {
  const { value } = dual(a);
  return lift(a, Math.sin(value), Math.cos(value));
}

/** cos a */
export function cosine(a: Scalar): Dual {
  const { value } = dual(a);
  return lift(a, Math.cos(value), -Math.sin(value));
}

/** aⁿ */
export function power(a: Scalar, exponent: number): Dual {
  const { value } = dual(a);
  return lift(a, value ** exponent, exponent * value ** (exponent - 1));
}

/** erf a */
export function errorFunction(a: Scalar): Dual {
  const { value } = dual(a);
  return lift(a, erfNaively(value), (2 / Math.sqrt(Math.PI)) * Math.exp(-value * value));
}

/** erf x = 2/√π·e^{−x²}·Σ 2ⁿx²ⁿ⁺¹/(1·3·5 … (2n + 1)), in which nothing cancels, for sizes up to 4 or so. */
export function erfNaively(x: number): number {
  let sum = 0;
  for (let n = 1, term = x; sum + term !== sum; n += 2, term *= (2 * x * x) / n) sum += term;
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Φ(a), the standard normal distribution function */
export function normalDistribution(a: Scalar): Dual {
  const { value } = dual(a);
  const density = Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
  if (value > -1) return lift(a, (1 + erfNaively(value / Math.SQRT2)) / 2, density);
  // 1 + erf would cancel: φ(t)/(t + 1/(t + 2/(t + 3/(t + …)))), t = −a, of which 400 levels suffice at t = 1 (200 leave 10⁴ eps)
  let tail = 0;
  for (let level = 800; level > 0; level--) tail = level / (-value + tail);
  return lift(a, density / (-value + tail), density);
}

/** Σ xs */
export function total(xs: readonly Scalar[]): Dual {
  return xs.reduce<Dual>(plus, new Dual(0));
}

/** Π xs */
export function productOfAll(xs: readonly Scalar[]): Dual {
  return xs.reduce<Dual>(times, new Dual(1));
}

/** ln Σ eˣ, fine for numbers of the size that properties draw. */
export function logSumOfExponentials(xs: readonly Scalar[]): Dual {
  return logarithm(total(xs.map(exponential)));
}

/** √Σ x² */
export function length(xs: readonly Scalar[]): Dual {
  return root(total(xs.map((x) => times(x, x))));
}

/** x less their mean. */
export function deviationsOf(xs: readonly Scalar[]): Dual[] {
  const mean = over(total(xs), xs.length);
  return xs.map((x) => minus(x, mean));
}

/** The one of largest value. */
export function largest(xs: readonly Dual[]): Dual {
  return xs.reduce((best, x) => (x.value > best.value ? x : best));
}

/** A tensor of dual numbers. */
export class DualTensor {
  readonly shape: readonly number[];
  readonly data: readonly Dual[];

  constructor(data: readonly Dual[], shape: readonly number[]) {
    this.shape = shape;
    this.data = data;
  }

  /** x, moving in the direction u. */
  static along(x: Tensor, u: Tensor): DualTensor {
    return new DualTensor(
      Array.from(x.data, (value, i) => new Dual(value, u.data[i])),
      x.shape,
    );
  }

  /** The element at that index, one number per axis. */
  at(...index: readonly number[]): Dual {
    return this.data[index.reduce((offset, i, axis) => offset * this.shape[axis] + i, 0)];
  }

  /** The element that stands at that index once the tensor is stretched: trailing axes aligned, axes of length 1 repeated. */
  stretchedAt(index: readonly number[]): Dual {
    const rank = this.shape.length;
    return this.at(...this.shape.map((length, axis) => (length === 1 ? 0 : index[index.length - rank + axis])));
  }
}
