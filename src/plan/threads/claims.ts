import type { Kernel } from "../../tensor/simd/webAssembly.ts";

// What threads agree on: a few integers in shared memory, each on a line of the cache of its own.

const LINE = 16;
/** How many messages the main thread has posted to each worker. */
export const POSTED = 0;
/** The number of the run, and in the lowest eight bits how many of its tasks nobody has claimed yet. */
export const CLAIM: number = LINE;
/** How many tasks of the run are done. */
export const DONE: number = 2 * LINE;
/** Which plan is run. */
export const PLAN: number = 3 * LINE;
/** 1 while the main thread sleeps until tasks are done. */
export const WAITING: number = 4 * LINE;
/** How many workers sleep until there are tasks. */
export const SLEEPING: number = 5 * LINE;
/** 1 once a task has thrown in a worker. */
export const FAULT: number = 6 * LINE;

/** Where worker k shows that it is alive: how many messages it has read, and what it last saw in {@link CLAIM}. */
export function signsOf(worker: number): { readonly read: number; readonly seen: number } {
  return { read: (7 + 2 * worker) * LINE, seen: (8 + 2 * worker) * LINE };
}

/** How many integers so many workers need. */
export function controlSize(workers: number): number {
  return (7 + 2 * workers) * LINE;
}

/** At most so many tasks has a run. */
export const MOST_TASKS = 255;

/**
 * How often a thread looks before it goes to sleep, some 0.1 ms: between two steps of training a worker rarely sleeps. Where another process wants the core, longer spinning takes
 * from the thread that is waited for (with a busy neighbour 0.78 of the speed of one thread when only spinning, 0.95 with this), and without any the system wakes both
 * threads on one core.
 */
export const SPINS = 20_000;

/** The next task that nobody has claimed, in this run; −1 if there is none. `word` is what was seen in {@link CLAIM}. */
export function claim(control: Int32Array, word: number): number {
  let seen = word;
  while ((seen & MOST_TASKS) > 0) {
    const before = Atomics.compareExchange(control, CLAIM, seen, seen - 1);
    if (before === seen) return (seen & MOST_TASKS) - 1;
    if (before >> 8 !== word >> 8) return -1; // another run
    seen = before;
  }
  return -1;
}

/** Tells that a task is done. */
export function finish(control: Int32Array): void {
  Atomics.add(control, DONE, 1);
  if (Atomics.load(control, WAITING) === 1) Atomics.notify(control, DONE);
}

/** A call of a kernel, by its number, and its arguments. */
export type TaskCall = readonly [kernel: number, args: readonly number[]];

/** Tasks as they are posted: each a list of calls. */
export interface Tasks {
  readonly kernels: readonly string[];
  readonly tasks: readonly (readonly TaskCall[])[];
}

/** The tasks as functions, with these kernels. */
export function tasksOf({ kernels, tasks }: Tasks, exports: Readonly<Record<string, Kernel>>): (() => void)[] {
  const functions = kernels.map((name) => exports[name]);
  return tasks.map((calls) => {
    const steps = calls.map(([kernel, args]) => ({ run: functions[kernel], args }));
    return () => {
      for (let i = 0; i < steps.length; i++) {
        const { run, args } = steps[i];
        run(...args);
      }
    };
  });
}
