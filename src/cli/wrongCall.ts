import { CommandError } from "./commandError.ts";

/** The error for a call that makes no sense. */
export function wrongCall(message: string, command?: string): CommandError {
  return new CommandError(`${message} (see diffeo ${command === undefined ? "" : `${command} `}--help)`, 2);
}
