import { spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/sources.ts";

const dist = join(root, "dist");

/** The exit code of `npm run build`. */
function build(): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" }).on("close", resolve);
  });
}

describe("npm run build", () => {
  it("leaves dist whole all the time, for another build as well, and nothing in it that is gone from src", async () => {
    expect(await build()).toBe(0);
    const files = readdirSync(dist, { recursive: true }) as string[];
    writeFileSync(join(dist, "gone.js"), "");
    const missing = new Set<string>();
    const watch = setInterval(() => {
      for (const file of files) if (!existsSync(join(dist, file))) missing.add(file);
    }, 2);
    const codes = await Promise.all([build(), build()]);
    clearInterval(watch);
    expect(codes).toEqual([0, 0]);
    expect([...missing]).toEqual([]);
    expect((readdirSync(dist, { recursive: true }) as string[]).sort()).toEqual(files.sort());
    expect(readdirSync(root).filter((name) => name.startsWith(".build-"))).toEqual([]);
  }, 600_000);
});
