// Model files between Node and Python: models that the command has fitted are opened by the package safetensors, evaluated by
// examples/python/score.py, written anew by Python, and opened here again.
//
//   npm run test:interop
//
// NumPy and safetensors, of the versions in scripts/interop/requirements.txt, are installed into a virtual environment in
// node_modules/.cache/interop, which is kept. One line per check. Without Python, pip or its registry all are counted as skipped; the exit code is 1
// when any of them fails. PYTHON names another than python3.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  actNorm,
  add,
  additiveElement,
  affineElement,
  compose,
  coupling,
  diagonalBase,
  Flow,
  FormatError,
  fitNormal,
  invert,
  linear,
  loadFlow,
  maf,
  maskedAutoregressive,
  mlp,
  mul,
  normalBase,
  permutation,
  Random,
  readCsv,
  residualMlp,
  reverse,
  saveFlow,
  standardization,
  standardNormal,
} from "../dist/index.js";
import { Checks, same } from "./checks.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const cache = join(root, "node_modules/.cache/interop");
const penguins = join(root, "examples/data/penguins.csv");
const SCORE = join(root, "examples/python/score.py");
const folder = mkdtempSync(join(tmpdir(), "diffeo-interop-"));

/** How far a log-density may be from that of Node, relative to 1 + |value|: sums of at most 40 terms in another order, in 22 layers. */
const TOLERANCE = 1e-12;

/** What the command fits: name, and options. @type {readonly (readonly [string, ...string[]])[]} */
const MODELS = [
  ["a MAF", "--model", "maf"],
  ["a RealNVP", "--model", "realnvp"],
  ["a MAF given another column", "--model", "maf", "--condition", "flipper_mm"],
  ["a RealNVP given another column", "--model", "realnvp", "--condition", "flipper_mm"],
];

