// The peers, as far as they are here: packages of bench/node_modules, and modules of a Python.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

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

/**
 * Peers, made ready when they are first asked for. `peer(name)` is a package or a Python with that module, or null if it is not here;
 * `versions` are those of the peers so far, `blas` is what Python multiplies matrices with; `end` lets Python go.
 */
export function gatherPeers() {
  const ready = {};
  const company = { peer, versions: {}, blas: undefined, end: () => ready.python?.end() };

  async function peer(name) {
    if (!(name in ready)) {
      const version = name in PACKAGES ? packageVersion(name) : await moduleVersion(name);
      company.versions[name] = version ?? "not here";
      ready[name] = version === null ? null : await (PACKAGES[name]?.() ?? ready.python);
    }
    return ready[name];
  }

  async function moduleVersion(name) {
    ready.python ??= startPython();
    const { version = null, ...facts } = await ready.python.ask({ do: "import", module: name }).catch(() => ({}));
    if (version !== null) company.blas = blasOf(facts);
    return version;
  }
  return company;
}

function packageVersion(name) {
  const file = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : null;
}

const FAST = { OpenBLAS: /openblas/i, MKL: /mkl/i, BLIS: /blis/i, ATLAS: /atlas/i };

/**
 * The name of the BLAS of a Python, from the files that its process has loaded and, since packages of PyTorch may contain a BLAS, from
 * what torch.__config__ says. What NumPy and PyTorch were built against does not tell: on Debian it is "generic", and libblas.so.3 is
 * whichever alternative is installed. Throws if that is the reference BLAS.
 */
export function blasOf({ libraries, config = "" }) {
  const reference = libraries.find(
    (path) => /\/lib(c?blas)[^/]*$/.test(path) && !Object.values(FAST).some((pattern) => pattern.test(path)),
  );
  if (reference !== undefined) {
    throw new Error(
      `bench: Python must not compute with the reference BLAS, which is several times slower; it has loaded ${reference}. ` +
        "On Debian: apt-get install libopenblas0-pthread",
    );
  }
  const names = Object.keys(FAST).filter((name) => libraries.some((path) => FAST[name].test(path)));
  const [, mkl] = config.match(/Math Kernel Library Version (\S+)/) ?? [];
  if (mkl !== undefined) names.push(`MKL ${mkl} in PyTorch`);
  if (/BLAS_INFO=accelerate/.test(config)) names.push("Accelerate in PyTorch");
  const files = libraries.map((path) => path.replace(/.*\//, "")).join(" + ");
  return `${names.join(" and ") || "unknown"}${files && ` (${files})`}`;
}

/** A Float64Array for Python, and from it. */
export function encode({ data, shape }) {
  return { float64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"), shape };
}

export function decode(text) {
  const { buffer, byteOffset, byteLength } = Buffer.from(text, "base64");
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Debian's own first: another one in the path seldom has the modules. */
export const usualPython = () =>
  process.env.PYTHON ?? (existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3");

/** The program that speaks for Python. */
export const SCRIPT = fileURLToPath(new URL("../races/python/peers.py", import.meta.url));

/** Settings that would choose kernels for a BLAS, which does that itself, or threads for anybody. */
const SETTINGS = /^(OPENBLAS_|OMP_|MKL_|XLA_FLAGS$)/;

/** The environment of a Python: without such settings, in one thread unless it may have its own, and with settings of the race. */
export function environmentOf(settings = {}, ownThreads = false) {
  const kept = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
  const threads = ownThreads ? {} : { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  return { ...Object.fromEntries(kept), ...threads, ...settings };
}

/** A Python that answers one question after the other; by default one thread. A command may begin with other words than Python's own. */
export function startPython(command = [usualPython()], environment = environmentOf()) {
  const [program, ...words] = command;
  const child = spawn(program, [...words, SCRIPT], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
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
  return {
    ask,
    /** What a race needs: the values of that task, and the time of so many calls of it. */
    async contestant(task, input) {
      const { id, values } = await ask({ do: "prepare", task, input });
      const time = async (calls) => (await ask({ do: "time", id, calls })).milliseconds;
      return { values: () => decode(values), time };
    },
    end: () => child.stdin.end(),
  };
}
