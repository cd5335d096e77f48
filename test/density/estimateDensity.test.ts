import {
  DensityModel,
  DomainError,
  estimateDensity,
  fromRows,
  loadFlow,
  Random,
  readCsv,
  ShapeError,
  type Tensor,
  tensor,
} from "diffeo";
import { describe, expect, it, test } from "vitest";

const short = { model: "maf", steps: 3 } as const;
const random = (): Random => new Random(1);

/** Two columns that go together, N rows. */
function pairs(N: number, seed = 1): number[][] {
  const draw = new Random(seed).normal([N, 2]);
  return Array.from({ length: N }, (_, i) => [draw.at(i, 0), 3 + 0.5 * draw.at(i, 0) + 0.1 * draw.at(i, 1)]);
}

const rows = pairs(200);
const x = tensor(rows);
const columnOf = (of: Tensor, j: number): number[] => Array.from({ length: of.shape[0] }, (_, i) => of.at(i, j));

describe("estimateDensity", () => {
  it("takes a Tensor, lists, objects and a Table, and makes the same of them", async () => {
    const objects = rows.map(([c1, c2]) => ({ c1, c2 }));
    const forms = [x, rows, objects, fromRows(objects, ["c1", "c2"])];
    const models = await Promise.all(forms.map((form) => estimateDensity(form, { ...short, random: random() })));
    for (const model of models) expect(model.save()).toEqual(models[0].save());
    expect(models[0].columns).toEqual(["c1", "c2"]);
  });

  it("with the steps that a budget came to makes the same model again", async () => {
    const first = await estimateDensity(x, { random: random(), model: "maf", budget: 0.4 });
    const { steps, members, model } = first.choice as NonNullable<typeof first.choice>;
    const again = await estimateDensity(x, { random: random(), model, steps, members });
    expect(again.save()).toEqual(first.save());
  });

  it("auto tries all kinds, says what they came to, and takes the best by validation", async () => {
    const { choice } = await estimateDensity(x, { random: random(), steps: 4 });
    expect(choice?.candidates.map(({ model }) => model).slice(0, 6)).toEqual([
      ...["gaussian", "mixture", "nsf", "nsf-coupling", "maf", "realnvp"],
    ]);
    const values = choice?.candidates.map(({ validation }) => validation as number) ?? [];
    const best = choice?.candidates[values.indexOf(Math.max(...values))].model;
    expect(choice?.model).toBe(best);
    expect(choice?.reason).toMatch(/of all tried it gives the validation rows the highest mean log-likelihood/);
  });

  it("auto with the same steps makes the same model", async () => {
    const files = await Promise.all(
      [1, 2].map(async () => (await estimateDensity(x, { random: random(), steps: 2 })).save()),
    );
    expect(files[1]).toEqual(files[0]);
  });

  it("standardises by the training rows: units do not matter but for the volume", async () => {
    const scaled = tensor(rows.map(([a, b]) => [a * 1000, b - 7]));
    const [plain, other] = await Promise.all(
      [x, scaled].map((each) => estimateDensity(each, { ...short, random: random(), types: "real" })),
    );
    const moved = rows.slice(0, 20).map(([a, b]) => [a * 1000, b - 7]);
    other.score(moved).data.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.score(rows).at(i) - Math.log(1000), 6);
    });
    expect(loadFlow(plain.save()).bijection.dataShape).toEqual([2]);
  });

  it("holds rows out, calibrates by them, and learns nothing from the test rows", async () => {
    const many = tensor(pairs(500));
    const model = await estimateDensity(many, { ...short, random: random() });
    expect(model.facts.calibration).toHaveLength(150);
    const p = model.pValue(pairs(400, 9)).data;
    expect(Math.min(...p)).toBeGreaterThan(0);
    expect(Math.max(...p)).toBeLessThanOrEqual(1);
    expect(p.reduce((a, b) => a + b) / 400).toBeCloseTo(0.5, 1);
    expect((await estimateDensity(x, { ...short, random: random() })).facts.calibration).toBeNull();
  });

  it("takes validation rows of its own, and no test rows", async () => {
    const model = await estimateDensity(x, { ...short, random: random(), test: 0, validation: pairs(120, 2) });
    expect(model.facts.calibration).toHaveLength(120);
    await expect(estimateDensity(x, { ...short, random: random(), validation: [] })).rejects.toThrow(
      "needs at least one validation row; got none",
    );
    await expect(estimateDensity(x, { ...short, random: random(), validation: [[1]] })).rejects.toThrow(ShapeError);
  });

  it("aborted at once, or under way, resolves with the best so far", async () => {
    const controller = new AbortController();
    const model = await estimateDensity(x, {
      ...{ random: random(), model: "maf", steps: 100_000, signal: controller.signal },
      onStep: ({ step }) => step === 5 && controller.abort(),
    });
    expect(model.score(x).data.every(Number.isFinite)).toBe(true);
    const auto = await estimateDensity(x, { random: random(), steps: 100_000, signal: AbortSignal.abort() });
    expect(["gaussian", "mixture"]).toContain(auto.choice?.model);
  });
});

