import {
  type DensityFacts,
  DensityModel,
  DomainError,
  Flow,
  FormatError,
  fitNormal,
  loadFlow,
  maf,
  multivariateNormal,
  permutation,
  Random,
  readCsv,
  saveFlow,
  squeezeImage,
  standardNormal,
  tensor,
} from "diffeo";
import { describe, expect, it, test } from "vitest";
import { DENSITY, factsToJson } from "../../src/density/densityFile.ts";

const same = (D: number) => permutation({ permutation: Array.from({ length: D }, (_, i) => i) });

/** N(μ, L·Lᵀ) of standardised rows, whose columns are in units of their own. */
const L = [
  [1, 0, 0],
  [0.8, 0.6, 0],
  [-0.5, 0.3, 0.9],
];
const flow = new Flow(multivariateNormal({ loc: tensor([1, -2, 0.5]), scaleTril: tensor(L) }), same(3));
const UNITS = [
  { mean: 10, deviation: 2 },
  { mean: -3, deviation: 0.01 },
  { mean: 0, deviation: 500 },
];
const NAMES = ["a", "b", "c"];
const facts = (more: Partial<DensityFacts> = {}): DensityFacts => ({
  columns: NAMES.map((name, j) => ({ name, type: { kind: "real" }, ...UNITS[j] })),
  ...{ conditions: [], constants: [], inputs: NAMES, calibration: null, notes: [], choice: null },
  ...more,
});
const model = new DensityModel(flow, facts());
/** The covariance in the units of the table, and the mean. */
const sigma = (i: number, j: number): number =>
  L[i].reduce((sum, value, k) => sum + value * L[j][k], 0) * UNITS[i].deviation * UNITS[j].deviation;
const mu = [1, -2, 0.5].map((value, j) => value * UNITS[j].deviation + UNITS[j].mean);

/** Mean and variance of x_j given the other two of a row, by the inverse of their 2 × 2 covariance. */
function conditional(row: readonly number[], j: number): { mean: number; variance: number } {
  const [p, q] = [0, 1, 2].filter((i) => i !== j);
  const determinant = sigma(p, p) * sigma(q, q) - sigma(p, q) ** 2;
  const [u, v] = [row[p] - mu[p], row[q] - mu[q]];
  const toP = (sigma(q, q) * sigma(j, p) - sigma(p, q) * sigma(j, q)) / determinant;
  const toQ = (sigma(p, p) * sigma(j, q) - sigma(p, q) * sigma(j, p)) / determinant;
  return { mean: mu[j] + toP * u + toQ * v, variance: sigma(j, j) - toP * sigma(j, p) - toQ * sigma(j, q) };
}

describe("explain", () => {
  it.each([[12, -3.02, 250], [40, -3, 250], [12, -2.9, -4000]])(
    "is the log-density of each coordinate of a Gaussian given the others, at [%d, %d, %d]",
    (...row) => {
      const explanation = model.explain(row);
      expect(explanation.map(({ column }) => column).sort()).toEqual(NAMES);
      const logProbs = explanation.map(({ logProb }) => logProb);
      expect(logProbs).toEqual([...logProbs].sort((a, b) => a - b));
      for (const { column, value, logProb, inDeviations, error, expected, deviation } of explanation) {
        const z = (value - expected) / deviation; // whatever the units are
        expect(inDeviations).toBeCloseTo(-0.5 * (z * z + Math.log(2 * Math.PI)), 6);
        const j = NAMES.indexOf(column);
        const { mean, variance } = conditional(row, j);
        const exact = -0.5 * (((row[j] - mean) ** 2) / variance + Math.log(2 * Math.PI * variance));
        expect(value).toBe(row[j]);
        expect(Math.abs(logProb - exact)).toBeLessThan(1e-6);
        expect(Math.abs(expected - mean)).toBeLessThan(1e-6 * Math.sqrt(variance));
        expect(Math.abs(deviation - Math.sqrt(variance))).toBeLessThan(1e-6 * Math.sqrt(variance));
        expect(error).toBeLessThan(1e-8);
      }
    },
  ); // biome-ignore format: a table

  it("takes one row, in any form", () => {
    const wanted = model.explain([[12, -3.02, 250]]);
    expect(model.explain({ a: 12, b: -3.02, c: 250 })).toEqual(wanted);
    expect(model.explain(tensor([12, -3.02, 250]))).toEqual(wanted);
    expect(() => model.explain([[1, 2, 3], [4, 5, 6]])).toThrow("explain: takes one row; got 2"); // biome-ignore format: rows
  });
});

