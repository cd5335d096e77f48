// A Python with JAX: the one named by PYTHON if it has it, else an environment of its own in the folder for temporary files, which is kept.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The version that is raced against. */
const JAX = "0.10.2";

const LAST_LINES = 3;

const run = (program, words) => spawnSync(program, words, { encoding: "utf8" });
const runs = (program, code) => run(program, ["-c", code]).status === 0;

/** What went wrong, in a few lines. */
const complaint = ({ error, stdout, stderr }) =>
  error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-LAST_LINES).join("\n");

/** A Python with JAX, as a command; it is made if there is none, which takes a minute and a registry of packages. Throws if that fails. */
export function jaxPython() {
  const base = process.env.PYTHON ?? "python3";
  const named = "name one in PYTHON";
  if (!runs(base, "import sys; sys.exit(sys.version_info < (3, 11))")) {
    throw new Error(`bench: JAX ${JAX} needs Python 3.11 or later, and ${base} is none: ${named}`);
  }
  const hasJax = `from importlib.metadata import version; assert version("jax") == "${JAX}"; import jaxlib`;
  if (runs(base, hasJax)) return base;
  const folder = join(tmpdir(), `diffeo-jax-${JAX}`);
  const python = join(folder, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
  if (runs(python, hasJax)) return python;
  console.error(`bench: installs JAX ${JAX} into ${folder}`);
  const made = run(base, ["-m", "venv", folder]);
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(
      `bench: ${base} makes no environment (is its module venv installed? or ${named}): ${complaint(made)}`,
    );
  }
  const installed = run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `jax==${JAX}`]);
  if (installed.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`bench: pip does not install JAX ${JAX}: ${complaint(installed)}`);
  }
  return python;
}
