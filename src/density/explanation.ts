import type { Flow } from "../flows/flow.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { Tensor } from "../tensor/tensor.ts";
import { adaptiveIntegral } from "./adaptiveIntegral.ts";
import { bounded, logSlope } from "./columnType.ts";
import { CELL_POINTS, type Coordinates } from "./coordinates.ts";
import { logMeanExp } from "./logMeanExp.ts";

/** How likely one value of a row is, given the others. */
export interface ColumnExplanation {
  /** The name of the column. */
  readonly column: string;
  /** x_j, what the row has. */
  readonly value: number;
  /** log p(x_j | x_−j), nats, in the unit of the column; of cells the log mean density. */
  readonly logProb: number;
  /** The same in units of the deviation that the unbounded value has given the others: the lowest of a row is what is oddest about it, whatever the units of its columns. */
  readonly inDeviations: number;
  /** The error of logProb that the quadrature admits. */
  readonly error: number;
  /** E[x_j | x_−j]: what would be expected there. */
  readonly expected: number;
  /** The deviation of x_j given the others. */
  readonly deviation: number;
}

/**
 * log p(x_j | x_−j) = log p(x) − log ∫ p(x with x_j replaced) dx_j for each column of one row x [1, D], lowest first.
 *
 * The integral runs over the whole line, by adaptive quadrature. Where rows stand for cells, both densities are means over the 16 points of the cell, but for the column
 * itself below the integral, which is not in cells there.
 * Cost: some hundreds of densities for each column; 16 times as many with cells.
 */
export function explained(
  flow: Flow,
  coordinates: Coordinates,
  x: Tensor,
  context: Tensor | undefined,
): ColumnExplanation[] {
  const { columns, hasCells } = coordinates;
  const D = columns.length;
  const { y } = coordinates.toPoints(x);
  const M = hasCells ? CELL_POINTS : 1;
  const cell = coordinates.inCells(repeated(y, M), (m) => m);
  const logProb = logMeanOf(flow, cell, M, context)[0];
  const explanations = columns.map(({ name, type, mean, deviation: unit }, j): ColumnExplanation => {
    const integral = adaptiveIntegral((t) => {
      const points = new Float64Array(t.length * M * D);
      for (let i = 0; i < t.length * M; i++) {
        points.set(cell.data.subarray((i % M) * D, ((i % M) + 1) * D), i * D);
        points[i * D + j] = t[Math.floor(i / M)];
      }
      return logMeanOf(flow, new Tensor(points, [t.length * M, D]), M, context);
    });
    const valueAt = (t: number): number =>
      bounded(type.kind === "integer" || type.kind === "rounded" ? REAL : type, t * unit + mean);
    const expected = integral.mean(valueAt);
    const spread = integral.mean((t) => (valueAt(t) - expected) * (valueAt(t) - expected));
    const ofPoint = logProb - integral.logValue;
    const middle = integral.mean((t) => t);
    return {
      column: name,
      value: x.data[j],
      logProb: ofPoint + logSlope(type, x.data[j]) - log(unit),
      inDeviations: ofPoint + 0.5 * log(integral.mean((t) => (t - middle) * (t - middle))),
      error: integral.error,
      expected,
      deviation: Math.sqrt(spread),
    };
  });
  return explanations.sort((a, b) => a.logProb - b.logProb);
}

const REAL = { kind: "real" } as const;

/** ln of the mean density of each M points [N·M, D]: [N]. */
function logMeanOf(flow: Flow, points: Tensor, M: number, context: Tensor | undefined): Float64Array {
  const scores = flow.score(points, context).data;
  if (M === 1) return scores;
  const N = scores.length / M;
  return logMeanExp(Array.from({ length: M }, (_, m) => Float64Array.from({ length: N }, (_, i) => scores[i * M + m])));
}

/** One row M times. */
function repeated({ data, shape: [, D] }: Tensor, M: number): Tensor {
  const rows = new Float64Array(M * D);
  for (let m = 0; m < M; m++) rows.set(data, m * D);
  return new Tensor(rows, [M, D]);
}
