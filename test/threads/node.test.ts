import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeWorker } from "diffeo/threads/node";
import { receive } from "diffeo/threads/worker";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "diffeo-worker-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A script whose `receive` does that. */
function script(name: string, body: string): URL {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `export function receive(message) { ${body} }`);
  return pathToFileURL(path);
}

/** What a worker says in its end. */
function endOf(worker: ReturnType<typeof nodeWorker>): Promise<string> {
  return new Promise((resolve) => worker.addEventListener("error", (error) => resolve(String(error))));
}

it("a worker of Node runs the script, and does what its messages say", async () => {
  const numbers = new Int32Array(new SharedArrayBuffer(8));
  const worker = nodeWorker(script("adds", "Atomics.add(message, 0, 3); Atomics.notify(message, 0);"));
  worker.postMessage(numbers);
  Atomics.wait(numbers, 0, 0); // it needs no turn of our event loop
  expect(numbers[0]).toBe(3);
  await worker.terminate();
});

it("tells of its errors, and of its end", async () => {
  const failing = nodeWorker(script("fails", 'throw new Error("no");'));
  const said = endOf(failing);
  failing.postMessage(1);
  expect(await said).toBe("Error: no");
  const ending = nodeWorker(script("ends", ""));
  const end = endOf(ending);
  ending.terminate();
  expect(await end).toMatch(/^Error: it has ended with exit code \d$/);
});

it("tells of a script that is not there", async () => {
  expect(await endOf(nodeWorker(pathToFileURL(join(folder, "nowhere.mjs"))))).toMatch(/nowhere/);
});

it("the script of a worker does nothing with messages of others", () => {
  for (const message of [undefined, null, 3, "plan", {}, { diffeo: "other" }]) expect(receive(message)).toBe(undefined);
});
