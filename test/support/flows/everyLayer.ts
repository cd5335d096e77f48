import {
  add,
  type Bijection,
  detach,
  grad,
  gradcheck,
  jacobian,
  mul,
  noGrad,
  numericalJacobian,
  ones,
  Random,
  reshape,
  sum,
  Tensor,
  tensor,
  type Variable,
  variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge } from "../../../src/autograd/gradcheck.ts";
import { bitsOf, runs } from "../arbitraries.ts";
import { absolute, invertMatrix, matrixOf, multiply, normInfinity } from "../matrix.ts";
import type { LayerRow } from "./layerRow.ts";
import { judgeLogDet, type LogDetVerdict } from "./logDet.ts";
import { perturbParameters, randomizeParameters } from "./parameters.ts";

const EPSILON = 2 ** -52;

/** A seed decides everything else; fast-check prints it when a case fails. */
const casesOf = ({ leastD = 2 }: LayerRow) =>
  fc.record({
    seed: fc.nat(2 ** 31 - 1),
    D: fc.integer({ min: leastD, max: 7 }),
    context: fc.integer({ min: 0, max: 2 }),
  });

interface Case {
  readonly layer: Bijection;
  readonly random: Random;
  /** One point [1, D], and the context that goes with it. */
  readonly x: Tensor;
  readonly context: Tensor | undefined;
  /** How many coordinates the point has: the D that was drawn, if the row has no shapes of its own. */
  readonly D: number;
}

function makeCase(row: LayerRow, { seed, D, context }: { seed: number; D: number; context: number }): Case {
  const random = new Random(seed);
  const width = row.conditional ? context : 0;
  const layer = row.make({ D, context: width, random });
  (row.nearStart ? perturbParameters : randomizeParameters)(layer, random);
  const [size] = layer.dataShape;
  const given = width === 0 ? undefined : random.normal([1, width]);
  return { layer, random, D: size, x: drawPoints(row, random, [1, size], layer, given), context: given };
}

function drawPoints(row: LayerRow, ...what: Parameters<NonNullable<LayerRow["draw"]>>): Tensor {
  const [random, shape] = what;
  return row.draw === undefined ? random.normal(shape) : row.draw(...what);
}

function forwardJacobian({ layer, context, D }: Case, x: Tensor): readonly (readonly number[])[] {
  return matrixOf(
    jacobian((point) => layer.forward(point, context).z, x),
    D,
  );
}

