import { expect, test } from "vitest";
import { calibrationOf, pValues } from "../../src/density/calibration.ts";

test("(1 + #{scored ≤ this})/(n + 1), ties counted, −∞ the lowest", () => {
  const calibration = calibrationOf(Float64Array.from({ length: 99 }, (_, i) => 98 - i)) as Float64Array;
  const p = pValues(Float64Array.of(-1, 0, 49.5, 98, 1e9, -Infinity, NaN), calibration);
  expect(Array.from(p)).toEqual([0.01, 0.02, 0.51, 1, 1, 0.01, NaN]);
});

test("98 rows are too few", () => {
  expect(calibrationOf(new Float64Array(98))).toBeNull();
});
