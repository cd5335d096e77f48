import { Random, Tensor } from "diffeo";

// Functions whose derivatives are known, at every scale, and a count of how often a certificate of a derivative is false.

const EPSILON = 2 ** -52;

interface Known {
  readonly name: string;
  readonly f: (u: number) => number;
  readonly derivative: (u: number) => number;
  /** Σ|terms| of the derivative, to which its own rounding is proportional. */
  readonly terms: (u: number) => number;
  readonly low: number;
  readonly high: number;
}

const row = (
  name: string,
  f: (u: number) => number,
  derivative: (u: number) => number,
  low: number,
  high: number,
): Known => ({ name, f, derivative, terms: (u) => Math.abs(derivative(u)), low, high });

const sech2 = (u: number): number => 1 / Math.cosh(u) ** 2;
const logistic = (u: number): number => 1 / (1 + Math.exp(-u));

/** Of width 1 or so: they bend within |u| ≤ 6. */
const KNOWN: readonly Known[] = [
  row(
    "linear",
    (u) => 2.7 * u,
    () => 2.7,
    -3,
    3,
  ),
  row(
    "quartic",
    (u) => ((u - 0.5) * u + 2) * u * u - u,
    (u) => 4 * u ** 3 - 1.5 * u * u + 4 * u - 1,
    -3,
    3,
  ),
  row("exp", Math.exp, Math.exp, -5, 5),
  row("tanh", Math.tanh, sech2, -4, 4),
  row("sin", Math.sin, Math.cos, -6, 6),
  row("logistic", logistic, (u) => logistic(u) / (1 + Math.exp(u)), -6, 6),
  row("softplus", (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u))), logistic, -5, 5),
  row(
    "rational",
    (u) => (u - 1) / (u * u + 2),
    (u) => (2 + 2 * u - u * u) / (u * u + 2) ** 2,
    -4,
    4,
  ),
  row(
    "Cauchy",
    (u) => 1 / (1 + u * u),
    (u) => (-2 * u) / (1 + u * u) ** 2,
    -4,
    4,
  ),
  row(
    "log of Student's t",
    (u) => -2 * Math.log1p((u * u) / 3),
    (u) => (-4 * u) / (3 + u * u),
    -4,
    4,
  ),
  row(
    "Gaussian",
    (u) => Math.exp(-u * u),
    (u) => -2 * u * Math.exp(-u * u),
    -3,
    3,
  ),
  row("sqrt", Math.sqrt, (u) => 0.5 / Math.sqrt(u), 0.01, 5),
  row("log", Math.log, (u) => 1 / u, 0.01, 5),
  row(
    "sin of exp",
    (u) => Math.sin(Math.exp(u / 2)),
    (u) => 0.5 * Math.exp(u / 2) * Math.cos(Math.exp(u / 2)),
    -3,
    3,
  ),
  row(
    "a bend",
    (u) => u + 0.5 * Math.tanh(3 * u),
    (u) => 1 + 1.5 * sech2(3 * u),
    -4,
    4,
  ),
];

/** How a function of u becomes one of x: stretched; stretched and shifted, with and without rounding; stretched and lifted. */
export const KINDS = ["stretched", "shifted exactly", "shifted with rounding", "lifted"] as const;

export interface KnownCase {
  readonly kind: (typeof KINDS)[number];
  readonly f: (x: Tensor) => Tensor;
  readonly x: number;
  /** Computed at the exact u, to a few eps·terms. */
  readonly truth: number;
  readonly terms: number;
  readonly description: string;
}

/** a·b as an unevaluated sum of two numbers (Dekker 1971). */
function exactProduct(a: number, b: number): [high: number, low: number] {
  const halves = (v: number): [number, number] => {
    const c = 134217729 * v;
    return [c - (c - v), v - (c - (c - v))];
  };
  const [[ah, al], [bh, bl]] = [halves(a), halves(b)];
  const p = a * b;
  return [p, al * bl - (p - ah * bh - al * bh - ah * bl)];
}

