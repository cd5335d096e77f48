import type { Parameter } from "../autograd/index.ts";
import type { Step } from "../training/index.ts";

const BAR_WIDTH = 24;
/** A live line is drawn anew at most so often, in milliseconds … */
const REDRAW_AFTER = 100;
/** … and plain output gets this many lines in all. */
const PLAIN_LINES = 10;
/** The loss shown is a running mean: single batches jump. */
const MEMORY = 0.95;

/** Shows training as it goes: one live line on a terminal, a few plain lines elsewhere. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #steps: number;
  readonly #start: number = performance.now();
  #drawn = 0;
  #loss = Number.NaN;

  constructor(out: NodeJS.WriteStream, steps: number) {
    this.#out = out;
    this.#steps = steps;
  }

  /** Takes note of a step. */
  readonly onStep = ({ step, loss }: Step): void => {
    this.#loss = step === 1 ? loss : MEMORY * this.#loss + (1 - MEMORY) * loss;
    const now = performance.now();
    if (this.#out.isTTY) {
      if (step < this.#steps && now - this.#drawn < REDRAW_AFTER) return;
      this.#drawn = now;
      this.#out.write(`\r${this.#bar(step)} ${this.#facts(step, now)}\u001b[K`);
    } else if (step === this.#steps || step % Math.ceil(this.#steps / PLAIN_LINES) === 0) {
      this.#out.write(
        `  step ${String(step).padStart(String(this.#steps).length)}/${this.#steps}  ${this.#facts(step, now)}\n`,
      );
    }
  };

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
    const left = (seconds / step) * (this.#steps - step);
    return `NLL ${this.#loss.toFixed(3)} nats  ${(step / seconds).toFixed(0)} steps/s  ETA ${Math.ceil(left)} s`;
  }
}

/** How many numbers the parameters hold. */
export function countOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((total, { size }) => total + size, 0);
}
