import { expect, test } from "vitest";
import { bounded, type ColumnType, logSlope, unbounded } from "../../src/density/columnType.ts";
import { CELL_POINTS, Coordinates, standardisedColumns } from "../../src/density/coordinates.ts";
import { placesOfLabels } from "../../src/density/labels.ts";
import { Tensor, tensor } from "../../src/tensor/tensor.ts";

const TYPES: readonly (readonly [ColumnType, readonly number[]])[] = [
  [{ kind: "real" }, [-3, 0, 1e-300, 7e12]],
  [{ kind: "positive" }, [1e-300, 0.5, 1, 3e200]],
  [{ kind: "interval", low: -2, high: 5 }, [-1.999, 0, 3.3, 4.9999]],
];

test.each(TYPES)("%o: there and back, and the slope is the derivative", (type, values) => {
  for (const x of values) {
    const back = bounded(type, unbounded(type, x));
    expect(Math.abs(back - x)).toBeLessThanOrEqual(1e-12 * Math.abs(x) + 1e-12 * (type.kind === "interval" ? 7 : 0));
    const h = 1e-6 * (type.kind === "interval" ? 1 : Math.abs(x) || 1);
    if (type.kind === "interval" && (x + h >= type.high || x - h <= type.low)) continue;
    const slope = (unbounded(type, x + h) - unbounded(type, x - h)) / (2 * h);
    expect(logSlope(type, x)).toBeCloseTo(Math.log(slope), 3);
  }
});

test("what has bounds comes back inside of them, however far the number", () => {
  const type = { kind: "interval", low: 1, high: 1 + 1e-10 } as const;
  for (const v of [-800, -40, 40, 800]) {
    const x = bounded(type, v);
    expect(x > type.low && x < type.high).toBe(true);
  }
  expect(bounded({ kind: "positive" }, -1e4)).toBeGreaterThan(0);
  expect(bounded({ kind: "positive" }, 1e4)).toBeLessThan(Infinity);
});

test("cells come back on their grid", () => {
  expect(bounded({ kind: "integer" }, -0.4)).toBe(0);
  expect(Object.is(bounded({ kind: "integer" }, -0.4), 0)).toBe(true);
  expect(bounded({ kind: "rounded", step: 0.25, origin: 0.1 }, 0.97)).toBeCloseTo(0.85, 12);
});

test("log|det dy/dx| of all columns together", () => {
  const x = tensor([[1, 2, 0.3], [4, 5, 0.9], [2, 9, 0.5]]); // biome-ignore format: a matrix
  const types: ColumnType[] = [{ kind: "real" }, { kind: "positive" }, { kind: "interval", low: 0, high: 1 }];
  const columns = standardisedColumns("test", ["a", "b", "c"], types, x);
  const coordinates = new Coordinates(columns, []);
  const { y, logDet } = coordinates.toPoints(x);
  for (let j = 0; j < 3; j++) {
    const values = [0, 1, 2].map((i) => y.at(i, j));
    expect(values.reduce((a, b) => a + b) / 3).toBeCloseTo(0, 12);
    expect(values.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 12);
  }
  const h = 1e-6;
  let expected = 0;
  for (let j = 0; j < 3; j++) {
    const moved = (by: number): number => {
      const data = x.data.slice(0, 3);
      data[j] += by;
      return coordinates.toPoints(new Tensor(data, [1, 3])).y.at(0, j);
    };
    expected += Math.log((moved(h) - moved(-h)) / (2 * h));
  }
  expect(logDet[0]).toBeCloseTo(expected, 7);
  const back = coordinates.toRows(y);
  x.data.forEach((value, k) => {
    expect(back.data[k]).toBeCloseTo(value, 12);
  });
});

test("a row outside of a type has a log-det of −∞, the others theirs", () => {
  const columns = standardisedColumns("test", ["a"], [{ kind: "positive" }], tensor([[1], [2], [4]]));
  const { logDet } = new Coordinates(columns, []).toPoints(tensor([[-1], [2], [0]]));
  expect([logDet[0], logDet[2]]).toEqual([-Infinity, -Infinity]);
  expect(Number.isFinite(logDet[1])).toBe(true);
});

test("the 16 points of a cell: in each column one in each sixteenth, in other orders", () => {
  const types: ColumnType[] = [{ kind: "integer" }, { kind: "real" }, { kind: "rounded", step: 0.5, origin: 0 }];
  const columns = standardisedColumns("test", ["a", "b", "c"], types, tensor([[1, 1, 1], [2, 2, 2], [7, 7, 7]])); // biome-ignore format: a matrix
  const coordinates = new Coordinates(columns, []);
  const y = new Tensor(new Float64Array(CELL_POINTS * 3), [CELL_POINTS, 3]);
  const points = coordinates.inCells(y, (i) => i);
  const offsets = (j: number): number[] =>
    Array.from({ length: CELL_POINTS }, (_, m) => points.at(m, j) * columns[j].deviation);
  const sixteenths = (width: number): number[] =>
    Array.from({ length: CELL_POINTS }, (_, m) => width * ((m + 0.5) / CELL_POINTS - 0.5));
  const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
  ascending(offsets(0)).forEach((value, m) => {
    expect(value).toBeCloseTo(sixteenths(1)[m], 12);
  });
  ascending(offsets(2)).forEach((value, m) => {
    expect(value).toBeCloseTo(sixteenths(0.5)[m], 12);
  });
  expect(offsets(1).every((value) => value === 0)).toBe(true);
  expect(offsets(0).map((value) => value / 1)).not.toEqual(offsets(2).map((value) => value / 0.5));
});

test("contexts: numbers standardised, labels as ones", () => {
  const coordinates = new Coordinates(
    [],
    [
      { name: "n", mean: 10, deviation: 2, labels: null },
      { name: "sex", mean: null, deviation: null, labels: ["f", "m"] },
    ],
  );
  expect(coordinates.context).toBe(3);
  expect(coordinates.toContext(tensor([[14, 1], [10, 0]]))?.toArray()).toEqual([[2, 0, 1], [0, 1, 0]]); // biome-ignore format: matrices
  expect(() => placesOfLabels("score", { name: "sex", labels: ["f", "m"] }, ["x"])).toThrow(
    'score: sex must be one of f, m; got "x"',
  );
});
