import type { Parameter } from "../autograd/index.ts";
import type { Step } from "../training/index.ts";

const BAR_WIDTH = 24;
/** A live line is drawn anew at most so often, in milliseconds … */
const REDRAW_AFTER = 100;
/** … plain output gets this many lines in all of training … */
const PLAIN_LINES = 10;
/** … and while a file is read, one in so many milliseconds. */
const PLAIN_AFTER = 5000;
/** Tables of so many rows are large. */
const LARGE = 200_000;
/** The loss shown is a running mean: single batches jump. */
const MEMORY = 0.95;
const ERASE = "\u001b[K";

/** Where progress is shown. */
export type ProgressStream = Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean };

/** Shows training as it goes: one live line on a terminal, a few plain lines elsewhere. */
export class Progress {
  readonly #out: ProgressStream;
  readonly #steps: number;
  readonly #start: number = performance.now();
  #before: number | null = null;
  #drawn = 0;
  #loss = Number.NaN;

  constructor(out: ProgressStream, steps: number) {
    this.#out = out;
    this.#steps = steps;
  }

  /** Takes note of a step. */
  readonly onStep = ({ step, loss }: Step): void => {
    this.#before ??= step - 1; // training may go on from a checkpoint
    this.#loss = Number.isNaN(this.#loss) ? loss : MEMORY * this.#loss + (1 - MEMORY) * loss;
    const now = performance.now();
    if (this.#out.isTTY) {
      if (step < this.#steps && now - this.#drawn < REDRAW_AFTER) return;
      this.#drawn = now;
      this.#out.write(`\r${this.#bar(step)} ${this.#facts(step, now)}${ERASE}`);
    } else if (step === this.#steps || step % Math.ceil(this.#steps / PLAIN_LINES) === 0) {
      this.#out.write(
        `  step ${String(step).padStart(String(this.#steps).length)}/${this.#steps}  ${this.#facts(step, now)}\n`,
      );
    }
  };

  /** Says on a terminal what is tried before. */
  static showTry(out: ProgressStream | null, model: string): void {
    if (out?.isTTY) out.write(`\r  trying ${model}${ERASE}`);
  }

  /** Ends the live line. */
  finish(): void {
    if (this.#out.isTTY) this.#out.write("\n");
  }

  #bar(step: number): string {
    const filled = Math.round((BAR_WIDTH * step) / this.#steps);
    return `  ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${Math.floor((100 * step) / this.#steps)}%`;
  }

  #facts(step: number, now: number): string {
    const seconds = (now - this.#start) / 1000;
    const made = step - (this.#before ?? 0);
    const left = (seconds / made) * (this.#steps - step);
    return `NLL ${this.#loss.toFixed(3)} nats  ${(made / seconds).toFixed(0)} steps/s  ETA ${Math.ceil(left)} s`;
  }
}

/** Shows how a file is read. A file that is read in no time is not spoken of. */
export class ReadingProgress {
  readonly #out: ProgressStream | null;
  #last: number = performance.now();
  #bytes = 0;
  #shown = false;
  /** How many bytes there are; null if nobody knows. */
  total: number | null = null;

  /** `null` to show nothing. */
  constructor(out: ProgressStream | null) {
    this.#out = out;
  }

  /** Takes note of bytes that were read. */
  readonly onBytes = (bytes: number): void => {
    this.#bytes = bytes;
  };

  /** Takes note of rows that were read. */
  readonly onRows = (rows: number): void => {
    const now = performance.now();
    if (this.#out === null || now - this.#last < (this.#out.isTTY ? 5 * REDRAW_AFTER : PLAIN_AFTER)) return;
    this.#last = now;
    this.#shown = true;
    const share = this.total === null || this.total === 0 ? "" : `, ${Math.floor((100 * this.#bytes) / this.total)} %`;
    const text = `  read ${rows.toLocaleString("en")} rows, ${Math.round(this.#bytes / 1e6)} MB${share}`;
    this.#out.write(this.#out.isTTY ? `\r${text}${ERASE}` : `${text}\n`);
  };

  /** Says what is done with the rows of a large table: it may take a while. */
  onStage(text: string, rows: number): void {
    if (this.#out === null || rows < LARGE) return;
    this.#shown = true;
    this.#out.write(this.#out.isTTY ? `\r  ${text}${ERASE}` : `  ${text}\n`);
  }

  /** Ends the live line. */
  finish(): void {
    if (this.#shown && this.#out?.isTTY) this.#out.write(`\r${ERASE}`);
  }
}

/** How many numbers the parameters hold. */
export function countOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((total, { size }) => total + size, 0);
}
