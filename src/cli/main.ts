#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { DiffeoError } from "../tensor/errors.ts";
import { parseCommand } from "./arguments.ts";
import { CommandError } from "./commandError.ts";
import { demo } from "./demo.ts";
import { fitFile } from "./fitFile.ts";

const HELP = `diffeo: normalizing flows from first principles

  diffeo demo [--seed N] [-o FILE.svg]
      trains a RealNVP on two moons, and measures it against the exact density

  diffeo fit FILE.csv [--columns a,b] [--missing drop] [-o FILE.svg] [--seed N]
      trains a RealNVP on the numeric columns of a table, and measures it on held-out rows

options
  --seed N          seeds data, weights, batches and splits; 1 by default
  --steps N         training steps
  -o, --output FILE where the picture goes (two columns only)
  --columns a,b     the columns to model; all numeric ones by default
  --missing drop    leave out rows with blanks; they are refused otherwise
  --help, --version

The last line of the output is one JSON object. Ctrl-C ends training and keeps the best weights so far.
Exit codes: 0 done, 1 failed, 2 wrong call, 130 interrupted.
`;

/** Runs one command; returns the exit code. */
async function run(argv: readonly string[]): Promise<number> {
  const options = parseCommand(argv);
  switch (options.command) {
    case "demo":
      return demo(options);
    case "fit":
      return fitFile(options);
    case "version": {
      const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
      process.stdout.write(`${version}\n`);
      return 0;
    }
    case "help":
      process.stdout.write(HELP);
      return 0;
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  // one line, whatever it was: what we throw on purpose explains itself; anything else is a defect of diffeo
  const expected = error instanceof DiffeoError || error instanceof CommandError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `diffeo: ${expected ? "" : "internal error, please report it: "}${message.replaceAll("\n", " ")}\n`,
  );
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
