import { gradcheck } from "diffeo";
import fc from "fast-check";
import { expect } from "vitest";
import type { OpRow } from "./opCase.ts";

/** Holds the derivatives of an op against certified numerical ones: no case may fail; of all entries, at most 1 % may be inconclusive. */
export function expectDerivatives({ cases }: OpRow, order: number, numRuns: { numRuns: number }): void {
  let entries = 0;
  let inconclusive = 0;
  fc.assert(
    fc.property(cases, ({ f, inputs, call }) => {
      const report = gradcheck(f, inputs, { order });
      expect(report.failures, `${call}: ${report.message}`).toEqual([]);
      entries += report.entries;
      inconclusive += report.inconclusive;
    }),
    numRuns,
  );
  expect(inconclusive, `of ${entries} entries`).toBeLessThanOrEqual(0.01 * entries);
}
