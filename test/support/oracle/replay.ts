import { afterAll, describe, it } from "vitest";
import { readCases, type StoredCase } from "./load.ts";

/**
 * One test per case of the file, and at the end one line on stdout that says how many were replayed. A case that cannot be
 * replayed fails.
 */
export function replayFile<Case extends StoredCase>(file: string, replay: (stored: Case) => void): void {
  const cases = readCases<Case>(file);
  let replayed = 0;
  describe(`oracle ${file}`, () => {
    it.each(cases.map((stored) => [stored.id, stored] as const))("%s", (_id, stored) => {
      replay(stored);
      replayed++;
    });
    afterAll(() => {
      process.stdout.write(`oracle ${file}: replayed ${replayed} of ${cases.length}\n`);
    });
  });
}
