import {
  type Distribution,
  DomainError,
  diagonalNormal,
  gradcheck,
  klDivergence,
  logistic,
  multivariateNormal,
  noGrad,
  Random,
  ShapeError,
  standardNormal,
  type Tensor,
  tensor,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin, runs, seeds } from "../support/arbitraries.ts";

const diagonal = diagonalNormal({ loc: tensor([0.4, -0.3]), logScale: tensor([0.2, -0.3]) });
const wide = diagonalNormal({ loc: tensor([-0.2, 0.5]), logScale: 0.4 });
const full = multivariateNormal({
  loc: tensor([0.1, 0.2]),
  scaleTril: tensor([
    [1.1, 0],
    [0.4, 0.8],
  ]),
});
const other = multivariateNormal({
  loc: 0,
  scaleTril: tensor([
    [0.9, 0],
    [-0.3, 1.2],
  ]),
});
const NORMALS: readonly [string, Distribution][] = [
  ["a diagonal one", diagonal],
  ["a wide one", wide],
  ["a full one", full],
  ["another full one", other],
  ["the standard one", standardNormal([2])],
];
const PAIRS = NORMALS.flatMap(([nameP, p]) => NORMALS.map(([nameQ, q]) => [nameP, nameQ, p, q] as const));

/** The numbers of a normal of D coordinates: μ, log L_ii, and below the diagonal of L, if it is a full one, D(D − 1)/2 more. */
interface Numbers {
  readonly loc: readonly number[];
  readonly logDiagonal: readonly number[];
  readonly below: readonly number[];
}

function drawNumbers(D: number, full: boolean, random: Random): Numbers {
  const draw = (n: number, size: number): number[] => Array.from(random.uniform([n], -size, size).data);
  return { loc: draw(D, 2), logDiagonal: draw(D, 0.7), below: full ? draw((D * (D - 1)) / 2, 1) : [] };
}

/** The normal with those numbers: by its L, or by log σ if there is nothing below the diagonal. */
function normalOf({ loc, logDiagonal, below }: Numbers, full: boolean): Distribution {
  if (!full) return diagonalNormal({ loc: tensor(loc), logScale: tensor(logDiagonal) });
  const L = loc.map((_, i) =>
    loc.map((_, j) => (j < i ? (below[(i * (i - 1)) / 2 + j] ?? 0) : j === i ? Math.exp(logDiagonal[i]) : 0)),
  );
  return multivariateNormal({ loc: tensor(loc), scaleTril: tensor(L) });
}

/** The same numbers, but for the k-th of all. */
function withMoved({ loc, logDiagonal, below }: Numbers, k: number, by: number): Numbers {
  const D = loc.length;
  const moved = [...loc, ...logDiagonal, ...below].map((value, i) => (i === k ? value + by : value));
  return { loc: moved.slice(0, D), logDiagonal: moved.slice(D, 2 * D), below: moved.slice(2 * D) };
}

const randomPairs = fc.record({ seed: seeds, D: fc.integer({ min: 1, max: 4 }), p: fc.boolean(), q: fc.boolean() });