/** What every layer must do: the properties A9 to A12 of docs/numerics.md and a few more, for each of the rows. */
export function checkLayers(rows: readonly LayerRow[]): void {
  describe.each(rows)("$name", (row) => {
    const cases = casesOf(row);

    it("has the log-det of its numerical Jacobian, within the certificate, both ways, and no other", () => {
      const verdicts: LogDetVerdict[] = [];
      let faultsSeen = 0;
      fc.assert(
        fc.property(cases, (choice) => {
          const { layer, x, context, D } = makeCase(row, choice);
          const { z, logDet } = layer.forward(x, context);
          const back = layer.inverse(z, context).logDet;
          const claim = { layers: 6, sumOfSizes: 6 + Math.abs(logDet.item()) };
          const forwardClaim = {
            ...claim,
            map: (points: Tensor) => layer.forward(points, context).z,
            point: Array.from(x.data),
            logDet: logDet.item(),
          };
          const there = judgeLogDet(forwardClaim);
          const andBack = judgeLogDet({
            ...claim,
            map: (points) => layer.inverse(points, context).x,
            point: Array.from(z.data),
            logDet: back.item(),
          });
          verdicts.push(there, andBack);
          const wrong = logDet.item() + 1e-9 * (1 + Math.abs(logDet.item()));
          if (judgeLogDet({ ...forwardClaim, logDet: wrong }).verdict === "differs") faultsSeen++;
          expect([there.verdict, andBack.verdict], JSON.stringify({ there, andBack })).not.toContain("differs");
          expect(Math.abs(logDet.item() + back.item()) <= 64 * D * EPSILON * (1 + claim.sumOfSizes)).toBe(true);
        }),
        runs(row.ownShape ? 0.1 : 0.5, 10), // their points have up to 24 coordinates
      );
      // the same log-det, wrong by 1e-9·(1 + |ld|) on purpose, must not pass (measured: all points see it, 95 % of those of realNVP, 88 % of spline flows)
      expect(faultsSeen / (verdicts.length / 2)).toBeGreaterThanOrEqual(0.8);
      expect(verdicts.filter(({ verdict }) => verdict === "inconclusive").length).toBeLessThanOrEqual(
        0.01 * verdicts.length,
      );
    });

    it("has inverse Jacobians: J_{f⁻¹}(z)·J_f(x) = I, each differentiated on its own", () => {
      fc.assert(
        fc.property(cases, (choice) => {
          const made = makeCase(row, choice);
          const { layer, x, context, D } = made;
          const z = layer.forward(x, context).z;
          const J = forwardJacobian(made, x);
          const G = matrixOf(
            jacobian((point) => layer.inverse(point, context).x, new Tensor(z.data, z.shape)),
            D,
          );
          const product = multiply(G, J);
          const sizes = multiply(absolute(G), absolute(J)); // Σ|terms|
          // 16·D roundings in each entry of either factor; z is rounded once, which moves G by eps·|z|·|∂G/∂z|
          const condition = normInfinity(G) * normInfinity(J);
          product.forEach((entries, i) => {
            entries.forEach((entry, j) => {
              const error = Math.abs(entry - (i === j ? 1 : 0));
              expect(error <= 64 * D * EPSILON * (sizes[i][j] + condition), `entry ${i},${j}: ${error}`).toBe(true);
            });
          });
        }),
        runs(0.5, 10),
      );
    });

    it("comes back: f⁻¹(f(x)) = x and f(f⁻¹(z)) = z to rounding", () => {
      fc.assert(
        fc.property(cases, (choice) => {
          const made = makeCase(row, choice);
          const { layer, x, context } = made;
          const z = layer.forward(x, context).z;
          const back = layer.inverse(z, context).x;
          const J = forwardJacobian(made, x);
          const norm = (t: Tensor): number => t.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
          const inverseNorm = normInfinity(invertMatrix(J).inverse);
          // ‖x‖ + ‖J⁻¹‖·(‖z‖ and the terms it is made of, at most ‖J‖·‖x‖ each), six layers at most
          const terms = norm(x) + inverseNorm * (1 + norm(z) + 2 * normInfinity(J) * (1 + norm(x)));
          const error = norm(
            new Tensor(
              back.data.map((value, i) => value - x.data[i]),
              x.shape,
            ),
          );
          expect(error <= 8 * EPSILON * 6 * terms, `${error} > ${8 * EPSILON * 6 * terms}`).toBe(true);
        }),
        runs(0.5, 10),
      );
    });

    it("depends on nothing that it may not depend on, and its entries there are exactly 0", () => {
      const { mayDepend } = row;
      if (mayDepend === undefined) return; // a row without a pattern has nothing to forbid
      fc.assert(
        fc.property(cases, (choice) => {
          const made = makeCase(row, choice);
          const { layer, x, context, D, random } = made;
          const J = forwardJacobian(made, x);
          const z = layer.forward(x, context).z;
          const elsewhere = drawPoints(row, random, [1, D], layer, context);
          for (let j = 0; j < D; j++) {
            const moved = tensor([Array.from(x.data, (value, k) => (k === j ? elsewhere.at(0, j) : value))]);
            const zMoved = layer.forward(moved, context).z;
            for (let i = 0; i < D; i++) {
              if (mayDepend(i, j, choice.D)) continue;
              expect(Math.abs(J[i][j])).toBe(0);
              expect(zMoved.at(0, i)).toBe(z.at(0, i));
            }
          }
        }),
        runs(0.5, 10),
      );
    });

    it("treats a batch as its rows, one by one, to the bit", () => {
      fc.assert(
        fc.property(cases, (choice) => {
          const { layer, random, context, D } = makeCase(row, choice);
          const batch = drawPoints(row, random, [5, D], layer, context);
          const rowOf = (points: Tensor, i: number): Tensor =>
            new Tensor(points.data.slice(i * D, (i + 1) * D), [1, D]);
          const there = layer.forward(batch, context);
          const back = layer.inverse(there.z, context);
          for (let i = 0; i < 5; i++) {
            const alone = layer.forward(rowOf(batch, i), context);
            expect(bitsOf(rowOf(there.z, i))).toEqual(bitsOf(alone.z));
            expect(there.logDet.at(i)).toBe(alone.logDet.item());
            const backAlone = layer.inverse(alone.z, context);
            expect(bitsOf(rowOf(back.x, i))).toEqual(bitsOf(backAlone.x));
            expect(back.logDet.at(i)).toBe(backAlone.logDet.item());
          }
          expect([there.logDet.shape, back.logDet.shape]).toEqual([[5], [5]]);
        }),
        runs(0.1, 10),
      );
    });

    it.each(["forward", "inverse"] as const)(
      "has gradients of its %s that numbers confirm, in points, context and parameters",
      (way) => {
        fc.assert(
          fc.property(cases, ({ seed, context: width }) => {
            const { layer, x: data, context, random, D } = makeCase(row, { seed, D: 3, context: width });
            const weights = random.normal([D]);
            const x = way === "forward" ? data : noGrad(() => detach(layer.forward(data, context).z));
            /** What a log-density of data and one of samples are made of: points and log-dets. */
            const score = (point: Tensor, given: Tensor | undefined): Variable => {
              if (way === "forward") {
                const { z, logDet } = layer.forward(point, given);
                return add(sum(mul(z, weights), 1), logDet);
              }
              const { x: back, logDet } = layer.inverse(point, given);
              return add(sum(mul(back, weights), 1), logDet);
            };
            const inputs = context === undefined ? [x] : [x, context];
            expect(gradcheck((point, given) => score(point, given), inputs)).toMatchObject({
              failures: [],
              passed: true,
            });
            for (const parameter of layer.parameters) {
              const [analytic] = grad(sum(score(x, context)), [parameter]);
              const start = new Tensor(parameter.data, parameter.shape);
              // entry by entry; along one random direction where there are many
              const few = parameter.size <= 24;
              const direction = few ? ones([1]) : random.normal(parameter.shape);
              const {
                jacobian: numeric,
                error,
                scale,
              } = numericalJacobian(
                (t) => {
                  parameter.assign(few ? t : add(start, mul(t, direction)));
                  return sum(score(x, context));
                },
                few ? start : zeros([1]),
              );
              parameter.assign(start);
              const claims = few ? analytic : reshape(sum(mul(analytic, direction)), [1]);
              claims.data.forEach((entry, k) => {
                const most = scale.data.reduce((a, b) => Math.max(a, b), 0);
                const verdict = judge(entry, numeric.data[k], error.data[k], scale.data[k], most);
                expect(verdict, `${parameter.name} ${k}`).not.toBe("differs");
              });
            }
          }),
          way === "forward" ? runs(0.03, 3) : runs(0.02, 2),
        );
      },
    );

    it("stays finite, with finite gradients, for the largest points it is for", () => {
      fc.assert(
        fc.property(cases, (choice) => {
          const { layer, random, context, D } = makeCase(row, choice);
          const x = variable(row.extremes?.(random, [4, D]) ?? ofAllSizes(random, [4, D]));
          const { z, logDet } = layer.forward(x, context);
          const leaves = [x, ...layer.parameters];
          const gradients = [z, logDet].flatMap((result) => grad(sum(result), leaves));
          for (const { data } of [z, logDet, ...gradients]) {
            expect(data.every(Number.isFinite), `${x} ↦ ${z}, ${logDet}`).toBe(true);
          }
        }),
        runs(0.1, 10),
      );
    });

    it("keeps nothing that could go stale: assigned, it is a layer of those numbers, and undone, what it was", () => {
      fc.assert(
        fc.property(cases, (choice) => {
          const { layer, x, context, random } = makeCase(row, choice);
          const z = noGrad(() => detach(layer.forward(x, context).z));
          const look = (of: Bijection): unknown =>
            noGrad(() => {
              const [there, back] = [of.forward(x, context), of.inverse(z, context)];
              return [there.z, there.logDet, back.x, back.logDet].map(bitsOf);
            });
          const saved = layer.parameters.map(({ data, shape }) => new Tensor(data, shape));
          const before = look(layer);
          perturbParameters(layer, random);
          const fresh = makeCase(row, choice).layer; // whatever it kept it keeps from its own start
          fresh.parameters.forEach((parameter, k) => {
            parameter.assign(layer.parameters[k]);
          });
          expect(look(layer)).toEqual(look(fresh));
          layer.parameters.forEach((parameter, k) => {
            parameter.assign(saved[k]);
          });
          expect(look(layer)).toEqual(before);
        }),
        runs(0.05, 5),
      );
    });
  });
}

/** Points of either sign, from 1e-6 to 1e6 in size, and some as large as that. */
function ofAllSizes(random: Random, shape: readonly [n: number, D: number]): Tensor {
  const exponents = random.uniform(shape, -6, 8).data;
  const signs = random.uniform(shape, -1, 1).data;
  return tensor(
    Array.from(exponents, (exponent, i) => Math.sign(signs[i]) * 10 ** Math.min(exponent, 6)),
    shape,
  );
}
