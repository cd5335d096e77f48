import fc from "fast-check";
import { expect, it } from "vitest";
import { BitRows } from "../../src/nets/bitRows.ts";

const sets = fc.uniqueArray(fc.nat(99), { maxLength: 30 });

it("rows of bits are sets: members, subsets, unions, sizes and keys are those of Set", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const rows = new BitRows(3, 100);
      for (const j of a) rows.add(0, j);
      for (const j of b) rows.add(1, j);
      rows.addAll(2, rows, 0);
      expect(rows.key(2)).toBe(rows.key(0));
      rows.addAll(2, rows, 1);
      for (let j = 0; j < 100; j++) {
        expect(rows.has(0, j)).toBe(a.includes(j));
        expect(rows.has(2, j)).toBe(a.includes(j) || b.includes(j));
      }
      expect(rows.count(0)).toBe(a.length);
      expect(rows.count(2)).toBe(new Set([...a, ...b]).size);
      expect(rows.isSubset(0, rows, 1)).toBe(a.every((j) => b.includes(j)));
      expect(rows.isSubset(0, rows, 2)).toBe(true);
      expect(rows.key(0) === rows.key(1)).toBe(a.length === b.length && a.every((j) => b.includes(j)));
    }),
  );
});