const checks = new Checks("interop");
const python = (await checks.need("Python with NumPy and safetensors", environment)) ?? "";
try {
  for (const [name, ...options] of MODELS) await checkModel(name, options);
  await checks.run("score.py says of NICE and of a Gaussian what the command says", () => {
    compareScores(fitted("nice", ["--model", "nice", "--condition", "flipper_mm"]));
    compareScores(fitted("gaussian", ["--model", "gaussian"]));
  });
  for (const which of [0, 1, 2, 3]) {
    await checks.run(`score.py knows all that it says it knows, ${which + 1} of 4`, () =>
      compareScores(mixture(which)),
    );
  }
  await checks.run("score.py refuses a layer that it does not know, by name", () => {
    const model = fitted("linear", ["--model", "linear"]);
    refusedBy(() => ask(SCORE, model, penguins), /score\.py does not know the layer luLinear/);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
checks.end();

/** @param {string} name @param {readonly string[]} options */
async function checkModel(name, options) {
  const file = (/** @type {string} */ ending) => join(folder, `${name.replaceAll(" ", "-")}${ending}`);
  const check = join(root, "scripts/interop/check.py");
  let model = "";
  await checks.run(`${name}: safetensors opens it, and finds the numbers of Node, to the bit`, () => {
    model = fitted(name.replaceAll(" ", "-"), options);
    const flow = open(model);
    const tensors = [
      ...[...flow.named()].map(([each, tensor]) => [`parameters.${each}`, tensor]),
      ...[...flow.bijection.buffers].map(([each, tensor]) => [`buffers.${each}`, tensor]),
    ];
    writeFileSync(file(".json"), JSON.stringify(Object.fromEntries(tensors)));
    ask(check, "opens", model, file(".json"));
  });
  await checks.run(`${name}: the layout is that of safetensors, and its hash as described`, () => {
    ask(check, "layout", model);
    ask(check, "signs", model);
  });
  await checks.run(`${name}: score.py says of each row what the command says`, () => compareScores(model));
  await checks.run(`${name}: written anew by Python, in another order, it has the same scores in Node`, () => {
    ask(check, "rewrite", model, file("-anew"));
    if (readFileSync(model).equals(readFileSync(file("-anew")))) throw new Error("it is the same file");
    same(
      command("score", file("-anew"), penguins, "--missing", "drop"),
      command("score", model, penguins, "--missing", "drop"),
      "scores",
    );
  });
  await checks.run(
    `${name}: a weight that Python wrote in Fortran order is refused, by hash and by reference points`,
    () => {
      ask(check, "in_fortran_order", model, file("-fortran"), file("-signed"));
      refusedBy(
        () => open(file("-fortran")),
        /loadFlow: the content must have the SHA-256 that the file states/,
        FormatError,
      );
      refusedBy(
        () => open(file("-signed")),
        /loadFlow: the flow must make of its reference points what the file says/,
        FormatError,
      );
      refusedBy(
        () => ask(SCORE, file("-signed"), penguins),
        /score\.py: the model does not make of its reference points/,
      );
    },
  );
}

/** Throws unless score.py says of the penguins what the command says. @param {string} model */
function compareScores(model) {
  const came = ask(SCORE, model, penguins).trim().split("\n").slice(1).map(Number);
  const expected = readCsv(command("score", model, penguins, "--missing", "drop")).column("logLikelihood").data;
  same(came.length, 342, "rows");
  let largest = 0;
  came.forEach((value, i) => {
    const error = Math.abs(value - expected[i]) / (1 + Math.abs(expected[i]));
    if (!(error <= TOLERANCE)) throw new Error(`row ${i}: score.py says ${value}, the command ${expected[i]}`);
    largest = Math.max(largest, error);
  });
  console.log(`      the largest difference is ${largest.toExponential(1)}·(1 + |value|)`);
}

/** A flow with each kind of layer, element, net and base that score.py knows, with random parameters; its file. @param {number} which */
function mixture(which) {
  const random = new Random(which);
  const table = readCsv(readFileSync(penguins, "utf8")).dropMissing([
    "beak_length_mm",
    "beak_depth_mm",
    "flipper_mm",
    "mass_g",
  ]);
  const columns = ["beak_length_mm", "beak_depth_mm", "flipper_mm", "mass_g"];
  const dimensions = 4;
  const [x, mask] = [table.matrix(columns), [1, 0, 0, 1]];
  const logScale = /** @type {const} */ (["tanh", "exponential", "softplus", "sigmoid"])[which];
  const activation = /** @type {const} */ (["silu", "softplus", "relu", "tanh"])[which];
  const element = affineElement({ logScale });
  const net = { hidden: [9, 9], activation };
  const masked = [
    { order: [2, 0, 2, 1] },
    {
      dependencies: [
        [0, 0, 1, 0],
        [1, 0, 1, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
      ],
    },
    { order: /** @type {const} */ ("natural"), residual: true },
    {
      masks: [
        new Array(36).fill(0).map((_, i) => (i % 4 < 2 ? 1 : 0)),
        new Array(81).fill(1),
        new Array(72).fill(0).map((_, i) => (Math.floor(i / 9) % 4 > 1 ? 1 : 0)),
      ],
    },
  ][which];
  const conditioner = /** @type {const} */ ([mlp, residualMlp, linear, mlp])[which];
  const base = [standardNormal([4]), diagonalBase(), normalBase(), fitNormal(random.normal([99, 4]))][which];
  const layers = [
    standardization({ dimensions }),
    coupling({
      dimensions,
      mask,
      element,
      random,
      conditioner: (sizes) => conditioner(conditioner === linear ? sizes : { ...sizes, ...net }),
    }),
    permutation({ dimensions, random }),
    maskedAutoregressive({ dimensions, element, ...net, ...masked, random }),
    reverse({ dimensions }),
    invert(maskedAutoregressive({ dimensions, ...net, random })),
    invert(coupling({ dimensions, element: additiveElement(), random })),
    actNorm({ dimensions }),
    invert(actNorm({ dimensions })),
  ];
  const made = maf({ dimensions, base, random }).base;
  const flow = new Flow(made, compose(...layers));
  flow.bijection.initialize?.(x);
  for (const parameter of flow.parameters) {
    parameter.assign(add(parameter, mul(random.normal(parameter.shape), 0.2)));
  }
  const path = join(folder, `mixture-${which}.safetensors`);
  writeFileSync(path, saveFlow(flow, { columns }));
  return path;
}

/** A virtual environment with what scripts/interop/requirements.txt asks for; the program python in it. */
function environment() {
  const requirements = join(root, "scripts/interop/requirements.txt");
  const base = process.env.PYTHON ?? "python3";
  const wanted = `${run(base, "--version")}${readFileSync(requirements, "utf8")}`;
  const inside = join(cache, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const note = join(cache, "installed.txt");
  if (existsSync(note) && readFileSync(note, "utf8") === wanted) return inside;
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  run(base, "-m", "venv", cache);
  run(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements);
  writeFileSync(note, wanted);
  return inside;
}

/** Fits a model to the penguins; its file. @param {string} name @param {readonly string[]} options */
function fitted(name, options) {
  const path = join(folder, `${name}.safetensors`);
  command("fit", penguins, "--missing", "drop", ...options, "--steps", "100", "-o", path);
  return path;
}

/** @param {string} path */
function open(path) {
  return loadFlow(readFileSync(path));
}

/** @param {string[]} args */
function command(...args) {
  return run(process.execPath, join(root, "dist/cli/main.js"), ...args, "--quiet");
}

/** A program of Python. @param {string[]} args */
function ask(...args) {
  return run(python, ...args);
}

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: "utf8", stdio: "pipe" });
}

/** Throws unless the function throws such an error. @param {() => unknown} f @param {RegExp} pattern @param {Function} [type] */
function refusedBy(f, pattern, type = Error) {
  try {
    f();
  } catch (error) {
    const { message, stderr = "" } = /** @type {Error & { stderr?: string }} */ (error);
    if (error instanceof type && pattern.test(message + stderr)) return;
    throw error;
  }
  throw new Error(`it is not refused (${pattern})`);
}
