import { DiffeoError } from "../tensor/errors.ts";

/**
 * The bytes of a file are not what its format asks for.
 *
 * @example
 * loadFlow(new Uint8Array(100)); // throws FormatError
 */
export class FormatError extends DiffeoError {
  readonly code = "FORMAT";
  override readonly name = "FormatError";
  /** Where in the file the fault is, in bytes from its start; 0 where it is the whole file. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
