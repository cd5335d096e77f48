import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ThreadWorker } from "diffeo";
import { buildSync } from "esbuild";
import { POSTED, signsOf } from "../../src/plan/threads/claims.ts";
import { nodeWorker } from "../../src/threads/node.ts";
import { root } from "./sources.ts";

/** A worker, and what it was told. */
export interface WatchedWorker extends ThreadWorker {
  /** How many plans it was sent. */
  readonly plans: number;
  /** Whether it has read all that it was sent. */
  readonly isUp: boolean;
}

/** Makes workers that run the source: their script is bundled first, since Node reads no TypeScript. */
export class SourceWorkers {
  readonly made: WatchedWorker[] = [];
  readonly #folder: string = mkdtempSync(join(tmpdir(), "diffeo-threads-"));

  constructor() {
    const entry = join(root, "src/threads/worker.ts");
    buildSync({ entryPoints: [entry], outfile: this.#script, bundle: true, format: "esm" });
  }

  get #script(): string {
    return join(this.#folder, "worker.mjs");
  }

  /** One more worker. */
  readonly make = (): ThreadWorker => {
    const worker = nodeWorker(pathToFileURL(this.#script));
    let [plans, read] = [0, 0];
    let control: Int32Array = new Int32Array(0);
    const watched: WatchedWorker = {
      postMessage(message) {
        const { diffeo } = message as { diffeo: string };
        if (diffeo === "plan") plans++;
        else {
          const greeting = message as { control: Int32Array; worker: number };
          control = greeting.control;
          read = signsOf(greeting.worker).read;
        }
        worker.postMessage(message);
      },
      addEventListener: (type, listener) => worker.addEventListener(type, listener),
      terminate: () => worker.terminate(),
      get plans() {
        return plans;
      },
      get isUp() {
        return Atomics.load(control, read) === Atomics.load(control, POSTED);
      },
    };
    this.made.push(watched);
    return watched;
  };

  /** Waits until all have read what they were sent. */
  async up(): Promise<void> {
    while (!this.made.every(({ isUp }) => isUp)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Deletes the script. */
  dispose(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
