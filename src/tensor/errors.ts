/**
 * The root of every error that diffeo throws on purpose. `code` is stable across versions; the message has the form
 * `operation: rule; what came`. A class lives beside the code that throws it; these three are thrown everywhere.
 *
 * @example
 * let code = "";
 * try {
 *   matmul(eye(2), eye(3));
 * } catch (error) {
 *   if (error instanceof DiffeoError) code = error.code;
 * }
 * code; // "SHAPE"
 */
export abstract class DiffeoError extends Error {
  /** A stable name for programs to switch on, e.g. `"SHAPE"`. */
  abstract readonly code: string;
}

/**
 * The shapes of the operands break the rule of the operation.
 *
 * @example
 * add(tensor([1, 2]), tensor([1, 2, 3])); // throws ShapeError
 */
export class ShapeError extends DiffeoError {
  readonly code = "SHAPE";
  override readonly name = "ShapeError";
}

/**
 * A value lies outside the set on which the operation is defined, or is of the wrong type.
 *
 * @example
 * new Random(-1); // throws DomainError: Random: the seed must be an integer in [0, 2^53); got -1
 */
export class DomainError extends DiffeoError {
  readonly code = "DOMAIN";
  override readonly name = "DomainError";
}

/**
 * What was asked for is larger than diffeo can hold.
 *
 * @example
 * zeros([2 ** 40, 2 ** 40]); // throws LimitError
 */
export class LimitError extends DiffeoError {
  readonly code = "LIMIT";
  override readonly name = "LimitError";
}

/**
 * What came, for a message, on one line: numbers as they are, tensors by their shape, other objects by their kind; what is nested deeply
 * in part.
 */
export function describeValue(value: unknown, depth = 0): string {
  if (Array.isArray(value)) {
    const described = depth === 3 ? ["…"] : value.slice(0, 8).map((entry) => describeValue(entry, depth + 1));
    return `[${described.join(",")}${value.length > 8 ? ",…" : ""}]`;
  }
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value !== "object" || value === null) return String(value);
  const { shape, [COPY]: copy } = value as Record<string | symbol, unknown>;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1); // its tag: bundlers rename classes
  if (!Array.isArray(shape)) return kind === "Promise" ? "a Promise: await it" : kind;
  const elsewhere = copy === undefined || copy === THIS_COPY ? "" : ` ${ANOTHER_COPY}`;
  return `${kind} ${describeValue(shape, depth + 1)}${elsewhere}`;
}

/** Under this name every Tensor says which copy of diffeo it is of: two copies that are loaded at once do not know each other's classes. */
export const COPY: unique symbol = /*#__PURE__*/ Symbol.for("diffeo.copy");
/** This copy. */
export const THIS_COPY: object = {};

const ANOTHER_COPY =
  "of another copy of diffeo: load one copy only (npm ls diffeo; import it everywhere in the same way), or rebuild it here " +
  "with tensor(x.data, x.shape)";
