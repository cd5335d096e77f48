import { DomainError, ShapeError } from "../tensor/errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { certifiedColumn, type Evaluate } from "./certifiedColumn.ts";
import { PivotError } from "./ops/linalg/stack.ts";

/** What {@link numericalJacobian} takes. */
export interface NumericalJacobianOptions {
  /** f maps a batch [N, ...x's shape] to [N, ...f's shape], row by row: all points are then evaluated in a few calls. */
  readonly batched?: boolean;
  /** Divides all steps: others give an independent estimate. 1 by default. */
  readonly stepDivisor?: number;
}

/** A Jacobian and, entry by entry, a bound on its error. */
export interface CertifiedJacobian {
  /** The estimate of J. */
  readonly jacobian: Tensor;
  /** The certificate: |estimate − ∂f_i/∂x_j| is at most this. Infinity says *inconclusive*: nothing is known of the entry. */
  readonly error: Tensor;
  /**
   * How much f_i varies per unit of x_j near the step of the estimate (|f_i| per unit where it is constant up to rounding): error/scale
   * says how sharp an entry is, in any units, also where the entry itself is 0.
   */
  readonly scale: Tensor;
}

/**
 * J[i][j] = ∂f_i/∂x_j from values of f alone, with a certificate: a bound on the error of each entry that is true at every scale of x
 * and f, or Infinity. Central differences are surveyed over thirteen decades of steps and more; where they begin to agree, coming from
 * the smallest steps, twelve further ones are extrapolated to h → 0 (Richardson, Neville's tableau), and the best of them must be
 * consistent with everything that smaller steps say.
 *
 * Assumed of f: near x it is smooth, at some scale, and has no structure below that scale that values 64 times closer and closer to x do
 * not show; none below 2⁻⁴²·|x|, and none smaller than 2⁻⁴²·|f|, which is taken for rounding. Values alone can promise no more.
 *
 * Shape: all are [...f's shape, ...x's shape].
 * Special cases: steps at which f is not finite, or throws DomainError, or meets a singular matrix, are left out; DomainError if none is left. Inconclusive are kinks
 * at x, f with more rounding than change, and what contradicts itself. A constant is 0 ± rounding.
 * Cost: 55 evaluations of f per element of x, some 20 for each further scale among the elements of f, and up to 64 where that scale is far
 * from 1 and |x|; three times that where entries stay rough.
 * Throws ShapeError where values of f differ in shape, or are not one for each point of a batch.
 * Reference: Richardson (1911), Ridders (1982); the certificate is derived in docs/derivations/certificate.md.
 *
 * @example
 * const { jacobian, error } = numericalJacobian(exp, tensor([0, 1]));
 * jacobian; // [[1, 0], [0, 2.71828]]
 * max(error).item() < 1e-10; // true
 */
export function numericalJacobian(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  options: NumericalJacobianOptions = {},
): CertifiedJacobian {
  let outputShape: Shape | undefined;
  const note = (shape: Shape): void => {
    if (outputShape !== undefined && !sameShape(shape, outputShape)) {
      throw new ShapeError(
        `numericalJacobian: f's shape must not vary; ${formatShape(outputShape)} and ${formatShape(shape)}`,
      );
    }
    outputShape = shape;
  };
  const one = (point: Float64Array): Float64Array => {
    const y = f(new Tensor(point, x.shape));
    note(y.shape);
    return y.data;
  };
  const evaluate: Evaluate = options.batched ? batchEvaluation(f, x.shape, note) : (points) => points.map(one);
  const safely: Evaluate = (points) => {
    try {
      return evaluate(points);
    } catch (error) {
      if (!(error instanceof DomainError || error instanceof PivotError)) throw error;
      return points.length === 1 ? [Float64Array.of(Number.NaN)] : points.flatMap((point) => safely([point]));
    }
  };

  const columns = Array.from({ length: x.size }, (_, j) =>
    certifiedColumn(safely, x.data, j, options.stepDivisor ?? 1),
  );
  if (outputShape === undefined) safely([x.data.slice()]); // x is empty: only the shape of f is wanted
  const outputs = columns[0]?.length ?? 0;
  const jacobian = new Float64Array(outputs * x.size);
  const error = new Float64Array(outputs * x.size);
  const scale = new Float64Array(outputs * x.size);
  columns.forEach((column, j) => {
    column.forEach((entry, i) => {
      jacobian[i * x.size + j] = entry.estimate;
      error[i * x.size + j] = entry.error;
      scale[i * x.size + j] = entry.scale;
    });
  });
  const shape = [...(outputShape ?? []), ...x.shape];
  return {
    jacobian: new Tensor(jacobian, shape),
    error: new Tensor(error, shape),
    scale: new Tensor(scale, shape),
  };
}

/** Evaluates all points as one batch, and cuts the result into rows. */
function batchEvaluation(f: (x: Tensor) => Tensor, inputShape: Shape, note: (shape: Shape) => void): Evaluate {
  return (points) => {
    const width = points[0].length;
    const batch = new Float64Array(points.length * width);
    points.forEach((point, i) => {
      batch.set(point, i * width);
    });
    const y = f(new Tensor(batch, [points.length, ...inputShape]));
    if (y.shape[0] !== points.length) {
      throw new ShapeError(
        `numericalJacobian: a batched f keeps the batch; got ${formatShape(y.shape)} for ${points.length} rows`,
      );
    }
    note(y.shape.slice(1));
    const rowSize = y.size / points.length;
    return points.map((_, i) => y.data.slice(i * rowSize, (i + 1) * rowSize));
  };
}
