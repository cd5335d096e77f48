import { readFileSync } from "node:fs";
import { DomainError, Random, readCsv } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ColumnFacts, columnFacts, type NumberColumn } from "../../../src/io/tables/columnFacts.ts";
import { expectWithin, runs, seeds } from "../../support/arbitraries.ts";

const column = (name: string, values: ArrayLike<number>): NumberColumn => ({ name, values: Float64Array.from(values) });
const normal = (N: number, random: Random): Float64Array => random.normal([N]).data;
const rounded = (values: ArrayLike<number>, decimals: number): Float64Array =>
  Float64Array.from(values, (value) => Number(value.toFixed(decimals)));

/** Facts of columns called a, b, c, … */
function factsOf(...columns: ArrayLike<number>[]): ColumnFacts[] {
  return columnFacts(columns.map((values, j) => column(String.fromCharCode(97 + j), values)));
}

/** Those columns that are combinations, and of which others. */
function combinationsOf(facts: readonly ColumnFacts[]): string[] {
  return facts
    .filter(({ combination }) => combination !== undefined)
    .map(({ name, combination }) =>
      [name, ...(combination?.partners ?? []).map((partner) => partner.name)].sort().join(""),
    );
}

/** A table of parts that sum to 100, rounded to two decimals; from large ones to traces. */
function parts(N: number, random: Random): Float64Array[] {
  const amounts = [2, 1, 0.5, 0, -3].map((level) => normal(N, random).map((z) => Math.exp(level + 0.5 * z)));
  return amounts.map((amount) =>
    rounded(
      amount.map((value, i) => (100 * value) / amounts.reduce((sum, each) => sum + each[i], 0)),
      2,
    ),
  );
}