describe("klDivergence", () => {
  it("is positive between any two normals, and 0 only if they are one: each number that is moved by 0.01 or more shows", () => {
    fc.assert(
      fc.property(randomPairs, ({ seed, D, p: fullP, q: fullQ }) => {
        const random = new Random(seed);
        const numbers = drawNumbers(D, fullP && fullQ, random); // one distribution, which either kind can write down
        const p = normalOf(numbers, fullP);
        expectWithin(klDivergence(p, normalOf(numbers, fullQ)).item(), 0, 64 * D * EPSILON);
        expect(klDivergence(p, normalOf(drawNumbers(D, fullQ, random), fullQ)).item()).toBeGreaterThan(0);
        for (let k = 0; k < 2 * D + numbers.below.length; k++) {
          const by = random.uniform([], 0.01, 1).item() * (random.uniform([]).item() < 0.5 ? -1 : 1);
          const q = normalOf(withMoved(numbers, k, by), fullQ);
          // ½(0.01/L_ii)² ≥ 1.2e-5, where L_ii ≤ e^0.7; of log L_ii, 0.01 + ½(e^−0.02 − 1) and more
          for (const kl of [klDivergence(p, q), klDivergence(q, p)]) expect(kl.item()).toBeGreaterThan(1e-5);
        }
      }),
      runs(0.4, 40),
    );
  });

  it("is ln σ_q/σ_p + (σ_p² + (μ_p − μ_q)²)/2σ_q² − ½ in one dimension", () => {
    const [p, q] = [
      diagonalNormal({ loc: 3, logScale: Math.log(2) }),
      diagonalNormal({ loc: 1, logScale: Math.log(4) }),
    ];
    expectWithin(klDivergence(p, q).item(), Math.LN2 + (4 + 4) / 32 - 0.5, 8 * EPSILON);
    expect(klDivergence(diagonalNormal({ loc: 1, logScale: 0 }), standardNormal([])).item()).toBe(0.5);
  });

  it.each(PAIRS)("from %s to %s is E_p[log p − log q], by quadrature", (_p, _q, p, q) => {
    const h = 0.16; // a quarter of the least σ
    const grid = Array.from({ length: 160 }, (_, k) => h * (k - 79.5)); // ±12.8: 8σ and more
    const points = tensor(grid.flatMap((x1) => grid.map((x2) => [x1, x2])));
    const [logP, logQ] = noGrad(() => [p.logProb(points).data, q.logProb(points).data]);
    const expected = logP.reduce((total, value, i) => total + h * h * Math.exp(value) * (value - logQ[i]), 0);
    expectWithin(klDivergence(p, q).item(), expected, 1e-10);
    expect(klDivergence(p, q).shape).toEqual([]);
  });

  it("is 0 from a normal to itself, and keeps its digits close to it", () => {
    for (const [, p] of NORMALS) expectWithin(klDivergence(p, p).item(), 0, 16 * EPSILON);
    // σ_q = σ_p·e^δ: δ + ½(e^−2δ − 1) = δ² − ⅔δ³ + …
    const delta = 2 ** -20;
    const near = klDivergence(standardNormal([]), diagonalNormal({ loc: 0, logScale: delta })).item();
    expectWithin(near / delta ** 2, 1 - (2 / 3) * delta, 4 * EPSILON * 2 ** 20);
  });

  it("sums over the whole event, however the parameters are stretched to it", () => {
    const p = diagonalNormal({ loc: tensor([[1], [2]]), logScale: tensor([0, 0.5, 1]) });
    const q = standardNormal([2, 3]);
    let expected = 0;
    for (const loc of [1, 2]) {
      for (const logScale of [0, 0.5, 1]) {
        expected += klDivergence(diagonalNormal({ loc, logScale }), standardNormal([])).item();
      }
    }
    expectWithin(klDivergence(p, q).item(), expected, 16 * EPSILON * expected);
  });

  it("has gradients in all parameters that numerical ones confirm", () => {
    const matrix = (a: Tensor): Distribution => multivariateNormal({ loc: tensor([0.3, -0.1]), scaleTril: a });
    const vectors = (loc: Tensor, logScale: Tensor): Distribution => diagonalNormal({ loc, logScale });
    const [loc, logScale, L] = [
      tensor([0.4, -0.3]),
      tensor([0.2, -0.5]),
      tensor([
        [1.1, 0],
        [0.4, 0.8],
      ]),
    ];
    const functions = [
      (a: Tensor, b: Tensor, c: Tensor) => klDivergence(vectors(a, b), matrix(c)),
      (a: Tensor, b: Tensor, c: Tensor) => klDivergence(matrix(c), vectors(a, b)),
      (a: Tensor, _b: Tensor, c: Tensor) => klDivergence(matrix(c), multivariateNormal({ loc: a, scaleTril: L })),
      (a: Tensor, _b: Tensor, c: Tensor) => klDivergence(multivariateNormal({ loc: a, scaleTril: L }), matrix(c)),
      (a: Tensor, b: Tensor) => klDivergence(vectors(a, b), wide),
      (a: Tensor, b: Tensor) => klDivergence(wide, vectors(a, b)),
    ];
    for (const f of functions) {
      const { passed, message } = gradcheck(f, [loc, logScale, L], { order: 2 });
      expect(passed, message).toBe(true);
    }
  });

  it("never reads above the diagonals of the full ones", () => {
    const poisoned = (a: number, b: number, c: number): Distribution =>
      multivariateNormal({
        loc: 0,
        scaleTril: tensor([
          [a, Number.NaN],
          [b, c],
        ]),
      });
    const clean = (a: number, b: number, c: number): Distribution =>
      multivariateNormal({
        loc: 0,
        scaleTril: tensor([
          [a, 0],
          [b, c],
        ]),
      });
    const expected = klDivergence(clean(1, 2, 3), clean(2, -1, 1)).item();
    expect(klDivergence(poisoned(1, 2, 3), poisoned(2, -1, 1)).item()).toBe(expected);
  });

  it("refuses distributions that are not normal, and points of different shapes", () => {
    expect(() => klDivergence(logistic({ loc: 0, scale: 1 }), standardNormal([]))).toThrow(
      "klDivergence: needs two normal distributions; got logistic",
    );
    expect(() => klDivergence(standardNormal([]), null as never)).toThrow(DomainError);
    expect(() => klDivergence(standardNormal([2]), standardNormal([3]))).toThrow(
      "klDivergence: both must be over points of one shape; got [2] and [3]",
    );
    expect(() => klDivergence(full, standardNormal([]))).toThrow(ShapeError);
  });
});
