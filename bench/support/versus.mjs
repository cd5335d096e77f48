// The races against one library of Python: the same flows, from the same parameters, on both sides, which take turns.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Random } from "../../dist/index.js";
import { describe } from "../races/models/description.mjs";
import { COMPARED, FLOWS, startOf, stepping } from "../races/models/flows.mjs";
import { twoCores, vectors } from "./cores.mjs";
import { timeHere } from "./measure.mjs";
import { blasOf, decode, encode, environmentOf, SCRIPT, startPython } from "./peers.mjs";
import { contestant, race } from "./race.mjs";
import { OWN_THREADS, TWO_THREADS, versusTables } from "./versusTables.mjs";

/** How far losses of {@link COMPARED} steps, log-densities and samples may be apart, in units of the largest. */
const TOLERANCES = { 64: 1e-12 };
/** An error of a spline's inverse grows where it is flat. */
const TOLERANCES_OF_INVERSE = { 64: 1e-9 };
/** More and shorter samples than usual, so that the least one meets a quiet moment of the machine; a quick look has one. */
const paceOf = (quick) => ({ rounds: quick ? 1 : 40, warmUp: 0.5 });

const program = fileURLToPath(new URL("../races/models/wholeProcess.mjs", import.meta.url));
const isBuilt = (file) => existsSync(new URL(`../../dist/${file}`, import.meta.url));

/**
 * The fields of a race in parts against a library:
 *
 * - `name`, and `modules` of Python, of which the first is the library's;
 * - `python()`, the command of a Python; throws where there must be one and is none;
 * - `refusal(version)`, why that version cannot take part, or null;
 * - `settings(alone)`, its part of the environment, in one thread or not, and `fresh`, a further part where nothing must be kept from before;
 * - `products`, what is to be said of how it multiplies matrices;
 * - `tasks`, the module with its tasks, and `ways` of using it, from name to options, of training, and of scoring and sampling n rows.
 */
export function versus(library) {
  const parts = { steps, scoring, processes, sizes };
  async function measure(quick, { part } = {}) {
    const cores = twoCores();
    const company = companyOf(library, cores, quick);
    const absence = () => `${library.name} is ${company.missing}; PYTHON names a Python that has it`;
    try {
      if (!quick && (await company.peer("alone")) === null) return { leftOut: absence() };
      const ask = (table) => parts[part]({ table, quick, library, cores });
      return await race(ask)(quick, { gather: () => company });
    } finally {
      company.end();
    }
  }
  return { parts: Object.keys(parts), measure, table: (answers) => versusTables(library.name, answers) };
}

/** A library as the peers "alone", in one thread on a core of its own, and "free", with threads of its own on all cores. */
function companyOf(library, cores, quick) {
  const [first, ...others] = library.modules;
  const pythons = {};
  const end = () => {
    for (const python of Object.values(pythons)) python?.end();
    cores.end();
  };
  const company = { peer, versions: {}, blas: undefined, missing: undefined, end };
  company.facts = { vectors: vectors(), cores: "nobody is bound to a core", products: library.products };

  async function peer(mode) {
    if (company.missing === undefined) pythons[mode] ??= await ready(mode === "alone");
    return company.missing === undefined ? pythons[mode] : null;
  }

  async function ready(alone) {
    const command = commandOf();
    if (command === null) return null;
    const words = cores.theirs([command], alone);
    const environment = environmentOf(library.settings(alone), !alone);
    const python = startPython(words, environment);
    const facts = await python.ask({ do: "import", module: first }).catch(() => null);
    const refusal = facts === null ? "not here" : library.refusal(facts.version);
    if (facts !== null) company.versions.Python = facts.python;
    company.versions[first] = facts?.version ?? "not here";
    if (refusal !== null) {
      company.missing = refusal;
      python.end();
      return null;
    }
    for (const module of others) company.versions[module] = (await python.ask({ do: "import", module })).version;
    company.blas = blasOf(facts);
    cores.take(); // now that there is somebody to race against
    company.facts.cores = cores.words;
    return Object.assign(python, { words, environment });
  }

  function commandOf() {
    try {
      const python = library.python();
      if (spawnSync(python, ["--version"]).status === 0) return python;
      company.missing = "not here";
      return null;
    } catch (error) {
      if (!quick) throw error; // a quick look says what is missing, and goes on
      company.missing = `left out: ${error.message.replace(/^bench: /, "")}`;
      return null;
    }
  }
  return company;
}

/** Whether a way of using a library compiles for long: a quick look has one of those. */
const isLong = ([, { compiled }]) => compiled === true;

