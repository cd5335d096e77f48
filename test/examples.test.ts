import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, describe, expect, it, vi } from "vitest";

const folder = new URL("../examples/", import.meta.url);

/** Runs an example as it stands, and returns what it prints. */
async function output(name: string): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...parts: unknown[]) => {
    lines.push(parts.map(String).join(" "));
  });
  await import(new URL(name, folder).href);
  return lines.join("\n");
}

/** Runs an example, bundled with the source of the library, in a process of its own: one that starts threads, which load it again. */
function outputOfProcess(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), "diffeo-example-"));
  const outfile = join(directory, "example.mjs");
  try {
    const alias = { diffeo: fileURLToPath(new URL("../src/index.ts", import.meta.url)) };
    const entryPoints = [fileURLToPath(new URL(name, folder))];
    buildSync({ entryPoints, outfile, alias, bundle: true, format: "esm", platform: "node", logLevel: "error" });
    return execFileSync(process.execPath, [outfile], { encoding: "utf8" });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What each example has to print; an example without an entry fails. */
const EXPECTED: Record<string, RegExp[]> = {
  "estimate-density.js": [
    /taken +(mixture|nsf|nsf-coupling|maf|realnvp) for beak_length_mm, beak_depth_mm, flipper_mm, mass_g/,
    /score +-\d+\.\d+ nats, p = 0\.0\d+/,
    /because (mass_g|flipper_mm) is/,
    /given +Tensor \[2,4\]\n\[\[.*220.*\n.*220/,
  ],
  "one-dimension.js": [/step 300: μ = (4\.9|5\.0)\d\d, σ = (1\.9|2\.0)\d\d/],
  "own-layer.js": [
    /checked +true\nhad one forgotten it +log-det of forward: point 0: 0, numerically 0\.\d+/,
    /there and back +0\.3,-1\.2/,
    /log p\(x\) +(-\S+)\nrebuilt from.*\n +\1\n/,
  ],
  "reverse-kl.js": [/KL after +-?0\.0[0-4]\d nats/, /on the right 0\.(4[5-9]|5[0-5]) /],
  "stop-and-resume.js": [
    /never stopped, to the bit: true/,
    /saved by diffeo \d+\.\d+\.\d+, \d+ tensors, columns x₁ and x₂/,
    /log p of a point (-\S+)\nopened again +\1$/,
  ],
  "table.js": [/^342 penguins, best weights from step \d+/, /(Adelie|Gentoo|Chinstrap).*log p = -\d+\.\d\d nats/],
  "worker.js": [/^1000 log-densities from the worker, the same bits as here\n$/],
  "two-moons.js": [/learned Tensor \[3\]/, /samples Tensor \[3,2\]/],
};

describe("examples", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(readdirSync(folder).filter((name) => name.endsWith(".js")))(
    "%s runs, and prints what it promises",
    async (name) => {
      const printed = name === "worker.js" ? outputOfProcess(name) : await output(name);
      expect(Object.keys(EXPECTED)).toContain(name);
      for (const pattern of EXPECTED[name]) expect(printed).toMatch(pattern);
      expect(printed).not.toMatch(/NaN|undefined/);
    },
  );
});