describe("columns", () => {
  it("that are constant are set aside by name, among all rows or the training rows, and rows that differ are told", async () => {
    const model = await estimateDensity(
      rows.map(([a, b]) => ({ a, b, k: 4 })),
      { ...short, random: random() },
    );
    expect(model.columns).toEqual(["a", "b"]);
    expect(model.constants).toEqual([{ name: "k", value: 4 }]);
    expect(model.notes.join("\n")).toMatch(/set aside, constant \(4\), without a density: k/);
    expect(model.differences([{ a: 0, b: 0, k: 5 }])).toEqual([{ row: 0, column: "k", value: 5, expected: 4 }]);
    const nearly = rows.map(([a, b]) => [a, b, 0]);
    const own = [[0, 3, 1], [1, 3.5, 0]]; // biome-ignore format: rows
    const detector = await estimateDensity(nearly, { ...short, random: random(), for: undefined, validation: own });
    expect(detector.score([[0, 3, 7]]).at(0)).toBe(detector.score([[0, 3, 0]]).at(0));
  });

  it("that are equal or combinations of others are set aside, and the rest is a density", async () => {
    const model = await estimateDensity(
      rows.map(([a, b]) => ({ a, b, twin: a, sum: 2 * a - b + 1 })),
      { ...short, random: random() },
    );
    expect(model.columns).toHaveLength(2);
    expect(model.notes.join("\n")).toMatch(/equal to a in every row: twin/);
    expect(model.notes.join("\n")).toMatch(/\+ a constant in every row: (a|b|sum)/);
    expect(model.score([{ a: 0, b: 3, twin: 0, sum: -2 }]).data.every(Number.isFinite)).toBe(true);
  });

  it("of labels can be given, and of texts are left out otherwise", async () => {
    const table = rows.map(([a, b], i) => ({ a, b: b + (i % 2), kind: i % 2 === 0 ? "even" : "odd" }));
    const model = await estimateDensity(table, { random: random(), model: "maf", steps: 200, conditions: ["kind"] });
    expect(model.facts.conditions).toEqual([{ name: "kind", mean: null, deviation: null, labels: ["even", "odd"] }]);
    const meanOf = (kind: string): number => {
      const values = columnOf(model.sample(300, { random: random(), given: { kind } }).x, 1);
      return values.reduce((a, b) => a + b) / 300;
    };
    expect(meanOf("odd") - meanOf("even")).toBeGreaterThan(0.5);
    const without = await estimateDensity(table, { ...short, random: random() });
    expect(without.columns).toEqual(["a", "b"]);
    expect(without.notes.join("\n")).toMatch(/skipped, not numeric: kind/);
  });

  it("of labels that look like numbers keep them, and say which no row to learn from has", async () => {
    const table = rows.map(([a, b], i) => ({ a, b, room: ["1", "2", "2b"][i % 3] }));
    const validation = rows.slice(0, 40).map(([a, b], i) => ({ a, b, room: String(1 + (i % 2)) }));
    const model = await estimateDensity(table, { ...short, random: random(), conditions: ["room"], validation });
    expect(model.facts.conditions[0].labels).toEqual(["1", "2", "2b"]);
    // nothing of the validation rows is taken for the label at another place
    const own = await estimateDensity(
      table.map((row) => ({ ...row, room: `room ${row.room}` })),
      {
        ...{ ...short, random: random(), conditions: ["room"] },
        validation: validation.map((row) => ({ ...row, room: `room ${row.room}` })),
      },
    );
    expect(model.choice?.candidates[0].validation).toBe(own.choice?.candidates[0].validation);
    const rare = [...table.slice(0, 198), { a: 0, b: 3, room: "9" }];
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    const notes: string[] = [];
    for (const seed of seeds) {
      const { notes: said } = await estimateDensity(rare, {
        ...{ model: "maf", steps: 1, random: new Random(seed), conditions: ["room"], test: 0.5 },
      });
      notes.push(...said);
    }
    expect(notes).toContain("no row to learn from has room = 9");
  });

  it("of numbers with a slip are no labels", async () => {
    const table = rows.map(([a, b], i) => ({ a, b, year: i === 5 ? "19O5" : 1900 + (i % 7) }));
    await expect(estimateDensity(table, { ...short, random: random(), conditions: ["year"] })).rejects.toThrow(
      /cells must be numbers, as 199 of its cells are; got "19O5" on line 7 in column "year"/,
    );
  });

  it("have types, inferred or said, which samples obey", async () => {
    const table = rows.map(([a, b], i) => ({
      count: Math.round(Math.abs(4 * a)),
      price: Math.exp(b),
      share: (i + 0.5) / 200,
    }));
    const model = await estimateDensity(table, { ...short, random: random() });
    expect([...model.types].map(([name, { kind }]) => [name, kind])).toEqual([
      ["count", "integer"],
      ["price", "positive"],
      ["share", "interval"],
    ]);
    const { x: drawn } = model.sample(300, { random: random() });
    expect(columnOf(drawn, 0).every(Number.isInteger)).toBe(true);
    expect(columnOf(drawn, 1).every((price) => price > 0)).toBe(true);
    expect(columnOf(drawn, 2).every((share) => share > 0 && share < 1)).toBe(true);
    expect(model.score([{ count: 1, price: -1, share: 0.5 }]).at(0)).toBe(-Infinity);
    expect(() => model.explain({ count: 1, price: -1, share: 0.5 })).toThrow("must lie where the density is not 0");
    const real = await estimateDensity(table, { ...short, random: random(), types: "real" });
    expect([...real.types.values()].every(({ kind }) => kind === "real")).toBe(true);
    const some = await estimateDensity(table, { ...short, random: random(), types: { share: { interval: [-1, 2] } } });
    expect(some.types.get("share")).toEqual({ kind: "interval", low: -1, high: 2 });
    const again = DensityModel.load(model.save());
    expect(again.score(table)).toEqual(model.score(table));
  });

  it("with an atom are refused, unless a type is said, and modelled for anomalies", async () => {
    const table = rows.map(([a, b], i) => [i % 3 === 0 ? 0 : Math.exp(a), b]);
    await expect(estimateDensity(table, { ...short, random: random() })).rejects.toThrow(
      /column c1: 67 rows \(33\.5 %\) are exactly 0, .*exclude: \["c1"\].*types: \{ "c1": "real" \}/,
    );
    const model = await estimateDensity(table, { ...short, random: random(), types: "real" });
    expect(model.columns).toEqual(["c1", "c2"]);
    const detector = await estimateDensity(table, { random: random(), for: "anomalies", steps: 3 });
    expect([detector.choice?.model, detector.choice?.tails]).toEqual(["nice", false]);
  });

  it("with blanks are refused, or their rows dropped", async () => {
    const table = readCsv(`a,b\n${rows.map(([a, b], i) => (i === 7 ? `,${b}` : `${a},${b}`)).join("\n")}\n`);
    await expect(estimateDensity(table, { ...short, random: random() })).rejects.toThrow(
      'estimateDensity: 1 row has a blank (line 9); leave them out with missing: "drop"',
    );
    const model = await estimateDensity(table, { ...short, random: random(), missing: "drop" });
    expect(model.notes.join("\n")).toMatch(/dropped 1 row with blanks/);
  });
});