describe("score", () => {
  const rows = [[12, -3.02, 250], [9, -3.01, -700]]; // biome-ignore format: rows

  it("is the density in the units of the table, whatever the form of the rows", () => {
    const y = tensor(rows.map((row) => row.map((value, j) => (value - UNITS[j].mean) / UNITS[j].deviation)));
    const expected = Array.from(flow.score(y).data, (value) => value - Math.log(2 * 0.01 * 500));
    const forms = [
      rows,
      tensor(rows),
      rows.map(([a, b, c]) => ({ c, a, b, other: "x" })),
      readCsv(`c,x,a,b\n${rows.map(([a, b, c]) => `${c},text,${a},${b}\n`).join("")}`),
    ];
    for (const form of forms) {
      model.score(form).data.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 10);
      });
    }
    expect(model.score([]).shape).toEqual([0]);
  });

  it("refuses rows without a column, with a text, of another width, and what is no rows", () => {
    expect(() => model.score([{ a: 1, b: 2 }])).toThrow('none has "c"');
    expect(() => model.score([{ a: 1, b: 2, c: "x" }])).toThrow("cells must be finite numbers");
    expect(() => model.score(tensor([[1, 2]]))).toThrow("score: rows must have 3 columns; got 2");
    expect(() => model.score([[1, Number.NaN, 3]])).toThrow("no cell may be blank");
    expect(() => model.score([[1, Number.POSITIVE_INFINITY, 3]])).toThrow("cells must be finite numbers");
    expect(() => model.score(7 as never)).toThrow(
      "score: rows must be a Tensor, a Table, lists of numbers, or objects",
    );
    expect(() => model.score(readCsv("a,b\n1,2\n"))).toThrow("there is no c, but a, b");
  });

  it("of cells is the log of the mean density over their 16 points, and their masses add up to 1", () => {
    const counts = new DensityModel(
      new Flow(standardNormal([1]), same(1)),
      facts({ columns: [{ name: "n", type: { kind: "integer" }, mean: 3, deviation: 1.7 }], inputs: ["n"] }),
    );
    const scores = counts.score(Array.from({ length: 61 }, (_, k) => [k - 27])).data;
    expect(scores.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 10);
    const offsets = Array.from({ length: 16 }, (_, m) => (m + 0.5) / 16 - 0.5);
    const densities = offsets.map((u) => Math.exp(-0.5 * ((5 + u - 3) / 1.7) ** 2) / (1.7 * Math.sqrt(2 * Math.PI)));
    expect(counts.score([[5]]).at(0)).toBeCloseTo(Math.log(densities.reduce((a, b) => a + b) / 16), 12);
    const { x } = counts.sample(500, { random: new Random(1) });
    expect(x.data.every(Number.isInteger)).toBe(true);
  });
});

