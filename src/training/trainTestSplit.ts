import { checkRandom, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape } from "../tensor/shape.ts";
import { groupEqualRows, splitRows } from "../tensor/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkRows, type Rows, select } from "./rows.ts";

/** What {@link trainTestSplit} takes beside the rows. */
export interface TrainTestSplitOptions {
  /** Shuffles the rows. */
  readonly random: Random;
  /** The part of the rows to test with, in (0, 1); 0.2 by default. At least one row, and never all. */
  readonly test?: number;
  /** [N, C], which is split alike, or [1, C] for all rows, which both parts get. */
  readonly context?: Tensor;
  /** [N], a weight for each row, which is split alike. */
  readonly weights?: Tensor;
}

const KNOWN: Known<TrainTestSplitOptions> = { random: true, test: true, context: true, weights: true };

/** Rows to learn from, rows to test with, and which rows of the whole they are, in their order. */
export interface TrainTestSplit {
  /** To learn from. */
  readonly train: Rows;
  /** To test with. */
  readonly test: Rows;
  /** The numbers of the rows to learn from. */
  readonly trainRows: readonly number[];
  /** The numbers of the rows to test with. */
  readonly testRows: readonly number[];
}

/**
 * The rows of x [N, …] shuffled and cut in two: floor(test · N) rows to test with, and the others to learn from. Copies of a row stay on one side,
 * whatever their contexts: a copy of a row that was learned from tells how well that has been learned by heart. So there may be somewhat fewer rows to test with,
 * and more only where one row and its copies are more than asked for.
 *
 * Cost: O(size of x). Throws DomainError unless `test` is in (0, 1) and two rows at least are different; ShapeError unless contexts and weights fit the rows;
 * NonFiniteError for NaN and ∞. In all these cases `random` is as it was.
 *
 * @example
 * const { train, test, testRows } = trainTestSplit(arange(8), { random: new Random(1), test: 0.25 });
 * testRows; // [0, 3]
 * test.x; // [0, 3]
 * train.x.shape; // [6]
 */
export function trainTestSplit(x: Tensor, options: TrainTestSplitOptions): TrainTestSplit {
  const operation = "trainTestSplit";
  const { shape } = checkTensor(operation, "x", x);
  checkOptions(operation, options, KNOWN);
  const { test = 0.2, context, weights } = options;
  const random = checkRandom(operation, options.random);
  if (!(typeof test === "number" && test > 0 && test < 1)) {
    throw new DomainError(`${operation}: test is a fraction in (0, 1); got ${describeValue(test)}`);
  }
  if (shape.length === 0) {
    throw new ShapeError(`${operation}: x must have rows, [N, …]; got ${formatShape(shape)}`);
  }
  const all: Rows = { x, ...(context && { context }), ...(weights && { weights }) };
  checkRows(operation, "x", all, shape.slice(1));
  const N = shape[0];
  const count = Math.max(1, Math.floor(test * N));
  const [testRows, trainRows] = splitRows(operation, groupEqualRows(x), [count], random);
  return { train: select(all, trainRows), test: select(all, testRows), trainRows, testRows };
}
