import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Flow, loadFlow, loadModel } from "diffeo";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { root } from "../support/sources.ts";

const read = (path: string): Uint8Array => readFileSync(join(root, path));
const readme = new TextDecoder().decode(read("examples/data/README.md"));

/** Of the names and bits of all parameters and buffers. */
function digest(flow: Flow): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of [...flow.named(), ...flow.buffers]) {
    hash.update(name);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

describe("the Glow of digits", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "diffeo-digits-"));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  /** Runs a program of the lecture in that folder, and returns what it prints. */
  async function run(name: string, ...args: string[]): Promise<string> {
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
    const before = process.argv;
    process.argv = [before[0], name, folder, ...args];
    try {
      await import(new URL(`../../examples/lecture/${name}`, import.meta.url).href);
    } finally {
      process.argv = before;
    }
    return lines.join("\n");
  }

  it("has after three steps of train-digits.js the bits that it always had", async () => {
    expect(await run("train-digits.js", "3")).toBe(
      "step 3: training 3.0782, validation 2.9277 bits per dimension\n" +
        "weights of step 3 (averaged): test 2.9127 bits per dimension",
    );
    const flow = loadFlow(readFileSync(join(folder, "digits-glow.safetensors")));
    expect(readme).toContain(`| after three steps of training | \`${digest(flow)}\` |`);
  });

  it("is in examples/data, with the bits and the score that are said there, and with that of the benchmark", async () => {
    const { flow, extra } = loadModel(read("examples/data/digits-glow.safetensors"));
    expect(readme).toContain(`| \`digits-glow.safetensors\` | \`${digest(flow)}\` |`);
    const printed = await run("digits.js");
    const [, bits] = printed.match(/bits per dimension of 359 test images {3}(\d\.\d{3})\n/) ?? [];
    expect(readme).toContain(`it needs ${bits} bits per dimension`);
    const { training, runs } = JSON.parse(new TextDecoder().decode(read("bench/results/images/glow.json")));
    const { seed, bestStep, weights, test } = runs[0];
    expect(extra).toEqual({ data: "bench/data/digits64.csv.gz", seed, steps: training.steps, bestStep, weights });
    expect(test.mean.toFixed(3)).toBe(bits);
  });
});