/** A mixture of two of the functions: w₁·f₁ + w₂·f₂ of the same u, where both are defined. */
function mixture(random: () => number): Known {
  const [one, two] = [KNOWN[Math.floor(random() * KNOWN.length)], KNOWN[Math.floor(random() * KNOWN.length)]];
  const [v, w] = [2 * random() - 1, 2 * random() - 1];
  return {
    name: `${v}·${one.name} + ${w}·${two.name}`,
    f: (u) => v * one.f(u) + w * two.f(u),
    derivative: (u) => v * one.derivative(u) + w * two.derivative(u),
    terms: (u) => Math.abs(v) * one.terms(u) + Math.abs(w) * two.terms(u),
    low: Math.max(one.low, two.low),
    high: Math.min(one.high, two.high),
  };
}

/** A random function, stretched by 10^±12, multiplied by 10^±12, and shifted by up to 10⁶ widths or lifted by up to 10⁶ heights. */
export function knownCase(seed: number): KnownCase {
  const numbers = new Random(seed).uniform([16]).data;
  let drawn = 0;
  const random = (): number => numbers[drawn++];
  const kind = KINDS[Math.floor(random() * KINDS.length)];
  const g = random() < 0.3 ? mixture(random) : KNOWN[Math.floor(random() * KNOWN.length)];
  const u = g.low + (g.high - g.low) * random();
  const width = 10 ** (24 * random() - 12);
  const height = 10 ** (24 * random() - 12);
  const far = (random() < 0.5 ? 1e6 : 10 ** (6 * random())) * (random() < 0.5 ? -1 : 1);
  const a = 1 / width;
  const made = (f: (x: number) => number, x: number, argument: number): KnownCase => ({
    kind,
    f: (t) => new Tensor(t.data.map(f), t.shape),
    x,
    truth: height * a * g.derivative(argument),
    terms: height * a * g.terms(argument),
    description: `${g.name} at ${u}, width ${width}, height ${height}, ${kind} by ${far}`,
  });
  if (kind === "shifted exactly") {
    const c = far * width;
    const x = c + u * width;
    const [high, low] = exactProduct(x - c, a);
    return made((v) => height * g.f((v - c) * a), x, high + low);
  }
  if (kind === "shifted with rounding") {
    const x = (far + u) * width;
    const [high, low] = exactProduct(x, a);
    return made((v) => height * g.f(v * a - far), x, high - far + low);
  }
  const x = u * width;
  const lift = kind === "lifted" ? far : 0;
  const [high, low] = exactProduct(x, a);
  return made((v) => height * (g.f(v * a) + lift), x, high + low);
}

export type Certificate = (
  f: (x: Tensor) => Tensor,
  x: number,
) => { readonly estimate: number; readonly error: number };

/** What a certificate is worth, over the cases of one kind. */
export interface Tally {
  entries: number;
  inconclusive: number;
  /** Bounds of at most 1e-6 of the truth. */
  useful: number;
  /** |estimate − truth| > bound: this must not be. */
  false: string[];
}

export function tally(certificate: Certificate, seeds: readonly number[], into: Map<string, Tally>): void {
  for (const seed of seeds) {
    const { kind, f, x, truth, terms, description } = knownCase(seed);
    const counts = into.get(kind) ?? { entries: 0, inconclusive: 0, useful: 0, false: [] };
    into.set(kind, counts);
    const { estimate, error } = certificate(f, x);
    counts.entries++;
    if (error === Number.POSITIVE_INFINITY) {
      counts.inconclusive++;
      continue;
    }
    if (error <= 1e-6 * Math.abs(truth)) counts.useful++;
    // the truth itself is computed: its argument and a few operations are rounded
    if (!(Math.abs(estimate - truth) <= error + 16 * EPSILON * terms))
      counts.false.push(`${description}: ${estimate} ± ${error}, true ${truth}`);
  }
}
