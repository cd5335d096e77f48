import { readFileSync } from "node:fs";
import {
  type Distribution,
  detach,
  diagonalNormal,
  grad,
  gradcheck,
  jacobian,
  laplace,
  logistic,
  mixture,
  Random,
  standardNormal,
  studentT,
  sum,
  tensor,
  uniform,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

/** What scripts/distribution-functions.py wrote: the float64 nearest to each value; null where none of full precision is near. */
const VALUES = JSON.parse(readFileSync(new URL("data/functions.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly (readonly (number | null)[])[]>
>;

type Row = readonly number[];
/** Those rows of a table without gaps in the columns that are asked for. */
function rowsOf(table: string, ...columns: number[]): Row[] {
  const rows = VALUES[table].filter((row) => columns.every((column) => row[column] !== null)) as unknown as Row[];
  expect(rows.length).toBeGreaterThan(15);
  return rows;
}

/** Fails unless the values are those of the rows' column, within so many units of 2⁻⁵². */
function expectRelative(
  rows: readonly Row[],
  column: number,
  values: Float64Array,
  units: number | ((row: Row) => number),
): void {
  rows.forEach((row, i) => {
    const bound = (typeof units === "number" ? units : units(row)) * EPSILON * Math.abs(row[column]);
    expectWithin(values[i], row[column], bound, `row ${row.join(", ")}`);
  });
}

const NORMAL = "normal: x, F, ln F, F'/F";
const columnOf = (rows: readonly Row[], column: number) => tensor(rows.map((row) => row[column]));

describe("the distribution functions of the normal distribution", () => {
  const normal = standardNormal([]);

  it("are Φ and ln Φ of mpmath to 4 units, from −10¹⁰⁰ to 10¹⁰⁰, and 1 − Φ is the mirror image, to the bit", () => {
    const rows = rowsOf(NORMAL, 1);
    expectRelative(rows, 1, normal.cdf(columnOf(rows, 0)).data, 4);
    const all = rowsOf(NORMAL, 2);
    const x = columnOf(all, 0);
    expectRelative(all, 2, normal.logCdf(x).data, 4);
    const mirrored = tensor(all.map(([value]) => -value));
    expect(normal.logSurvival(mirrored).toArray()).toEqual(normal.logCdf(x).toArray());
    expect(normal.survival(mirrored).toArray()).toEqual(normal.cdf(x).toArray());
  });

  it("have the slope φ/Φ of ln Φ to 4 units, far out, too, and a curvature that tends to −1", () => {
    const rows = rowsOf(NORMAL, 3);
    const x = variable(rows.map(([value]) => value));
    expectRelative(rows, 3, grad(sum(normal.logCdf(x)), [x])[0].data, 4);
    const far = variable([-10, -1e3, -1e8]);
    const [slope] = grad(sum(normal.logCdf(far)), [far], { createGraph: true });
    grad(sum(slope), [far])[0].data.forEach((curvature, i) => {
      const s = -far.data[i]; // (ln Φ)″ = −1 + 1/s² − 6/s⁴ + 50/s⁶ − …
      const series = -1 + 1 / s ** 2 - 6 / s ** 4 + 50 / s ** 6;
      expectWithin(curvature, series, 600 / s ** 8 + 8 * EPSILON);
    });
    expect(
      gradcheck((at) => normal.logCdf(at), [tensor([-7, -5.5, -4.5, -1.2, -0.8, 0, 0.4, 2])], { order: 2 }),
    ).toMatchObject({
      failures: [],
    });
  });

  it("take location and scale, whose gradients are −p/F and −z·p/F", () => {
    const [loc, logScale, x] = [variable(2), variable(Math.log(0.5)), variable([-3])]; // z = −10
    const [dLoc, dLogScale, dx] = grad(sum(diagonalNormal({ loc, logScale }).logCdf(x)), [loc, logScale, x]);
    const z = variable([-10]);
    const [slope] = grad(sum(normal.logCdf(z)), [z]);
    expectWithin(dx.item(), 2 * slope.item(), 1e-13 * slope.item());
    expectWithin(dLoc.item(), -2 * slope.item(), 1e-13 * slope.item());
    expectWithin(dLogScale.item(), 10 * slope.item(), 1e-12 * slope.item());
  });
});

describe("the distribution functions of Student's t", () => {
  const of = (f: "cdf" | "logCdf" | "quantile", rows: readonly Row[]): Float64Array =>
    studentT({ df: columnOf(rows, 0), loc: 0, scale: 1 })[f](tensor([rows.map((row) => row[1])])).data;
  const TABLE = "studentT: df, x, F, ln F";

  it("are those of mpmath to 16 units, for ν from 0.1 to 10⁶, down to 10⁻³⁰⁰", () => {
    const rows = rowsOf(TABLE, 2);
    expect(Math.min(...rows.map((row) => row[2]))).toBeLessThan(1e-300);
    expectRelative(rows, 2, of("cdf", rows), 16);
    const all = rowsOf(TABLE, 3);
    expectRelative(all, 3, of("logCdf", all), 16);
  });

  it("have the quantiles of mpmath, to 40 units, which become 1/ν times as many where tails are heavy", () => {
    const rows = rowsOf("studentT: df, p, x", 2);
    expectRelative(rows, 2, of("quantile", rows), ([nu]) => 40 * Math.max(1, 1 / nu));
    const heavy = studentT({ df: 0.1, loc: 0, scale: 1 });
    expect(heavy.quantile(tensor([1e-300, 0.5, 1e-32])).toArray()).toEqual([-Infinity, 0, -Infinity]); // 10³⁰⁰⁰, 10³¹⁶
  });

  it("have the slope p/F of ln F, which is ν/|x| far out, and gradients that numerical ones confirm", () => {
    for (const nu of [0.3, 3, 40]) {
      const x = variable([-1e3, -1e20, -1e200]);
      grad(sum(studentT({ df: nu, loc: 0, scale: 1 }).logCdf(x)), [x])[0].data.forEach((slope, i) => {
        expectWithin((slope * -x.data[i]) / nu, 1, (i === 0 ? 2 * nu * 1e-6 : 0) + 16 * EPSILON);
      });
    }
    const at = tensor([-30, -3, -1.5, -1.3, -0.2, 0.4, 1.3, 1.6, 4]);
    for (const nu of [0.7, 5, 300]) {
      for (const f of ["cdf", "logCdf"] as const) {
        const report = gradcheck((x) => studentT({ df: nu, loc: 0, scale: 1 })[f](x), [at], { order: 2 });
        expect(report).toMatchObject({ failures: [] });
      }
    }
  });
});

describe("the distribution functions of logistic, Laplace and uniform numbers", () => {
  it("are right in both tails", () => {
    const x = tensor([-800, -40, 40, 800]);
    const far = Math.exp(-40);
    const sides = (p: Distribution): number[][] =>
      [p.logCdf?.(x).toArray(), p.logSurvival?.(x).toArray()] as number[][];
    const both = (values: readonly number[]): number[][] => [[...values], [...values].reverse()];
    const expectNear = (actual: number[][], expected: number[][]): void =>
      actual.forEach((row, k) => {
        row.forEach((value, i) => {
          expectWithin(value, expected[k][i], 4 * EPSILON * Math.abs(expected[k][i]));
        });
      });
    expectNear(sides(logistic({ loc: 0, scale: 1 })), both([-800, -40 - far, -far, -0]));
    expectNear(sides(laplace({ loc: 0, scale: 1 })), both([-800 - Math.LN2, -40 - Math.LN2, -far / 2, -0]));
    const box = uniform({ low: 0, high: 1 });
    expectWithin(box.logSurvival(tensor([1e-20])).item(), -1e-20, EPSILON * 1e-20);
    expectWithin(box.logCdf(tensor([1e-300])).item(), Math.log(1e-300), 1e-12);
    expect(box.logCdf(tensor([-1, 0.5])).toArray()).toEqual([-Infinity, -Math.LN2]);
  });
});

describe("the quantile of a mixture", () => {
  /** ¼·N(−40, 1) + ¼·Laplace(0, ½) + ½·Student(3, 5, 2) */
  const apart = mixture({
    logits: tensor([0, 0, Math.LN2]),
    components: [
      diagonalNormal({ loc: -40, logScale: 0 }),
      laplace({ loc: 0, scale: 0.5 }),
      studentT({ df: 3, loc: 5, scale: 2 }),
    ],
  });

  it("is that of mpmath, between modes that are far apart and in tails of other kinds", () => {
    const rows = rowsOf("mixture: p, x");
    const p = columnOf(rows, 0);
    const x = apart.quantile?.(p).data ?? [];
    rows.forEach(([u, expected], i) => {
      // dx = dF/p: what rounding u, the weights and F amounts to
      const at = variable([expected]);
      const G = u < 0.5 ? apart.logCdf?.(at) : apart.logSurvival?.(at);
      const slope = Math.abs(grad(sum(G ?? at), [at])[0].item());
      expectWithin(
        x[i],
        expected,
        4 * EPSILON * Math.abs(expected) + (16 * EPSILON * (1 + Math.abs(G?.item() ?? 0))) / slope,
        `p = ${u}`,
      );
    });
  });

  it("is undone by the distribution function, and the ends are infinite", () => {
    const u = new Random(1).uniform([500]);
    const x = apart.quantile?.(u) ?? u;
    const back = apart.cdf?.(x).data ?? [];
    const logProb = apart.logProb(x).data;
    u.data.forEach((value, i) => {
      const rounding = Math.abs(x.data[i]) * Math.exp(logProb[i]); // of x, as F sees it
      expectWithin(back[i], value, 8 * EPSILON * (value + rounding));
    });
    expect(apart.quantile?.(tensor([0, 1])).toArray()).toEqual([-Infinity, Infinity]);
    const inner = mixture({ logits: tensor([0, 1]), components: [apart, standardNormal([])] });
    const far = inner.quantile?.(tensor([1e-200, 0.3])) ?? u;
    expectWithin(inner.logCdf?.(far).at(0) ?? 0, Math.log(1e-200), 1e-12);
    const one = mixture({ logits: tensor([3]), components: [standardNormal([])] });
    expect(one.quantile?.(tensor([0.1, 0.9])).toArray()).toEqual(
      standardNormal([])
        .quantile(tensor([0.1, 0.9]))
        .toArray(),
    );
  });

  it("finds one root in each coordinate, whatever the others", () => {
    const plane = mixture({
      logits: tensor([0.3, -0.2]),
      components: [
        diagonalNormal({ loc: tensor([0, 100]), logScale: 0 }),
        logistic({ loc: tensor([3, -100]), scale: 2 }),
      ],
    });
    const u = new Random(2).uniform([20, 2]);
    const x = plane.quantile?.(u) ?? u;
    expect(x.shape).toEqual([20, 2]);
    plane.cdf?.(x).data.forEach((value, i) => {
      expectWithin(value, u.data[i], 32 * EPSILON);
    });
  });

  it("has gradients in u and in all that the mixture is made of, and the second derivative −(ln p)′/p²", () => {
    const f = (u: Parameters<typeof grad>[0], logits: Parameters<typeof grad>[0], loc: Parameters<typeof grad>[0]) =>
      mixture({
        logits,
        components: [diagonalNormal({ loc, logScale: 0.2 }), logistic({ loc: 1, scale: 0.7 })],
      }).quantile?.(u) ?? u;
    const inputs = [tensor([0.02, 0.8]), tensor([0.3, -0.4]), tensor(-1)];
    expect(gradcheck(f, inputs)).toMatchObject({ failures: [] });
    const at = variable([0.1, 0.6]);
    const z = apart.quantile?.(at) ?? at;
    const [first] = grad(sum(z), [at], { createGraph: true });
    const [second] = grad(sum(first), [at]);
    const point = variable(detach(z));
    const [scores] = grad(sum(apart.logProb(point)), [point]); // x″(u) = −p′/p³ = −(ln p)′/p²
    second.data.forEach((value, i) => {
      const expected = -scores.data[i] / Math.exp(2 * apart.logProb(point).data[i]);
      expectWithin(value, expected, 1e-9 * Math.abs(expected));
    });
    const u = tensor([0.3]);
    const x = apart.quantile?.(u) ?? u;
    const slope = jacobian((at) => apart.quantile?.(at) ?? at, u).item();
    expectWithin(slope * Math.exp(apart.logProb(x).item()), 1, 1e-12);
  });

  it("stays inside where the distribution function is flat", () => {
    const boxes = mixture({
      logits: tensor([0, 0]),
      components: [uniform({ low: 0, high: 1 }), uniform({ low: 5, high: 6 })],
    });
    const x = boxes.quantile?.(tensor([0, 0.25, 0.5, 0.75, 1])).data ?? [];
    expectWithin(x[1], 0.5, 8 * EPSILON);
    expectWithin(x[3], 5.5, 8 * EPSILON * 5.5);
    expect([x[0], x[4], x[2] >= 1 - EPSILON && x[2] <= 5 + 8 * EPSILON]).toEqual([0, 6, true]);
  });
});
