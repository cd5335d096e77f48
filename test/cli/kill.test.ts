import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, Random, realNVP, saveFlow } from "diffeo";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/sources.ts";
import { timesOf } from "../support/whole.ts";

// R7: killed while saving, the old file is there or the new one, never a torn one.

let folder: string;
let writer: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "diffeo-kill-"));
  writer = join(folder, "writer.mjs");
  const contents = `
    import { writeWhole } from ${JSON.stringify(join(root, "src/cli/output.ts"))};
    import { readFileSync } from "node:fs";
    const [old, fresh] = ["old", "new"].map((name) => readFileSync(process.argv[2] + "/" + name));
    process.stdout.write("ready\\n");
    for (let k = 0; ; k++) writeWhole(process.argv[2] + "/saved/model.safetensors", k % 2 === 0 ? fresh : old);
  `;
  buildSync({
    stdin: { contents, resolveDir: root, loader: "js" },
    ...{ bundle: true, platform: "node", format: "esm", outfile: writer, logLevel: "silent" },
  });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a process that is killed while it saves", () => {
  it("leaves the old file or the new one, whole; what it leaves beside is cleared away by the next", async () => {
    const flows = [1, 2].map((seed) =>
      realNVP({ dimensions: 4, layers: 4, hidden: [64, 64], random: new Random(seed) }),
    );
    const files = flows.map((flow, k) => saveFlow(flow, { seed: k }));
    writeFileSync(join(folder, "old"), files[0]);
    writeFileSync(join(folder, "new"), files[1]);
    const saved = join(folder, "saved");
    const path = join(saved, "model.safetensors");
    mkdirSync(saved);
    writeFileSync(path, files[0]);
    const random = new Random(7);
    const found = new Set<number>();
    let most = 0;
    for (let k = 0; k < timesOf(500); k++) {
      const child = spawn(process.execPath, [writer, folder], { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 20 * random.uniform([1]).at(0)));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      const bytes = readFileSync(path);
      const which = files.findIndex((file) => bytes.equals(file));
      expect(which, `kill ${k}`).toBeGreaterThanOrEqual(0);
      found.add(which);
      expect(loadModel(bytes).extra.seed).toBe(which);
      most = Math.max(most, readdirSync(saved).length);
    }
    expect(most).toBeLessThanOrEqual(2); // the file, and at most one that the last process left
    expect(found.size).toBeGreaterThan(0);
  }, 600_000);
});