describe("sample", () => {
  it("given a column of a Gaussian has the conditional mean and deviation, within four standard errors", () => {
    const n = 4000;
    const { x, effectiveSampleSize } = model.sample(n, { random: new Random(3), given: { a: 15 } });
    expect(effectiveSampleSize).toBeGreaterThan(1000);
    const error = Math.sqrt(1 / (effectiveSampleSize as number) + 1 / n);
    for (const j of [1, 2]) {
      const slope = sigma(j, 0) / sigma(0, 0);
      const mean = mu[j] + slope * (15 - mu[0]);
      const deviation = Math.sqrt(sigma(j, j) - slope * sigma(j, 0));
      const values = Array.from({ length: n }, (_, i) => x.at(i, j));
      const found = values.reduce((a, b) => a + b) / n;
      const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - found) ** 2, 0) / n);
      expect(Math.abs(found - mean)).toBeLessThan(4 * deviation * error);
      expect(Math.abs(spread - deviation)).toBeLessThan(4 * deviation * error);
    }
    expect(Array.from({ length: n }, (_, i) => x.at(i, 0)).every((value) => value === 15)).toBe(true);
  });

  it("given a condition is the conditional flow itself", () => {
    const conditional = maf({ dimensions: 2, context: 2, layers: 1, hidden: [4], random: new Random(1) });
    const labelled = new DensityModel(
      conditional,
      facts({
        columns: ["x", "y"].map((name) => ({ name, type: { kind: "real" }, mean: 0, deviation: 1 })),
        conditions: [{ name: "sex", mean: null, deviation: null, labels: ["f", "m"] }],
        inputs: ["x", "y", "sex"],
      }),
    );
    const { x, effectiveSampleSize } = labelled.sample(5, { random: new Random(2), given: { sex: "m" } });
    expect(effectiveSampleSize).toBeNull();
    expect(x.toArray()).toEqual(conditional.sample(5, new Random(2), tensor([[0, 1]])).toArray());
    expect(labelled.score([{ x: 1, y: 2, sex: "f" }]).at(0)).toBe(
      conditional.score(tensor([[1, 2]]), tensor([[1, 0]])).at(0),
    );
    expect(() => labelled.sample(1, { random: new Random(1) })).toThrow("state sex");
    expect(() => labelled.sample(1, { random: new Random(1), given: { sex: "x" } })).toThrow("sex must be one of f, m");
    expect(() => labelled.score([{ x: 1, y: 2, sex: "?" }])).toThrow("sex must be one of f, m");
  });

  it("refuses columns that are not known, and giving all", () => {
    const random = new Random(1);
    expect(() => model.sample(1, { random, given: { z: 1 } })).toThrow("the model has no column z; it has a, b, c");
    expect(() => model.sample(1, { random, given: { a: 1, b: 2, c: 3 } })).toThrow("nothing is left to draw");
    expect(() => model.sample(1, { random, given: { a: "x" } })).toThrow("a must be a number");
    expect(() => model.sample(1, { random, given: { a: 1 }, temperature: 0.5 })).toThrow("a temperature goes with");
    expect(() => model.sample(-1, { random })).toThrow(DomainError);
    expect(() => model.sample(1, {} as never)).toThrow("random must be a Random");
  });

  it("at a lower temperature is closer to the centre", () => {
    const spread = (temperature: number): number => {
      const { x } = model.sample(2000, { random: new Random(1), temperature });
      return Math.sqrt(
        Array.from({ length: 2000 }, (_, i) => (x.at(i, 0) - mu[0]) ** 2).reduce((a, b) => a + b) / 2000,
      );
    };
    expect(spread(0.5) / spread(1)).toBeCloseTo(0.5, 6);
  });
});

describe("files", () => {
  const types: DensityFacts["columns"] = [
    { name: "a", type: { kind: "positive" }, mean: 1, deviation: 2 },
    { name: "b", type: { kind: "rounded", step: 0.5, origin: 0.1 }, mean: 0, deviation: 1 },
    { name: "c", type: { kind: "interval", low: -1, high: 3 }, mean: 0, deviation: 1 },
  ];
  const saved = new DensityModel(
    flow,
    facts({
      columns: types,
      constants: [{ name: "k", value: 4 }],
      calibration: Float64Array.of(Number.NEGATIVE_INFINITY, -3, -1),
      notes: ["a note"],
    }),
    { seed: 7 },
  );

  it("open again with the same bits, and say the same of everything", () => {
    const bytes = saved.save();
    const again = DensityModel.load(bytes);
    expect(again.facts).toEqual(saved.facts);
    expect(again.extra.seed).toBe(7);
    expect(again.save()).toEqual(bytes);
    const rows = [[2, 0.6, 1], [0.1, 3.1, 2.9]]; // biome-ignore format: rows
    expect(again.score(rows)).toEqual(saved.score(rows));
  });

  it("hold the flow in standardised coordinates", () => {
    const plain = loadFlow(saved.save());
    const y = tensor([[0.3, -1, 2]]);
    expect(plain.score(y)).toEqual(flow.score(y));
  });

  it("of a flow by itself are its density, in its own units", () => {
    const plain = DensityModel.load(saveFlow(flow, { columns: ["p", "q", "r"] }));
    expect(plain.columns).toEqual(["p", "q", "r"]);
    expect(plain.score([[1, -2, 0.5]]).at(0)).toBe(flow.score(tensor([[1, -2, 0.5]])).at(0));
    expect(DensityModel.load(saveFlow(flow)).columns).toEqual(["c1", "c2", "c3"]);
  });

  it("that say what cannot be are refused", () => {
    const known = factsToJson(saved.facts) as Record<string, unknown>;
    const column = (known.columns as object[])[0];
    const wrong: readonly (readonly [string, unknown])[] = [
      ["columns", [column]],
      ["columns", [column, column, { ...column, deviation: 0 }]],
      ["columns", [column, column, { ...column, type: { kind: "fuzzy" } }]],
      ["columns", [column, column, { ...column, type: { kind: "interval", low: 2, high: 1 } }]],
      ["columns", "none"],
      ["calibration", [2, 1]],
      ["calibration", [{}]],
      ["calibration", ["1"]],
      ["calibration", []],
      ["coordinates", "raw"],
      ["inputs", [1]],
      ["notes", null],
      ["constants", [{ name: "k" }]],
      ["conditions", [{ name: "s", mean: null, deviation: null, labels: [1] }]],
      ["choice", 3],
    ];
    for (const [field, value] of wrong) {
      const bytes = saveFlow(flow, { [DENSITY]: { ...known, [field]: value } as never });
      expect(() => DensityModel.load(bytes), `${field} = ${JSON.stringify(value)}`).toThrow(/DensityModel\.load: /);
    }
    expect(() => DensityModel.load(saveFlow(flow, { [DENSITY]: 3 }))).toThrow(FormatError);
    const images = new Flow(standardNormal([4, 1, 1]), squeezeImage({ channels: 1, height: 2, width: 2 }));
    expect(() => DensityModel.load(saveFlow(images))).toThrow("the flow must be one of rows; its points are [1,2,2]");
  });
});