test("a model that won its trial comes out again by what choice says", async () => {
  const auto = await estimateDensity(x, { random: random(), budget: 0.01 });
  const { model, steps, members } = auto.choice as NonNullable<typeof auto.choice>;
  if (steps === 0) return expect(["gaussian", "mixture"]).toContain(model);
  const again = await estimateDensity(x, { random: random(), model, steps, members });
  expect(again.score(rows)).toEqual(auto.score(rows));
});

test("samples can be scored, whatever the order of the columns, and with columns set aside", async () => {
  const table = rows.map(([a, b]) => ({ b, k: 3, a }));
  const model = await estimateDensity(table, { random: random(), model: "gaussian", columns: ["a", "b"] });
  const { x: drawn } = model.sample(50, { random: random() });
  const named = (drawn.toArray() as number[][]).map(([a, b]) => ({ a, b }));
  expect(model.score(drawn)).toEqual(model.score(named));
  const numbers = await estimateDensity(
    rows.map(([a, b]) => [a, 7, b]),
    { random: random(), model: "gaussian" },
  );
  expect(numbers.score([[0, 7, 3]]).at(0)).toBe(numbers.score([[0, 3]]).at(0));
});

test("two values of a column that is said to be integer are modelled; numbers of any size are", async () => {
  const flags = rows.map(([a], i) => ({ a: a * 1e200, flag: i % 2 }));
  const model = await estimateDensity(flags, { ...short, random: random(), types: { flag: "integer" } });
  expect(model.columns).toEqual(["a", "flag"]);
  expect(model.score(flags).data.every(Number.isFinite)).toBe(true);
  expect(() => model.sample(3, { random: random(), given: { flag: 0.5 } })).toThrow(
    "sample: flag must be integers; got 0.5",
  );
});