/** Everyone who is asked the same of a library: in one thread, and, those of whom that is said, with its own. */
function inPython({ library }, all, task, inputOf, free) {
  const one = ([name, options], mode) =>
    contestant(mode === "alone" ? name : `${name}, ${OWN_THREADS}`, mode, (python) =>
      python.contestant(`${library.tasks}.${task}`, { ...inputOf(), ...options }),
    );
  return [...all.map((way) => one(way, "alone")), ...all.filter(free).map((way) => one(way, "free"))];
}

/** The workers that threads are made of, or null where they are not built. */
async function nodeWorker() {
  if (!isBuilt("threads/node.js")) return null;
  return (await import("../../dist/threads/node.js")).nodeWorker;
}

/** diffeo's step with two threads, on all cores. */
const twoThreads = ({ cores }, start) =>
  contestant(TWO_THREADS, null, async () => {
    const worker = await nodeWorker();
    if (worker === null) return { missing: "left out: there is no dist/threads/node.js" };
    const { values, run, end } = compared(stepping(start(), { threads: { count: 2, worker } }));
    return { values: () => cores.shared(values), time: async (calls) => cores.shared(() => timeHere(run, calls)), end };
  });

const compared = ({ step, end }) => ({
  values: () => Float64Array.from({ length: COMPARED }, () => step()),
  run: step,
  end,
});

/** Everyone who makes steps of that flow: with more threads than one, and in ways that compile for long, if those are wanted. */
function steppers(arena, name, sizes, rows, { threads, long }) {
  const ways = Object.entries(arena.library.ways.steps).filter((way) => long || !isLong(way));
  const start = () => startOf(name, sizes, rows);
  const inputOf = () => {
    const { flow, x, rate } = start();
    return { flow: describe(flow), x: encode(x), rate, steps: COMPARED };
  };
  return [
    contestant("diffeo", null, () => compared(stepping(start()))),
    ...(threads ? [twoThreads(arena, start)] : []),
    ...inPython(arena, ways, "steps", inputOf, (way) => threads && !(arena.quick && isLong(way))),
  ];
}

const sizesOf = (name, quick) => (quick ? FLOWS[name].small : FLOWS[name].sizes);

async function steps(arena) {
  const { table, quick } = arena;
  const rows = quick ? 16 : 256;
  const column = table(`One step of Adam, ${rows} rows`, "ms");
  for (const name of Object.keys(FLOWS)) {
    const sizes = sizesOf(name, quick);
    const whole = !quick || name === "realNVP"; // compiling takes most of a quick look
    const all = steppers(arena, name, sizes, rows, { threads: whole, long: whole });
    await column(FLOWS[name].title(sizes), all, { seconds: 6, tolerances: TOLERANCES, pace: paceOf(quick) });
  }
}

async function scoring(arena) {
  const { table, quick, library } = arena;
  const [count, pieces] = quick ? [60, 20] : [100_000, 1000];
  const ways = Object.entries(library.ways.rows(pieces)).filter((way) => !quick || !isLong(way));
  const free = ([, options]) => options.pieces === undefined && !quick;
  const startRows = 256;
  const pace = paceOf(quick);
  const titles = [`log p of ${count.toLocaleString("en")} rows`, `${count.toLocaleString("en")} samples`];
  const [scored, sampled] = titles.map((title) => table(title, "ms"));
  for (const name of ["realNVP", "maf", "spline"]) {
    const sizes = sizesOf(name, quick);
    const { flow } = startOf(name, sizes, startRows);
    const x = FLOWS[name].rows(count, new Random(2));
    const all = [
      contestant("diffeo", null, () => ({ values: () => flow.score(x).data, run: () => flow.score(x) })),
      ...inPython(arena, ways, "scores", () => ({ flow: describe(flow), x: encode(x) }), free),
    ];
    await scored(FLOWS[name].title(sizes), all, { seconds: 8, tolerances: TOLERANCES, pace });
    if (name === "maf") continue; // samples one coordinate after another
    const z = new Random(3).normal([count, ...flow.bijection.latentShape]);
    const random = new Random(4);
    const drawn = [
      contestant("diffeo", null, () => ({ values: () => flow.toData(z).data, run: () => flow.sample(count, random) })),
      ...inPython(arena, ways, "samples", () => ({ flow: describe(flow), z: encode(z) }), free),
    ];
    await sampled(FLOWS[name].title(sizes), drawn, { seconds: 8, tolerances: TOLERANCES_OF_INVERSE, pace });
  }
}

