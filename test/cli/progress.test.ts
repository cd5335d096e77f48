import { describe, expect, it } from "vitest";
import { Progress } from "../../src/cli/progress.ts";

/** "Erase what is left of the line", for terminals. */
const ERASE = "\u001b[K";

/** A stream that keeps what is written, and is a terminal or not. */
function stream(isTTY: boolean): { out: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  return { out: { isTTY, write } as unknown as NodeJS.WriteStream, written };
}

const step = (number: number) => ({ step: number, loss: 2.5, learningRate: 0.01, gradNorm: 1 });

describe("Progress", () => {
  it("draws one line over and over on a terminal: bar, NLL, steps/s and ETA", () => {
    const { out, written } = stream(true);
    const progress = new Progress(out, 100);
    for (let k = 1; k <= 100; k++) progress.onStep(step(k));
    progress.finish();
    expect(written[0]).toMatch(/^\r {2}░{24} 1% NLL 2\.500 nats {2}\d+ steps\/s {2}ETA \d+ s/);
    expect(written[0].endsWith(ERASE)).toBe(true);
    expect(written.at(-2)).toMatch(/^\r {2}█{24} 100% NLL 2\.500 nats {2}\d+ steps\/s {2}ETA 0 s/);
    expect(written.at(-1)).toBe("\n");
  });

  it("says what is tried before on a terminal, and nothing elsewhere", () => {
    const [live, plain] = [stream(true), stream(false)];
    for (const out of [live.out, plain.out, null]) Progress.showTry(out, "nsf");
    expect([live.written, plain.written]).toEqual([[`\r  trying nsf${ERASE}`], []]);
  });

  it("writes ten plain lines elsewhere, and no control characters", () => {
    const { out, written } = stream(false);
    const progress = new Progress(out, 100);
    for (let k = 1; k <= 100; k++) progress.onStep(step(k));
    progress.finish();
    expect(written).toHaveLength(10);
    expect(written[0]).toMatch(/^ {2}step {2}10\/100 {2}NLL 2\.500 nats {2}\d+ steps\/s {2}ETA \d+ s\n$/);
  });
});