test("a model of one column, of 20 rows, and of wild rows", async () => {
  const one = await estimateDensity(
    rows.map(([a]) => [a]),
    { random: random(), steps: 3 },
  );
  expect(one.score([[0]]).data.every(Number.isFinite)).toBe(true);
  const few = await estimateDensity(rows.slice(0, 20), { random: random(), steps: 3 });
  expect(few.score(rows).data.every(Number.isFinite)).toBe(true);
  const wild = [...rows, [1e8, -1e9], [1e150, 3]];
  const model = await estimateDensity(wild, { random: random(), steps: 3 });
  expect(model.score(wild).data.some(Number.isNaN)).toBe(false);
});

test.each<[unknown, unknown, RegExp]>([
  [rows.slice(0, 19), {}, /needs at least 20 different rows to learn from and to hold out; got 19/],
  [[], {}, /needs at least one numeric column|at least 20 different rows/],
  [7, {}, /rows must be a Tensor, a Table, lists of numbers, or objects; got 7/],
  [[[1, 2], [3]], {}, /rows must be of one length; got 2 and 1/],
  [tensor([1, 2, 3]), {}, /rows must be \[N,columns\]; got \[3\]/],
  [rows, { model: "vae" }, /model must be one of auto, gaussian, mixture, .*; got "vae"/],
  [rows, { budget: 0 }, /budget must be positive; got 0/],
  [rows, { steps: 0.5 }, /steps must be an integer/],
  [rows, { test: 1 }, /test must be in \[0, 1\); got 1/],
  [rows, { validation: 0 }, /validation must be positive; got 0/],
  [rows, { missing: "mean" }, /missing must be "drop"; got "mean"/],
  [rows, { for: "fun" }, /for must be "anomalies"; got "fun"/],
  [rows, { random: 1 }, /random must be a Random/],
  [rows, { columns: ["c9"] }, /the table has no column "c9"; it has c1, c2/],
  [rows, { columns: ["c1"], conditions: ["c1"] }, /c1/],
  [rows, { exclude: ["c1", "c2"] }, /needs at least one numeric column/],
  [rows, { conditions: ["c1"], model: "gaussian" }, /gaussian cannot be conditioned on c1; choose nice/],
  [rows, { columns: ["c1"], model: "nice" }, /nice needs at least 2 columns/],
  [rows, { types: "number" }, /the type of c1 must be/],
  [rows, { types: { c1: "integer" } }, /column c1 must be integers/],
  [rows, { budget: 3 }, /budget or steps say how long, not both; got 3 and 3/],
  [rows, { for: "anomalies" }, /for or model, not both; got "anomalies" and "maf"/],
  [rows, { onStep: 5 }, /onStep must be a function; got 5/],
  [rows, { signal: 5 }, /signal must be an AbortSignal; got 5/],
  [rows, { types: { cl: "real" } }, /the table has no column "cl"; it has c1, c2/],
  [rows, { types: ["real", "real"] }, /types must be a type, or types by column; got/],
  [rows, { types: { c1: "real" }, validation: [["x", 1]] }, /cells must be|must have numbers in column c1/],
  [rows.map(([a, b]) => [Math.exp(a), b]), { types: { c1: "positive" }, validation: [[-1, 1]] }, /validation row 0 must be of the types/],
  [rows, { lerningRate: 1 }, /unknown option "lerningRate"/],
  [rows.map(() => [1, 2]), {}, /needs a column that has a density; got none \(set aside, constant \(1\)/],
])("a wrong call is refused, %#", async (table, options, message) => {
  const call = estimateDensity(table as never, { random: random(), ...short, ...(options as object) });
  await expect(call).rejects.toThrow(message);
  await call.catch((error) => expect(error instanceof DomainError || error instanceof ShapeError).toBe(true));
}); // biome-ignore format: a table
