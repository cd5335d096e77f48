// The peers, as far as they are here: packages of bench/node_modules, and modules of a Python.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CLOCK } from "./measure.mjs";

const require = createRequire(import.meta.url);

/** How each package is made ready. */
const PACKAGES = {
  "numpy-ts": () => import("numpy-ts"),
  deepbox: () => import("deepbox"),
  "ml-matrix": () => import("ml-matrix"),
  "@stdlib/blas": async () => require("@stdlib/blas/base/dgemm"),
  "@tensorflow/tfjs-backend-wasm": tensorflow,
  "@jax-js/jax": jax,
};

async function tensorflow() {
  console.warn = () => {}; // it advises to install its native twin, and names kernels that are registered twice
  const tf = require("@tensorflow/tfjs");
  const { setThreadsCount } = require("@tensorflow/tfjs-backend-wasm");
  setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  return tf;
}

async function jax() {
  const library = await import("@jax-js/jax");
  await library.init("wasm");
  library.defaultDevice("wasm");
  return library;
}

/** The version of each package, or "not here". */
export function packageVersions() {
  return Object.fromEntries(
    Object.keys(PACKAGES).map((name) => {
      const file = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
      return [name, existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : "not here"];
    }),
  );
}

/** The packages of those names, ready for use; null in place of one that is not here. */
export async function load(...names) {
  const versions = packageVersions();
  const libraries = [];
  for (const name of names) libraries.push(versions[name] === "not here" ? null : await PACKAGES[name]());
  return libraries;
}

/** A Float64Array for Python, and from it. */
export function encode({ data, shape }) {
  return { float64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"), shape };
}

function decode(text) {
  const { buffer, byteOffset, byteLength } = Buffer.from(text, "base64");
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/**
 * A Python with those modules that answers one question after the other; one thread, and a BLAS that chooses its kernels itself.
 *
 * `has(module)` says whether the module is here, `contestant` prepares a competitor there, `end` lets it go.
 */
export async function python(...modules) {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...environment } = process.env;
  const threads = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const script = fileURLToPath(new URL("../python/peers.py", import.meta.url));
  // Debian's own first: another one in the path seldom has the modules.
  const command = process.env.PYTHON ?? (existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3");
  const child = spawn(command, [script, ...modules], {
    env: { ...environment, ...threads },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = new Promise((resolve) => child.once("error", () => resolve({ done: true })));
  child.stdin.on("error", () => {}); // it went away: the next answer says so

  async function ask(question) {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { done, value } = await Promise.race([answers.next(), gone]);
    if (done) throw new Error("python ended");
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  const versions = await ask({ do: "versions" }).catch(() => ({}));
  return {
    versions,
    has: (module) => module in versions,
    /** What `measure.mjs` and `question.mjs` need: the values of that task, and the time of so many calls of it. */
    async contestant(task, input) {
      const { id, values } = await ask({ do: "prepare", task, input });
      const time = async (calls) => (await ask({ do: "time", id, calls, clock: CLOCK })).milliseconds;
      return { values: () => decode(values), time };
    },
    end: () => child.stdin.end(),
  };
}
