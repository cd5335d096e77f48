import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { BatchSource } from "./batches.ts";
import { checkRows, type Rows } from "./rows.ts";

/**
 * Draws n new rows: [n, ...dataShape], or with their contexts and weights. For toys, for simulators, and for tables that do not fit in memory. All that is random in it has
 * to come from `random`, which is that of training: then the same seed gives the same rows, and training can be stopped and gone on with.
 */
export type Draw = (n: number, random: Random) => Tensor | Rows;

/** There are no passes through data that never end: so many steps count as one. */
export const STEPS_PER_EPOCH = 100;

/** At least so many rows are drawn first, for layers to take mean and deviation from. */
const FIRST_ROWS = 1024;

/** The rows that layers see before the first step: 1,024, or a batch if that is more. */
export function drawFirst(operation: string, draw: Draw, batchSize: number, random: Random, shape: Shape): Rows {
  return drawRows(operation, draw, Math.max(FIRST_ROWS, batchSize), random, shape, null);
}

/** Batches without end, of rows that were not there before. The state of `random` is all that they remember. */
export class FreshBatches implements BatchSource {
  readonly #draw: (step: number) => Rows;

  /** `weighted`: whether the rows that were drawn first had weights, which the others are measured by. */
  constructor(draw: Draw, batchSize: number, random: Random, shape: Shape, weighted: boolean) {
    this.#draw = (step) => {
      const rows = drawRows("train", draw, batchSize, random, shape, step);
      if (weighted === (rows.weights !== undefined)) return rows;
      const came = weighted ? "none" : "some";
      throw new DomainError(`train: the function must draw weights always or never; got ${came} in step ${step}`);
    };
  }

  next(step: number): Rows {
    return this.#draw(step);
  }

  state(): null {
    return null;
  }

  restore(): void {}
}

/**
 * n rows, checked as rows of a table are, and copied: whoever draws may use its arrays again. `step` is the step that they are for, null before the first. Throws
 * what the function throws; DomainError for what are no rows; ShapeError, and NonFiniteError for NaN and ∞, which name the step.
 */
function drawRows(operation: string, draw: Draw, n: number, random: Random, shape: Shape, step: number | null): Rows {
  const when = step === null ? "before step 1" : `in step ${step}`;
  const drawn: unknown = draw(n, random);
  const rows = (drawn instanceof Tensor ? { x: drawn } : drawn) as Partial<Rows> | null | undefined;
  if (!(rows?.x instanceof Tensor)) {
    throw new DomainError(
      `${operation}: the function must draw rows at once, a Tensor [n, …] or { x, context }; got ${describeValue(drawn)} ${when}`,
    );
  }
  const copied: Rows = {
    x: copyOf(rows.x),
    ...(rows.context && { context: copyOf(rows.context) }),
    ...(rows.weights && { weights: copyOf(rows.weights) }),
  };
  try {
    checkRows(operation, "x", copied, shape, step !== null);
  } catch (error) {
    throw named(error, when, step ?? 1);
  }
  if (copied.x.shape[0] === n) return copied;
  throw new ShapeError(
    `${operation}: the function must draw as many rows as it is asked for, ${n}; got ${copied.x.shape[0]} ${when}`,
  );
}

function copyOf(x: Tensor): Tensor {
  return x instanceof Tensor ? new Tensor(x.data.slice(), x.shape) : x;
}

/** The same error, which says when. */
function named(error: unknown, when: string, step: number): unknown {
  const message = `${(error as Error).message} ${when}`;
  if (error instanceof NonFiniteError) return new NonFiniteError(message, { op: error.op, index: error.index, step });
  if (error instanceof ShapeError) return new ShapeError(message);
  return error instanceof DomainError ? new DomainError(message) : error;
}