test("differences name the rows that are not as all training rows were", () => {
  const some = new DensityModel(flow, facts({ constants: [{ name: "k", value: 4 }, { name: "l", value: 0 }] })); // biome-ignore format: short
  const rows = [
    { a: 1, b: 2, c: 3, k: 4, l: 0 },
    { a: 1, b: 2, c: 3, k: 5, l: 0 },
  ];
  expect(some.differences(rows)).toEqual([{ row: 1, column: "k", value: 5, expected: 4 }]);
  expect(some.differences([{ a: 1, b: 2, c: 3 }])).toEqual([]);
  expect(some.differences([{ k: null, l: 0 }, { k: 9, l: 0 }])).toEqual([{ row: 1, column: "k", value: 9, expected: 4 }]); // biome-ignore format: short
});

test("p-values need 99 rows that were held out", () => {
  expect(() => model.pValue([[1, 2, 3]])).toThrow("pValue: takes 99 rows");
  const calibration = Float64Array.from({ length: 99 }, (_, i) => i - 99);
  const calibrated = new DensityModel(flow, facts({ calibration }));
  expect(calibrated.pValue([[1e6, 2, 3]]).at(0)).toBe(0.01);
});

test("evaluate: the mean, the median, bits, and rows that would decide the mean alone", () => {
  const { x } = model.sample(200, { random: new Random(4) });
  const rows = [...(x.toArray() as number[][]), [1e6, 1e6, 1e6]];
  const { logLikelihood, standardError, median, bitsPerDim, wild, meanOfAll, rows: N } = model.evaluate(rows);
  const scores = model.score(x).data;
  expect(logLikelihood).toBeCloseTo(scores.reduce((a, b) => a + b) / 200, 10);
  expect(standardError).toBeGreaterThan(0);
  expect(bitsPerDim).toBeCloseTo(-logLikelihood / (3 * Math.LN2), 12);
  expect(wild.map(({ row }) => row)).toEqual([200]);
  expect(meanOfAll).toBeLessThan(-1e9);
  expect([N, Math.abs(median - logLikelihood) < 1]).toEqual([201, true]);
  expect(() => model.evaluate([])).toThrow("evaluate: needs a row; got none");
});

test("a picture in the units of the table", async () => {
  const normal = fitNormal(model.sample(50, { random: new Random(1) }).x);
  expect(normal.eventShape).toEqual([3]);
  const rows = model.sample(50, { random: new Random(1) }).x;
  const svg = await model.plot({ random: new Random(1), title: "three columns", rows });
  expect(svg).toContain("three columns");
  expect(svg).toMatch(/^<svg/);
  expect(svg).toContain(">b<");
  await expect(async () => model.plot({ random: new Random(1), given: { a: 1 } })).rejects.toThrow("only conditions");
});
