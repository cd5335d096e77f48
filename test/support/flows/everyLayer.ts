import {
  type Bijection,
  type BijectionReport,
  type CheckBijectionOptions,
  checkBijection,
  DomainError,
  detach,
  grad,
  jacobian,
  noGrad,
  reshape,
  sum,
  Tensor,
  tensor,
  type Variable,
  variable,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeLogDet } from "../../../src/flows/certifiedLogDet.ts";
import { bitsOf, runs } from "../arbitraries.ts";
import { absolute, matrixOf, multiply, normInfinity } from "../matrix.ts";
import { casesOf, drawPoints, forwardJacobian, type LayerCase, makeCase, ofAllSizes } from "./layerCase.ts";
import type { LayerRow } from "./layerRow.ts";
import { perturbParameters } from "./parameters.ts";

const EPSILON = 2 ** -52;

/** Runs `checkBijection`, which must find nothing, and gives what it counted. */
function passes(row: LayerRow, { layer, random, D }: LayerCase, gradients: boolean): BijectionReport["checks"] {
  const draw: CheckBijectionOptions["draw"] = (from, _shape, ...at) => drawPoints(row, from, [1, D], ...at);
  const report = checkBijection(layer, { random, points: 1, draw, parameters: "kept", gradients });
  expect(report.failures, `${layer.definition.type}: ${report.message}`).toEqual([]);
  return report.checks;
}

/** What every layer must do: the properties A9 to A12 of docs/numerics.md and a few more, for each of the rows. */
export function checkLayers(rows: readonly LayerRow[]): void {
  describe.each(rows)("$name", (row) => {
    const cases = casesOf(row);

    it("passes checkBijection: log-dets within the certificates both ways, which cancel, and the way back; and no other log-det", () => {
      let told = 0;
      let untold = 0;
      let tried = 0;
      let faultsSeen = 0;
      fc.assert(
        fc.property(cases, (choice) => {
          const made = makeCase(row, choice);
          for (const { name, compared, inconclusive } of passes(row, made, false)) {
            if (!name.startsWith("log-det of")) continue;
            told += compared - inconclusive;
            untold += inconclusive;
          }
          const { layer, x, context } = made;
          const logDet = layer.forward(x, context).logDet.item();
          const size = 1 + Math.abs(logDet);
          tried++;
          const map = (points: Tensor): Tensor => noGrad(() => layer.forward(points, context).z);
          const wrong = {
            map,
            point: reshape(x, [x.size]),
            logDet: logDet + 1e-9 * size,
            layers: 6,
            sumOfSizes: 5 + size,
          };
          if (judgeLogDet(wrong).verdict === "differs") faultsSeen++;
        }),
        runs(row.ownShape ? 0.1 : 0.5, 10), // their points have up to 24 coordinates
      );
      // the same log-det, wrong by 1e-9·(1 + |ld|) on purpose, must not pass
      expect(faultsSeen / tried, `${faultsSeen} of ${tried} faults seen`).toBeGreaterThanOrEqual(0.8);
      expect(untold, `of ${told + untold}`).toBeLessThanOrEqual(0.01 * (told + untold));
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

    it("leaves the bits of what may not see a coordinate alone, and its gradients, be that NaN, infinite or huge", () => {
      const { mayDepend } = row;
      if (mayDepend === undefined) return;
      fc.assert(
        fc.property(cases, (choice) => {
          const made = makeCase(row, choice);
          const { layer, x, context, D } = made;
          const z = detach(layer.forward(x, context).z);
          const back = detach(layer.inverse(z, context).x);
          const inverseSees = closure(D, (i, j) => mayDepend(i, j, choice.D));
          const there = (point: Variable): Variable => layer.forward(point, context).z;
          const andBack = (point: Variable): Variable => layer.inverse(point, context).x;
          const [J, G] = [jacobian(there, x), jacobian(andBack, z)];
          for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, -1e308]) {
            for (let j = 0; j < D; j++) {
              const at = (point: Tensor): Tensor =>
                new Tensor(
                  point.data.map((before, k) => (k === j ? value : before)),
                  point.shape,
                );
              const compare = (
                what: string,
                f: (point: Variable) => Variable,
                point: Tensor,
                y: Tensor,
                derivative: Tensor,
                sees: (i: number, j: number) => boolean,
              ): void => {
                const moved = unlessOutside(() => ({ y: f(variable(at(point))), J: jacobian(f, at(point)) }));
                if (moved === null) return;
                for (let i = 0; i < D; i++) {
                  if (sees(i, j)) continue;
                  expect(moved.y.data[i], `${what}: ${i}, ${value} at ${j}`).toBe(y.data[i]);
                  for (let k = 0; k < D; k++) {
                    const [got, want] = [moved.J, derivative].map(({ data }) => data[i * D + k] + 0);
                    expect(got, `${what}: ∂${i}/∂${k}, ${value} at ${j}`).toBe(want);
                  }
                }
              };
              compare("forward", there, x, z, J, (i, k) => mayDepend(i, k, choice.D));
              compare("inverse", andBack, z, back, G, inverseSees);
            }
          }
        }),
        runs(0.1, 4),
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

/** That gradients are right, for each of the rows: it takes a while. */
export function checkGradients(rows: readonly LayerRow[]): void {
  describe.each(rows)("$name", (row) => {
    it("has gradients, both ways, that numbers confirm, in points, context and parameters", () => {
      fc.assert(
        fc.property(casesOf(row), ({ seed, context }) => {
          passes(row, makeCase(row, { seed, D: 3, context }), true);
        }),
        row.ownShape ? runs(0.01, 1) : runs(0.03, 3), // a case of an image flow takes seconds: hundreds of parameters, 24 coordinates
      );
    });
  });
}

/** What f gives, or null where it refuses numbers outside its domain. */
function unlessOutside<Result>(f: () => Result): Result | null {
  try {
    return f();
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

/** Whether i sees j, directly or through others. */
function closure(D: number, sees: (i: number, j: number) => boolean): (i: number, j: number) => boolean {
  const reach = Array.from({ length: D }, (_, i) => Array.from({ length: D }, (_, j) => sees(i, j)));
  for (let k = 0; k < D; k++)
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) reach[i][j] ||= reach[i][k] && reach[k][j];
  return (i, j) => reach[i][j];
}
