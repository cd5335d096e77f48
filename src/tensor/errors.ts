/**
 * The root of every error that diffeo throws on purpose. `code` is stable across versions; the message has the form
 * `operation: rule; what came`. A class lives beside the code that throws it; these three are thrown everywhere.
 */
export abstract class DiffeoError extends Error {
  /** A stable name for programs to switch on, e.g. `"SHAPE"`. */
  abstract readonly code: string;
}

/** The shapes of the operands break the rule of the operation. */
export class ShapeError extends DiffeoError {
  readonly code = "SHAPE";
  override readonly name = "ShapeError";
}

/** A value lies outside the set on which the operation is defined, or is of the wrong type. */
export class DomainError extends DiffeoError {
  readonly code = "DOMAIN";
  override readonly name = "DomainError";
}

/** What was asked for is larger than diffeo can hold. */
export class LimitError extends DiffeoError {
  readonly code = "LIMIT";
  override readonly name = "LimitError";
}
