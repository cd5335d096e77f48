import { add, concat, cumsum, full, mul, type SplineKnots, slice, softmax, softplus, type Variable } from "diffeo";

/** The options of splines, complete. */
export interface SplineFrame {
  readonly bins: number;
  readonly left: number;
  readonly right: number;
  readonly tails: "linear" | "none";
  readonly minimumBinWidth: number;
  readonly minimumBinHeight: number;
  readonly minimumDerivative: number;
}

/** The defaults of splineElement. */
export const DEFAULT_FRAME: SplineFrame = {
  bins: 8,
  left: -3,
  right: 3,
  tails: "linear",
  minimumBinWidth: 1e-3,
  minimumBinHeight: 1e-3,
  minimumDerivative: 1e-3,
};

/** The knots of one coordinate. */
export interface PlainKnots {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly d: readonly number[];
}

/** The standard map from the raw numbers of one coordinate to its knots, by plain loops. */
export function knotsByHand(raw: readonly number[], frame: SplineFrame): PlainKnots {
  const { bins: K, left, right, tails, minimumDerivative } = frame;
  const edges = (shares: readonly number[], minimum: number): number[] => {
    const largest = Math.max(...shares);
    const weights = shares.map((share) => Math.exp(share - largest));
    const total = weights.reduce((a, b) => a + b);
    let at = left;
    const inner = weights.slice(0, -1).map((weight) => {
      at += (right - left) * (minimum + (1 - K * minimum) * (weight / total));
      return at;
    });
    return [left, ...inner, right];
  };
  const one = Math.log(Math.expm1(1 - minimumDerivative));
  const d = raw.slice(2 * K).map((v) => minimumDerivative + softplusOf(v + one));
  return {
    x: edges(raw.slice(0, K), frame.minimumBinWidth),
    y: edges(raw.slice(K, 2 * K), frame.minimumBinHeight),
    d: tails === "linear" ? [1, ...d, 1] : d,
  };
}

/** ln(1 + eˣ) */
export function softplusOf(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** nflows' map from raw numbers [R, P, E] to knots: as the standard one, but its softplus is not shifted. */
export function nflowsKnots(frame: SplineFrame): (raw: Variable) => SplineKnots {
  const { bins: K, left, right, tails, minimumDerivative } = frame;
  const edges = (shares: Variable, minimum: number): Variable => {
    const widths = add(mul(softmax(shares, 1), 1 - K * minimum), minimum);
    const [R, , E] = widths.shape;
    return concat([full([R, 1, E], left), add(mul(cumsum(widths, 1), right - left), left)], 1);
  };
  return (raw) => {
    const d = add(softplus(slice(raw, null, [2 * K, null])), minimumDerivative);
    const one = full([d.shape[0], 1, d.shape[2]], 1);
    return {
      x: edges(slice(raw, null, [0, K]), frame.minimumBinWidth),
      y: edges(slice(raw, null, [K, 2 * K]), frame.minimumBinHeight),
      derivatives: tails === "linear" ? concat([one, d, one], 1) : d,
    };
  };
}
