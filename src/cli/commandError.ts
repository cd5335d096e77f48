/** The command was called wrongly, or cannot do what it was asked for: one line on stderr, and this exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** 2 for a wrong call, 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
