#!/usr/bin/env node
import { VERSION } from "../io/files/version.ts";
import { DiffeoError } from "../tensor/errors.ts";
import { CommandError } from "./commandError.ts";
import { helpOfAll, runCommand } from "./commands.ts";
import { endOnClosedPipe } from "./output.ts";

/** Runs one command; returns the exit code. */
async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (name === undefined || ["help", "--help", "-h"].includes(name)) {
    if (args.length > 0 && name === "help") return runCommand(args[0], ["--help"]);
    process.stdout.write(helpOfAll());
    return 0;
  }
  return runCommand(name, args);
}

endOnClosedPipe();
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  // one line, whatever it was: what we throw on purpose explains itself; anything else is a defect of diffeo
  const expected = error instanceof DiffeoError || error instanceof CommandError;
  const whole = error instanceof Error ? error.message : String(error);
  const message = error instanceof DiffeoError ? whole.replace(/^\w+: /, "") : whole; // functions of the library have no names here
  process.stderr.write(
    `diffeo: ${expected ? "" : "internal error, please report it: "}${message.replaceAll("\n", " ")}\n`,
  );
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
