import type { Kernel } from "../../tensor/simd/webAssembly.ts";
import {
  CLAIM,
  claim,
  FAULT,
  finish,
  MOST_TASKS,
  PLAN,
  POSTED,
  SLEEPING,
  SPINS,
  signsOf,
  type Tasks,
  tasksOf,
} from "./claims.ts";
import { PLAIN_FUNCTIONS } from "./plainFunctions.ts";

/** What the main thread posts first: the shared integers, and which worker this is. */
export interface Greeting {
  readonly diffeo: "greeting";
  readonly control: Int32Array;
  readonly worker: number;
}

/** A plan, of which the worker does tasks from now on. */
export interface Posted extends Tasks {
  readonly diffeo: "plan";
  readonly plan: number;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** The names of the plain functions that the module imports. */
  readonly imports: readonly string[];
}

/** What a worker does: reads messages, and in between claims tasks and does them, until there are messages again. */
export class Helper {
  readonly #plans = new Map<number, (() => void)[]>();
  #greeting: Greeting | null = null;
  #read = 0;

  /** Reads a message, and helps until another one is waiting. What is not for it, it ignores. */
  receive(message: unknown): void {
    const { diffeo } = (message ?? {}) as Partial<Greeting | Posted>;
    if (diffeo === "greeting" && this.#greeting === null) this.#greeting = message as Greeting;
    else if (diffeo === "plan" && !this.#plans.has((message as Posted).plan)) this.#enter(message as Posted);
    else return;
    if (this.#greeting === null) return;
    const { control, worker } = this.#greeting;
    this.#read++;
    Atomics.store(control, signsOf(worker).read, this.#read);
    Atomics.notify(control, signsOf(worker).read);
    if (this.#read === Atomics.load(control, POSTED)) this.#help(control, worker);
  }

  #enter({ plan, memory, module, imports, kernels, tasks }: Posted): void {
    const functions = Object.fromEntries(imports.map((name, i) => [`f${i}`, PLAIN_FUNCTIONS[name]]));
    const { exports } = new WebAssembly.Instance(module, { f: functions, m: { m: memory } });
    this.#plans.set(plan, tasksOf({ kernels, tasks }, exports as unknown as Record<string, Kernel>));
  }

  #help(control: Int32Array, worker: number): void {
    const { seen } = signsOf(worker);
    for (;;) {
      if (Atomics.load(control, POSTED) !== this.#read) return; // back to the event loop, where the message waits
      const word = Atomics.load(control, CLAIM);
      Atomics.store(control, seen, word);
      const plan = this.#plans.get(Atomics.load(control, PLAN));
      const task = plan === undefined ? -1 : claim(control, word);
      if (task >= 0) {
        try {
          plan?.[task]();
        } catch (error) {
          Atomics.store(control, FAULT, 1);
          finish(control);
          throw error;
        }
        finish(control);
      } else if ((word & MOST_TASKS) === 0) this.#rest(control, word);
    }
  }

  /** Until there is a new run, or a message: looks for a short while, and then sleeps. */
  #rest(control: Int32Array, word: number): void {
    for (let k = 0; k < SPINS; k++) {
      if (Atomics.load(control, CLAIM) !== word || Atomics.load(control, POSTED) !== this.#read) return;
    }
    Atomics.add(control, SLEEPING, 1);
    if (Atomics.load(control, POSTED) === this.#read) Atomics.wait(control, CLAIM, word);
    Atomics.sub(control, SLEEPING, 1);
  }
}
