import {
  compose,
  Flow,
  FormatError,
  glow,
  LimitError,
  loadFlow,
  maf,
  Random,
  realNVP,
  reverse,
  saveFlow,
  standardNormal,
} from "diffeo";
import { afterEach, describe, expect, test, vi } from "vitest";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { withMetadata } from "../../support/modelFiles.ts";
import { timesOf } from "../../support/whole.ts";

// R8: 10⁵ mutated model files give FormatError or LimitError only, with memory within four times the file, and prototypes untouched.

const random = new Random(8);
const flows = [
  realNVP({ dimensions: 3, layers: 2, hidden: [6], context: 1, random }),
  maf({ dimensions: 2, layers: 2, hidden: [5], random }),
  glow({ channels: 1, height: 2, width: 2, levels: 1, steps: 1, hidden: [2], random }),
  new Flow(standardNormal([4]), compose(reverse({ dimensions: 4 }), reverse({ dimensions: 4 }))),
];
for (const flow of flows) randomizeParameters(flow, random);
const files = flows.map((flow) => saveFlow(flow, { seed: 1, columns: ["x", "y"] }));

const pick = <Value>(values: readonly Value[]): Value => values[random.integers([1], values.length).at(0)];
const below = (n: number): number => random.integers([1], n).at(0);

/** Bytes that differ: some changed, left out, put in or doubled. */
function mutatedBytes(file: Uint8Array): Uint8Array {
  let bytes = Array.from(file);
  const header = below(2) === 0 ? bytes.length : 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  for (let k = 0; k <= below(3); k++) {
    const at = below(header);
    const kind = below(5);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes[at] ^= 1 << below(8);
    else if (kind === 2) bytes = [...bytes.slice(0, at), ...bytes.slice(at + 1 + below(16))];
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + 1 + below(16)));
    else bytes = bytes.slice(0, at);
  }
  return Uint8Array.from(bytes);
}

const STRANGE: readonly unknown[] = [
  null,
  -1,
  0,
  1,
  7,
  0.5,
  1e9,
  2 ** 53,
  "",
  "x",
  "same",
  [],
  {},
  [[]],
  true,
  "__proto__",
  [0, 1],
  [1, 0, 2],
];

/** The architecture with something else in one place, under a hash that is right for it. */
function mutatedDefinition(file: Uint8Array, flow: Flow): Uint8Array {
  const definition = JSON.parse(JSON.stringify(flow.definition));
  let node = definition;
  for (;;) {
    const key = pick(Object.keys(node));
    const inner = node[key];
    if (typeof inner === "object" && inner !== null && Object.keys(inner).length > 0 && below(4) > 0) {
      node = inner;
      continue;
    }
    const kind = below(4);
    if (kind === 0) delete node[key];
    else if (kind === 1) node[pick(["__proto__", "constructor", "type", "limit", key])] = pick(STRANGE);
    else if (kind === 2 && typeof inner === "number") node[key] = inner + pick([-1, 1, 2, 1e6]);
    else node[key] = pick(STRANGE);
    break;
  }
  const text = JSON.stringify(definition);
  return withMetadata(file, "diffeo.flow", below(8) === 0 ? text.replace("{", '{"__proto__":{"polluted":1},') : text);
}

/** Counts the bytes of typed arrays that are made while f runs. */
function bytesMadeBy(f: () => void): number {
  let made = 0;
  for (const name of ["Float64Array", "Int32Array", "Uint32Array", "Uint8Array"] as const) {
    const original = globalThis[name];
    vi.stubGlobal(
      name,
      new Proxy(original, {
        construct(target, args, self) {
          if (typeof args[0] === "number") made += args[0] * target.BYTES_PER_ELEMENT;
          else if (ArrayBuffer.isView(args[0])) made += args[0].byteLength;
          return Reflect.construct(target, args, self);
        },
      }),
    );
  }
  try {
    f();
  } finally {
    vi.unstubAllGlobals();
  }
  return made;
}

afterEach(() => vi.unstubAllGlobals());

describe("mutated model files", () => {
  test("give a FormatError or a LimitError, or are models; nothing else happens", () => {
    const times = timesOf(100_000);
    const outcomes = { FormatError: 0, LimitError: 0, loaded: 0 };
    const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    let most = 0;
    for (let k = 0; k < times; k++) {
      const which = k % files.length;
      const file = k % 2 === 0 ? mutatedBytes(files[which]) : mutatedDefinition(files[which], flows[which]);
      const made = bytesMadeBy(() => {
        try {
          loadFlow(file);
          outcomes.loaded++;
        } catch (error) {
          if (error instanceof FormatError) outcomes.FormatError++;
          else if (error instanceof LimitError) outcomes.LimitError++;
          else throw new Error(`case ${k}: ${String(error)}`, { cause: error });
        }
      });
      most = Math.max(most, made / (file.length + 4096));
      expect(made, `case ${k}`).toBeLessThan(4 * (file.length + 4096));
    }
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(outcomes.FormatError).toBeGreaterThan(0.7 * times);
    expect(outcomes.LimitError).toBeGreaterThan(0);
    expect(outcomes.loaded).toBeLessThan(0.2 * times);
    expect(most).toBeGreaterThan(0.1); // the count counts
    console.log(`mutated files: ${JSON.stringify(outcomes)}, at most ${most.toFixed(2)} times the file`);
  });
});