/** What a process says, line by line as JSON, and how long it takes from its start to its end. */
function runWhole([command, ...words], environment, input) {
  const start = performance.now();
  const options = { env: environment, input, encoding: "utf8", stdio: ["pipe", "pipe", "inherit"], maxBuffer: 2 ** 28 };
  const { status, stdout, error } = spawnSync(command, words, options);
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`a process ended with ${status}: ${error?.message ?? "see above"}`);
  const lines = stdout.trim().split("\n");
  return { milliseconds, answers: lines.map((line) => JSON.parse(line)) };
}

/** A contestant that is a whole process: `run()` is one of them, `lossesIn` finds the first losses in its answers. */
const wholeProcess = (run, lossesIn) => ({
  values: () => lossesIn(run().answers),
  async time(calls) {
    let total = 0;
    for (let k = 0; k < calls; k++) total += run().milliseconds;
    return total / calls;
  },
});

/** Everyone who starts, makes so many steps of a flow, and ends. */
function beginners({ library, cores, quick }, name, sizes, rows, count) {
  const ours = (title, alone, threads, file) =>
    contestant(title, null, () => {
      if (!isBuilt(file)) return { missing: `left out: there is no dist/${file}` };
      const task = JSON.stringify({ name, sizes, rows, count, threads });
      const words = cores.ours([process.execPath, program, task], alone);
      return wholeProcess(
        () => runWhole(words, process.env, ""),
        ([{ losses }]) => Float64Array.from(losses),
      );
    });
  const theirs = ([way, options], mode) =>
    contestant(mode === "alone" ? way : `${way}, ${OWN_THREADS}`, mode, ({ words, environment }) => {
      const { flow, x, rate } = startOf(name, sizes, rows);
      const first = Math.min(COMPARED, count);
      const input = { flow: describe(flow), x: encode(x), rate, steps: first, ...options };
      const lines = [
        { do: "import", module: library.modules[0] },
        { do: "prepare", task: `${library.tasks}.steps`, input },
        ...(count > first ? [{ do: "time", id: 0, calls: count - first }] : []),
      ];
      const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
      const run = () => {
        const whole = runWhole([...words, SCRIPT], { ...environment, ...library.fresh }, text);
        const refused = whole.answers.find(({ error }) => error !== undefined);
        if (refused !== undefined) throw new Error(refused.error);
        return whole;
      };
      return wholeProcess(run, (answers) => decode(answers[1].values));
    });
  const ways = Object.entries(library.ways.steps).filter((way) => !quick || !isLong(way));
  const alone = [ours("diffeo", true, 1, "index.js"), ...ways.map((way) => theirs(way, "alone"))];
  if (quick) return alone; // starting takes most of a quick look
  return [
    ...alone,
    ours("diffeo, all cores for its engine", false, 1, "index.js"),
    ours(TWO_THREADS, false, 2, "threads/node.js"),
    ...ways.map((way) => theirs(way, "free")),
  ];
}

async function processes(arena) {
  const { table, quick } = arena;
  const name = "realNVP";
  const [sizes, rows] = [sizesOf(name, quick), quick ? 16 : 256];
  const title = `Whole processes that train ${FLOWS[name].title(sizes)}, ${rows} rows in each step`;
  const column = table(title, "s", (milliseconds) => milliseconds / 1000);
  const pace = { rounds: quick ? 1 : 20, warmUp: 0 };
  for (const count of quick ? [1] : [1, 500, 2000]) {
    const all = beginners(arena, name, sizes, rows, count);
    const named = `${count.toLocaleString("en")} step${count === 1 ? "" : "s"}`;
    await column(named, all, { seconds: 20, tolerances: TOLERANCES, pace });
  }
}

async function sizes(arena) {
  const { table, quick } = arena;
  const name = "realNVP";
  const { layers } = sizesOf(name, quick);
  const column = table(
    `One step of Adam, RealNVP, ${layers} couplings, D = 2, by the width of its nets and the rows`,
    "ms",
  );
  for (const width of quick ? [4] : [64, 256, 1024]) {
    for (const rows of quick ? [8, 16] : [64, 256, 1024, 4096, 16_384]) {
      const all = steppers(arena, name, { layers, hidden: [width, width] }, rows, { threads: false, long: !quick });
      const title = `hidden ${width}×${width}, ${rows.toLocaleString("en")} rows`;
      const result = await column(title, all, { seconds: 3, tolerances: TOLERANCES, pace: paceOf(quick) });
      Object.assign(result, { width, rows });
    }
  }
}