describe("columnFacts", () => {
  it("finds constants and duplicates, and says of which", () => {
    const [x, y] = [normal(50, new Random(1)), normal(50, new Random(2))];
    const facts = factsOf(x, new Float64Array(50).fill(7), y, x, x, new Float64Array(50).fill(7));
    expect(facts.map(({ constant }) => constant)).toEqual([undefined, 7, undefined, undefined, undefined, 7]);
    expect(facts.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, undefined, undefined, "a", "a", undefined]);
    const almost = x.slice();
    almost[49] += 1e-12;
    expect(factsOf(x, almost)[1].duplicateOf).toBeUndefined();
    expect(factsOf([0, -0, 0], [-0, 0, 0]).map(({ constant }) => constant)).toEqual([0, 0]);
  });

  it("does with no columns, no rows, one row and one column", () => {
    expect(columnFacts([])).toEqual([]);
    expect(factsOf([], [])).toEqual([
      { name: "a", atoms: [] },
      { name: "b", atoms: [] },
    ]);
    expect(factsOf([3])).toEqual([{ name: "a", constant: 3, atoms: [] }]);
    expect(factsOf([1, 2.5])[0].combination).toBeUndefined();
  });

  it("refuses numbers that are not finite", () => {
    expect(() => factsOf([1, Number.NaN])).toThrow(DomainError);
    expect(() => factsOf([1, Number.POSITIVE_INFINITY])).toThrow(/^columnFacts: every column must be finite/);
  });

  it("knows the grid of rounded numbers, to what decimals, and whether it is coarse", () => {
    const x = normal(500, new Random(1));
    const ofRounding = (values: ArrayLike<number>) => factsOf(values)[0].rounding;
    expect(ofRounding(x)).toBeUndefined();
    expect(ofRounding(rounded(x, 2))).toMatchObject({ step: 0.01, decimals: 2, coarse: false });
    expect(ofRounding(rounded(x, 0))).toMatchObject({ step: 1, decimals: 0, coarse: true });
    expect(ofRounding(x.map((z) => 25 * Math.round(200 + 20 * z)))).toMatchObject({
      step: 25,
      decimals: 0,
      coarse: false,
    });
    expect(ofRounding(x.map((z) => Math.round(10 * z) + 0.5))).toMatchObject({ step: 1, decimals: 1, coarse: false });
    expect(ofRounding(x.map((_, i) => i % 2))).toEqual({ step: 1, decimals: 0, distinct: 2, coarse: true });
    // twenty rows for each value
    expect(ofRounding(x.map((_, i) => i % 25))).toMatchObject({ distinct: 25, coarse: true });
    expect(ofRounding(x.map((_, i) => i % 26))).toMatchObject({ distinct: 26, coarse: false });
    // in another unit the decimals are gone, and the grid is still there
    const scaled = ofRounding(rounded(x, 2).map((value) => 0.4536 * value + 1));
    expect(scaled?.decimals).toBeUndefined();
    expectWithin(scaled?.step ?? Number.NaN, 0.004536, 1e-12);
    // of which neighbours lie two steps apart or more
    const sparse = ofRounding([0, 2, 5, 9, 14, 19].map((k) => k / 3));
    expectWithin(sparse?.step ?? Number.NaN, 1 / 3, 1e-12);
    // too fine to be told from last bits
    expect(ofRounding([100, 100.000000000001, 100.000000000002])).toBeUndefined();
    for (const size of [1e-300, 1e-12, 1e12, 1e300]) expect(() => ofRounding(x.map((z) => size * z))).not.toThrow();
  });

  it("knows row numbers by their order", () => {
    expect(factsOf([5, 6, 7, 8])[0].rowNumbersFrom).toBe(5);
    expect(factsOf([-1, 0, 1])[0].rowNumbersFrom).toBe(-1);
    for (const values of [
      [5, 7, 6, 8],
      [0.5, 1.5, 2.5],
      [1, 2],
      [1, 2, 4],
      [3, 2, 1],
    ]) {
      // biome-ignore format: a list
      expect(factsOf(values)[0]).not.toHaveProperty("rowNumbersFrom");
    }
  });

  it("finds values that hold more rows than a density can explain", () => {
    const x = normal(1000, new Random(1));
    const [atom, ...others] = factsOf(x.map((z, i) => (i % 2 === 0 ? z : 0)))[0].atoms;
    expect(atom).toEqual({ value: 0, count: 500, share: 0.5, standsOut: true });
    expect(others).toEqual([]);
    const counts = factsOf(x.map((z, i) => (i % 3 === 0 ? 0 : 1 + Math.floor(Math.abs(40 * z)))))[0].atoms;
    expect(counts).toEqual([{ value: 0, count: 334, share: 0.334, standsOut: true }]);
    // cut off at an end
    expect(factsOf(x.map((z) => Math.min(z, 1)))[0].atoms).toMatchObject([{ value: 1, standsOut: true }]);
    // rounding alone gives many rows the same value
    for (const values of [
      rounded(x, 0),
      x.map((_, i) => i % 2),
      x.map((_, i) => i % 15),
      x.map((_, i) => (i % 20 === 0 ? 1 : 0)),
    ]) {
      const { atoms } = factsOf(values)[0];
      expect(atoms.length).toBeGreaterThan(0);
      expect(atoms.every(({ standsOut }) => !standsOut)).toBe(true);
      expect(atoms.every(({ count }, k) => k === 0 || count <= atoms[k - 1].count)).toBe(true);
    }
    expect(factsOf(x)[0].atoms).toEqual([]);
    const least = (N: number) => factsOf(x.map((z, i) => (i < N ? 0 : z)))[0].atoms.length;
    expect([49, 50].map(least)).toEqual([0, 1]);
    expect(factsOf([1, 1, 1, 1, 2, 3])[0].atoms).toEqual([]);
  });

  it("calls no column of the example tables constant, equal or a combination", () => {
    for (const file of ["penguins", "faithful"]) {
      const table = readCsv(readFileSync(`examples/data/${file}.csv`, "utf8"));
      const names = table.numericColumns;
      const x = table.dropMissing(names).matrix(names);
      const facts = columnFacts(
        names.map((name, j) =>
          column(
            name,
            x.data.filter((_, i) => i % names.length === j),
          ),
        ),
      );
      for (const fact of facts) expect(Object.keys(fact).sort()).toEqual(["atoms", "name", "rounding"]);
    }
  });
});

