// Workers of Node.

import { Worker } from "node:worker_threads";
import type { ThreadWorker } from "../plan/threads/team.ts";

/**
 * A worker of Node's `worker_threads`, for `train(flow, x, { threads: { count, worker: nodeWorker } })`. It does not keep the process alive.
 *
 * @param script - where the script `diffeo/threads/worker` lies, if not beside this file (after bundling, say)
 */
export function nodeWorker(script: URL = new URL("./worker.js", import.meta.url)): ThreadWorker {
  // ES modules cannot be given as text, and the port is Node's alone
  const program = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(script.href)}).then(({ receive }) => parentPort.on("message", receive));`;
  const worker = new Worker(program, { eval: true });
  worker.unref();
  return {
    postMessage: (message) => worker.postMessage(message),
    addEventListener(_type, listener) {
      worker.on("error", listener);
      worker.on("messageerror", listener);
      worker.on("exit", (code) => listener(new Error(`it has ended with exit code ${code}`)));
    },
    terminate: () => worker.terminate(),
  };
}
