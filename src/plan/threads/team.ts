import { DiffeoError, DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import * as at from "./claims.ts";
import type { Greeting, Posted } from "./helper.ts";

/**
 * Another thread of the host, as a page's `Worker` is. It runs the script `diffeo/threads/worker`.
 */
export interface ThreadWorker {
  /** Sends a message. */
  postMessage(message: unknown): void;
  /** Calls the listener when the worker has failed, or has come to an end. */
  addEventListener(type: "error", listener: (error: unknown) => void): void;
  /** Ends the worker. */
  terminate(): unknown;
}

/** How many threads compute, and where they come from. */
export interface ThreadsOptions {
  /** How many, this one included: 1 computes without workers. */
  readonly count: number;
  /** Makes a worker: `nodeWorker` of `diffeo/threads/node`; in a page, what returns `new Worker(url, { type: "module" })`, url that of the script `diffeo/threads/worker`. */
  readonly worker: () => ThreadWorker;
}

/**
 * A worker has died, or does not answer. Training has ended with the parameters of the last whole step.
 *
 * @example
 * new ThreadError("train: a worker has come to an end").code; // "THREAD"
 */
export class ThreadError extends DiffeoError {
  readonly code = "THREAD";
  override readonly name = "ThreadError";
}

/** So many times the main thread sleeps for {@link SLICE} milliseconds before it gives a worker up: 10 s. */
const [MOST_SLICES, SLICE] = [100, 100];
/** As long, where it may not sleep: looks, some 5 ns each. */
const MOST_LOOKS = 2_000_000_000;
/** In so many runs a worker that is alive shows itself; for one that has not, the next run waits. */
const PATIENCE = 200;
/** More threads are a mistake. */
const MOST_THREADS = 64;

/** Throws DomainError unless they say how many threads, and make workers; and where threads cannot share memory. */
export function checkThreads(operation: string, threads: ThreadsOptions): void {
  const refuse = (rule: string, came: unknown): never => {
    throw new DomainError(`${operation}: ${rule}; got ${describeValue(came)}`);
  };
  if (typeof threads !== "object" || threads === null) refuse("threads are { count, worker }", threads);
  checkOptions(`${operation}: threads`, threads, { count: true, worker: true });
  const { count, worker } = threads;
  if (!(Number.isSafeInteger(count) && count >= 1 && count <= MOST_THREADS))
    refuse(`threads.count must be an integer from 1 to ${MOST_THREADS}`, count);
  if (typeof worker !== "function")
    refuse("threads.worker must be a function that makes a worker, such as nodeWorker", worker);
  if (count > 1 && typeof SharedArrayBuffer === "undefined") {
    throw new DomainError(
      `${operation}: threads need shared memory, which a page has if it is served with the headers of cross-origin isolation; there is none`,
    );
  }
}

/** This thread and its workers. Tasks are claimed by whoever is free, so that nobody waits for a worker that has not started yet, or has no core. */
export class Team {
  /** How many threads, this one included. */
  readonly count: number;
  readonly #operation: string;
  readonly #workers: readonly ThreadWorker[];
  readonly #control: Int32Array;
  readonly #maySleep: boolean;
  #posted = 0;
  #plans = 0;
  #runs = 0;
  /** Of each worker: what it showed last, and for how many runs. */
  readonly #last: { seen: number; since: number }[];
  #failure: string | null = null;
  #closed = false;

  private constructor(operation: string, { count, worker }: ThreadsOptions) {
    this.count = count;
    this.#operation = operation;
    this.#control = new Int32Array(new SharedArrayBuffer(4 * at.controlSize(count - 1)));
    this.#maySleep = maySleep(this.#control);
    const workers: ThreadWorker[] = [];
    this.#workers = workers;
    this.#last = Array.from({ length: count - 1 }, () => ({ seen: 0, since: 0 }));
    try {
      for (let k = 0; k < count - 1; k++) {
        workers.push(asWorker(operation, worker()));
        workers[k].addEventListener("error", (error) => this.#fail(error));
        workers[k].postMessage({ diffeo: "greeting", control: this.#control, worker: k } satisfies Greeting);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.#announce();
  }

  /** A team of so many threads; null of one. */
  static of(operation: string, threads: ThreadsOptions | undefined): Team | null {
    return threads === undefined || threads.count === 1 ? null : new Team(operation, threads);
  }

  /** Sends a plan to all workers; returns what does its tasks, each by one thread, this one among them. Throws ThreadError. */
  enter(
    plan: Pick<Posted, "memory" | "module" | "imports" | "kernels" | "tasks">,
    own: readonly (() => void)[],
  ): () => void {
    const number = ++this.#plans;
    for (const worker of this.#workers) worker.postMessage({ diffeo: "plan", plan: number, ...plan } satisfies Posted);
    this.#announce();
    return () => this.#run(number, own);
  }

  /** Ends the workers. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#workers) worker.terminate();
  }

  /** Tells the workers that there is one more message: they go and read it. */
  #announce(): void {
    Atomics.store(this.#control, at.POSTED, ++this.#posted);
    Atomics.notify(this.#control, at.CLAIM);
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    const { message } = (error ?? {}) as { message?: unknown };
    this.#failure ??= `a worker has failed${typeof message === "string" && message !== "" ? `; ${message}` : ""}`;
  }

  #throwFailure(): void {
    if (Atomics.load(this.#control, at.FAULT) === 1) this.#failure ??= "a worker has failed";
    if (this.#closed) throw new ThreadError(`${this.#operation}: the workers have been ended`);
    if (this.#failure !== null) throw new ThreadError(`${this.#operation}: ${this.#failure}`);
  }

  #run(plan: number, tasks: readonly (() => void)[]): void {
    const control = this.#control;
    this.#throwFailure();
    this.#runs++;
    const word = (this.#runs << 8) | tasks.length;
    Atomics.store(control, at.PLAN, plan);
    Atomics.store(control, at.DONE, 0);
    Atomics.store(control, at.CLAIM, word);
    if (Atomics.load(control, at.SLEEPING) > 0) Atomics.notify(control, at.CLAIM);
    let own = 0;
    for (let task = at.claim(control, word); task >= 0; task = at.claim(control, word)) {
      tasks[task]();
      own++;
    }
    Atomics.add(control, at.DONE, own);
    this.#wait(at.DONE, () => Atomics.load(control, at.DONE) === tasks.length, "does not end its task");
    this.#lookForSigns();
    this.#throwFailure();
  }

  /** Whoever has started, but has not seen a run for long, is waited for: a worker that lives sees the one that is under way. */
  #lookForSigns(): void {
    const control = this.#control;
    this.#last.forEach((last, k) => {
      const { read, seen } = at.signsOf(k);
      const now = Atomics.load(control, seen);
      if (now !== last.seen || Atomics.load(control, read) !== this.#posted) {
        last.seen = now;
        last.since = 0;
      } else if (++last.since > PATIENCE) {
        Atomics.notify(control, at.CLAIM);
        this.#wait(seen, () => Atomics.load(control, seen) !== last.seen, "does not answer");
      }
    });
  }

  /** Waits for a worker: for a short while by looking, and then asleep, where that is allowed. Throws ThreadError if it takes too long. */
  #wait(index: number, isOver: () => boolean, complaint: string): void {
    const control = this.#control;
    for (let k = 0; k < (this.#maySleep ? at.SPINS : MOST_LOOKS); k++) if (isOver()) return;
    if (this.#maySleep) {
      Atomics.store(control, at.WAITING, 1);
      for (let slices = 0; slices < MOST_SLICES; ) {
        const value = Atomics.load(control, index);
        if (isOver()) break;
        if (Atomics.load(control, at.FAULT) === 1) break;
        if (Atomics.wait(control, index, value, SLICE) === "timed-out") slices++;
      }
      Atomics.store(control, at.WAITING, 0);
    }
    if (!isOver()) this.#failure ??= `a worker ${complaint}`;
    this.#throwFailure();
  }
}

/** Whether this thread may sleep: a page's main thread may not. */
function maySleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, at.WAITING, 1, 0); // it is 0, and so this returns at once
    return true;
  } catch {
    return false;
  }
}

/** Throws DomainError for what is no worker. */
function asWorker(operation: string, worker: unknown): ThreadWorker {
  const { postMessage, addEventListener, terminate } = (worker ?? {}) as Partial<ThreadWorker>;
  if ([postMessage, addEventListener, terminate].every((each) => typeof each === "function"))
    return worker as ThreadWorker;
  throw new DomainError(
    `${operation}: threads.worker must make a worker, with postMessage, addEventListener and terminate; it made ${describeValue(worker)}`,
  );
}