describe("combinations", () => {
  it("are found exactly, with the right coefficients, in any unit", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: -9, max: 9 }), (seed, power) => {
        const random = new Random(seed);
        const [x, y, w] = [normal(80, random), normal(80, random), normal(80, random)];
        const unit = 10 ** power;
        const z = x.map((value, i) => unit * (2.5 * value - 0.75 * w[i] + 3));
        const facts = factsOf(x, y, z, w);
        expect(combinationsOf(facts)).toEqual(["acd"]);
        const found = facts.find(({ combination }) => combination !== undefined);
        expect(found?.combination).toMatchObject({ more: 0, exact: true });
        const values = new Map([["a", x], ["c", z], ["d", w]]); // biome-ignore format: a list
        const { name = "", combination } = found ?? {};
        const rest = values
          .get(name)
          ?.map((value, i) =>
            (combination?.partners ?? []).reduce(
              (left, p) => left - p.coefficient * (values.get(p.name)?.[i] ?? Number.NaN),
              value,
            ),
          );
        const size = Math.max(...(values.get(name) ?? []).map(Math.abs));
        const [low, high] = [Math.min(...(rest ?? [Number.NaN])), Math.max(...(rest ?? [Number.NaN]))];
        expectWithin(high - low, 0, 1e-11 * size);
      }),
    );
  });

  it("of parts that sum to 100 are found up to rounding, traces among them", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(60, 300, 2000), (seed, N) => {
        const facts = factsOf(...parts(N, new Random(seed)));
        expect(combinationsOf(facts)).toEqual(["abcde"]);
        const { combination } = facts.find((fact) => fact.combination !== undefined) as ColumnFacts;
        expect(combination?.exact).toBe(false);
        expect(combination?.partners.map(({ coefficient }) => coefficient)).toEqual([-1, -1, -1, -1]);
      }),
      runs(0.3, 20),
    );
  });

  it("that are rounded are found in other units, too", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const [x, y] = [normal(300, random), normal(300, random)].map((z) =>
          rounded(
            z.map((v) => 50 + 10 * v),
            1,
          ),
        );
        const z = rounded(
          x.map((value, i) => 0.3937 * value + 0.5 * y[i]),
          1,
        );
        const other = normal(300, random);
        expect(combinationsOf(factsOf(x, other, y, z))).toEqual(["acd"]);
        const [a, b] = [random.uniform([4], 0.1, 9).data, random.uniform([4], -100, 100).data];
        const inUnits = [x, other, y, z].map((values, j) => values.map((value) => a[j] * value + b[j]));
        expect(combinationsOf(factsOf(...inUnits))).toEqual(["acd"]);
      }),
      runs(0.3, 20),
    );
  });

  it("are found among numbers of few digits, and of float32", () => {
    const random = new Random(1);
    const amounts = [0, 2, 4].map((level) => normal(500, random).map((z) => Math.exp(level + 2 * z)));
    const total = amounts[0].map((value, i) => value + amounts[1][i] + amounts[2][i]);
    const written: ((value: number) => number)[] = [
      (value) => Number(value.toPrecision(6)),
      (value) => Math.fround(value),
    ];
    for (const write of written) {
      expect(combinationsOf(factsOf(...[...amounts, total].map((values) => values.map(write))))).toEqual(["abcd"]);
    }
    // not when more is left than six digits leave
    const noisy = total.map((value) => value * (1 + 1e-4 * random.normal([]).item()));
    expect(combinationsOf(factsOf(...[...amounts, noisy].map((values) => values.map(written[0]))))).toEqual([]);
  });

  it("leave no more than rounding, in any row and in all together", () => {
    const random = new Random(1);
    const N = 2000;
    const columns = Array.from({ length: 8 }, () => normal(N, random).map((z) => 10 * z));
    const total = columns[0].map((_, i) => columns.reduce((sum, values) => sum + 0.7 * values[i], 0));
    const found = (y: Float64Array): number =>
      combinationsOf(factsOf(...[...columns, y].map((values) => rounded(values, 1)))).length;
    expect(found(total)).toBe(1);
    // as much noise as rounding leaves, 0.1/√12 for y and 0.7 of that for each of the others: in no row more than these can leave together
    const noise = normal(N, random).map(
      (z) => Math.min(2, Math.max(-2, z)) * (0.1 / Math.sqrt(12)) * Math.sqrt(1 + 8 * 0.49),
    );
    expect(found(total.map((value, i) => value + 0.9 * noise[i]))).toBe(0);
    const oneRow = total.slice();
    oneRow[1234] += 0.8;
    expect(found(oneRow)).toBe(0);
  });

  it("are not what rounding is too coarse to show", () => {
    const z = normal(1000, new Random(1));
    expect(
      combinationsOf(
        factsOf(
          z,
          rounded(
            z.map((value) => 4 * value),
            0,
          ),
        ),
      ),
    ).toEqual([]);
    expect(
      combinationsOf(
        factsOf(
          z,
          rounded(
            z.map((value) => 40 * value),
            0,
          ),
        ),
      ),
    ).toEqual(["ab"]);
  });

  it("are of columns that are none themselves", () => {
    const x = rounded(
      normal(300, new Random(1)).map((z) => 100 * z),
      2,
    );
    const facts = factsOf(x, rounded(x.map((v) => 2.54 * v), 2), rounded(x.map((v) => 32 + 1.8 * v), 2)); // biome-ignore format: a table
    expect(combinationsOf(facts)).toHaveLength(2);
    const none = facts.find(({ combination }) => combination === undefined)?.name;
    for (const { combination } of facts) {
      if (combination !== undefined) expect(combination.partners.map(({ name }) => name)).toEqual([none]);
    }
  });

  it("are not what is only correlated, rounded or not", () => {
    const correlations = fc.constantFrom(0.5, 0.99, 0.999, 0.9999);
    fc.assert(
      fc.property(
        seeds,
        correlations,
        fc.constantFrom(undefined, 2, 3),
        fc.constantFrom(100, 1000),
        (seed, r, decimals, N) => {
          const random = new Random(seed);
          const [x, noise, other] = [normal(N, random), normal(N, random), normal(N, random)];
          const y = x.map((value, i) => r * value + Math.sqrt(1 - r * r) * noise[i]);
          const sum = x.map((value, i) => r * (value + other[i]) + Math.sqrt(1 - r * r) * normal(1, random)[0]);
          const table = [x, y, other, sum].map((values) =>
            decimals === undefined ? values : rounded(values, decimals),
          );
          expect(combinationsOf(factsOf(...table))).toEqual([]);
        },
      ),
    );
  });

  it("are found beside columns that are only correlated", () => {
    const random = new Random(3);
    const [x, noise, w] = [normal(400, random), normal(400, random), normal(400, random)];
    const like = x.map((value, i) => value + 0.01 * noise[i]);
    const z = x.map((value, i) => value + w[i]);
    expect(combinationsOf(factsOf(like, x, z, w))).toEqual(["bcd"]);
  });

  it("need rows to show", () => {
    const random = new Random(1);
    expect(combinationsOf(factsOf(...Array.from({ length: 10 }, () => normal(11, random))))).toEqual([]);
    expect(combinationsOf(factsOf(...Array.from({ length: 12 }, () => normal(5, random))))).toEqual([]);
  });

  it("name five of many, and count the others", () => {
    const random = new Random(1);
    const columns = Array.from({ length: 8 }, () => normal(200, random));
    const total = columns[0].map((_, i) => columns.reduce((sum, values) => sum + values[i], 0));
    const [combination] = factsOf(...columns, total).flatMap((fact) => fact.combination ?? []);
    expect(combination.partners).toHaveLength(5);
    expect(combination.more).toBe(3);
  });

  it("hold in all rows, those that are not sampled among them", () => {
    const N = 50_000;
    const random = new Random(1);
    const [x, y] = [normal(N, random), normal(N, random)];
    const z = x.map((value, i) => value - y[i]);
    expect(combinationsOf(factsOf(x, y, z))).toEqual(["abc"]);
    z[N - 2] += 1e-3;
    expect(combinationsOf(factsOf(x, y, z))).toEqual([]);
  });

  it("of equal and constant columns are not counted twice", () => {
    const [x, y] = [normal(60, new Random(1)), normal(60, new Random(2))];
    expect(combinationsOf(factsOf(x, x, new Float64Array(60).fill(2), y))).toEqual([]);
    expect(
      combinationsOf(
        factsOf(
          x,
          x.map((value) => 32 + 1.8 * value),
        ),
      ),
    ).toEqual(["ab"]);
  });
});

