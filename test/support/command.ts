import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "diffeo";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect } from "vitest";
import { root } from "./sources.ts";

/** The tables in `examples/data`. */
export const examples: string = join(root, "examples/data");

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command, in a folder of its own for the tests of a file. */
export interface CommandUnderTest {
  readonly folder: string;
  /** Runs it to its end, in that folder unless another is given, with a text on its standard input if there is one. */
  run(args: readonly string[], input?: string | Uint8Array, cwd?: string): Ended;
  /** Starts it there. */
  start(args: readonly string[]): ChildProcess;
  /** Writes a file there, and returns its name. */
  file(name: string, content: string | Uint8Array): string;
  /** Expects one line on standard error, that exit code, and no half-written file. */
  refuse(args: readonly string[], code: number, message: RegExp, input?: string): void;
}

/** Bundles the command from the source before the tests of the file that calls it, and removes everything after them. */
export function commandUnderTest(): CommandUnderTest {
  let folder = "";
  let main = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "diffeo-cli-"));
    main = join(folder, ".command", "main.mjs");
    buildSync({
      entryPoints: [join(root, "src/cli/main.ts")],
      ...{ bundle: true, platform: "node", format: "esm", outfile: main, logLevel: "silent" },
      external: ["hyparquet", "hyparquet-compressors", "apache-arrow"],
    });
    // what its threads run lies beside it
    const outfile = join(folder, ".command", "worker.js");
    buildSync({ entryPoints: [join(root, "src/threads/worker.ts")], bundle: true, format: "esm", outfile });
    writeFileSync(join(folder, ".command", "package.json"), '{ "type": "module" }');
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (args: readonly string[], input?: string | Uint8Array, cwd = folder): Ended => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      ...{ cwd, encoding: "utf8", input: input ?? "", maxBuffer: 1 << 28 },
    });
    return { code: status, out: stdout, err: stderr };
  };
  return {
    get folder() {
      return folder;
    },
    run,
    start: (args) => spawn(process.execPath, [main, ...args], { cwd: folder }),
    file(name, content) {
      writeFileSync(join(folder, name), content);
      return name;
    },
    refuse(args, code, message, input) {
      const { err, code: ended } = run(args, input);
      expect(err, args.join(" ")).toMatch(message);
      expect(err).toMatch(/^diffeo: [^\n]+\n$/);
      expect(err).not.toMatch(/ at .*:\d+:|internal error/);
      expect(ended).toBe(code);
      expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
    },
  };
}

/** The JSON object in the last line. */
export function lastLine(out: string): Record<string, unknown> {
  return JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
}

/** Cells, row by row. */
export type CellRows = readonly (readonly (number | string)[])[];

/** A CSV of those rows, with columns a, b, c … */
export function csvOf(rows: CellRows): string {
  const names = rows[0].map((_, j) => (j < 8 ? "abcdefgh"[j] : `v${j}`));
  return [names, ...rows].map((row) => row.join(",")).join("\n");
}

/** Rows of independent normal numbers. */
export function normalRows(N: number, D: number, seed: number = N): number[][] {
  return new Random(seed).normal([N, D]).toArray() as number[][];
}
