// Which cores the two sides of a race have, and how wide the vectors of this machine are.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The cores that this process may use, [0, 1, 2, 3] of "0-1,2-3"; none where nobody says. */
export function allowedCores(status = read("/proc/self/status")) {
  const [, list = ""] = status.match(/^Cpus_allowed_list:\s*(\S+)/m) ?? [];
  return list.split(",").flatMap((range) => {
    if (range === "") return [];
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  });
}

/**
 * A core for each side, by taskset: Python has the first one, diffeo the second. `theirs(words, alone)` and `ours(words, alone)` are commands that
 * start a program there, or on all cores if it is not to be alone. `take()` moves this process, with all of its threads, to its core, `end()` gives
 * it all of them again, and `shared(run)` does so for one call. Without taskset, or on a single core, all share.
 */
export function twoCores() {
  const cores = allowedCores();
  if (cores.length < 2 || spawnSync("taskset", ["--version"]).status !== 0) {
    const asItIs = (words) => words;
    const nothing = () => {};
    const words = "nobody is bound to a core: that needs taskset and two of them";
    return { theirs: asItIs, ours: asItIs, take: nothing, end: nothing, shared: (run) => run(), words };
  }
  const all = cores.join(",");
  const [first, second] = cores.map(String);
  const on = (core) => (words, alone) => ["taskset", "-c", alone ? core : all, ...words];
  let taken = false;
  const move = (where) => {
    const { status, stderr } = spawnSync("taskset", ["-a", "-c", "-p", where, String(process.pid)]);
    if (status !== 0) throw new Error(`bench: taskset failed: ${stderr}`);
    taken = where !== all;
  };
  return {
    theirs: on(first),
    ours: on(second),
    take: () => move(second),
    end: () => taken && move(all),
    shared(run) {
      if (!taken) return run();
      move(all);
      try {
        return run();
      } finally {
        move(second);
      }
    },
    words: `a core for each: Python has number ${first}, diffeo number ${second}`,
  };
}

const VECTORS = [
  [/\bavx512f\b/, "AVX-512, eight float64"],
  [/\bavx2\b/, "AVX2, four float64"],
  [/\bavx\b/, "AVX, four float64"],
  [/\bsve\b/, "SVE"],
  [/\basimd\b/, "NEON, two float64"],
  [/\bsse2\b/, "SSE2, two float64"],
];

/** The widest vectors of native code, by what the kernel says of the processor. */
export function vectors(cpuinfo = read("/proc/cpuinfo")) {
  const [, flags = ""] = cpuinfo.match(/^(?:flags|Features)\s*:(.*)$/m) ?? [];
  return VECTORS.find(([flag]) => flag.test(flags))?.[1] ?? "not known";
}