describe("verdicts", () => {
  /** A table with a constant, a duplicate and a combination in it. */
  const tableOf = (seed: number): Float64Array[] => {
    const random = new Random(seed);
    const [x, y, w] = [normal(100, random), normal(100, random), rounded(normal(100, random), 1)];
    return [x, w, y, x.slice(), new Float64Array(100).fill(3), x.map((value, i) => value - 2 * y[i])];
  };
  const verdictsOf = (facts: readonly ColumnFacts[]) => ({
    constant: facts.map(({ constant }) => constant !== undefined),
    duplicateOf: facts.map(({ duplicateOf }) => duplicateOf),
    combinations: combinationsOf(facts),
  });

  it("do not depend on units", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const table = tableOf(seed);
        const [a, b] = [random.uniform([6], -5, 5).data, random.uniform([6], -50, 50).data];
        a[3] = a[0];
        b[3] = b[0];
        const other = table.map((values, j) => values.map((value) => a[j] * value + b[j]));
        const expected = { constant: [4], duplicateOf: "a", combinations: ["acf"] };
        const verdicts = verdictsOf(factsOf(...table));
        expect(verdicts.combinations).toEqual(expected.combinations);
        expect(verdicts.duplicateOf[3]).toBe(expected.duplicateOf);
        expect(verdicts.constant.indexOf(true)).toBe(4);
        expect(verdictsOf(factsOf(...other))).toEqual(verdicts);
      }),
    );
  });

  it("do not depend on the order of rows, but for row numbers", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const table = [
          ...tableOf(seed),
          Float64Array.from({ length: 100 }, (_, i) => i),
          Float64Array.from({ length: 100 }, (_, i) => i % 7),
        ];
        const order = Array.from(new Random(seed).permutation(100));
        const before = factsOf(...table);
        const after = factsOf(...table.map((values) => values.map((_, i) => values[order[i]])));
        expect(before[6].rowNumbersFrom).toBe(0);
        expect(after[6]).not.toHaveProperty("rowNumbersFrom");
        // coefficients differ in their last bits
        const plain = (facts: ColumnFacts[]) =>
          facts.map(({ combination, rowNumbersFrom: _, ...rest }) => ({
            ...rest,
            partners: combination?.partners.map(({ name }) => name).sort(),
            exact: combination?.exact,
          }));
        expect(plain(after)).toEqual(plain(before));
      }),
    );
  });

  it("are the same each time", () => {
    const table = parts(200, new Random(5));
    expect(factsOf(...table)).toEqual(factsOf(...table));
  });
});
