// The script of a worker: what threads are given to do comes as messages. For the workers of pages, and of whoever else has the same events; Node's get
// theirs from node.ts.

import { Helper } from "../plan/threads/helper.ts";

const helper: Helper = /*#__PURE__*/ new Helper();

/** Takes a message of the main thread, and helps it until the next one. */
export function receive(message: unknown): void {
  helper.receive(message);
}

globalThis.addEventListener?.("message", ({ data }) => receive(data));
