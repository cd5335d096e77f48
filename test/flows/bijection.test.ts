import { noGrad } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";
import { LAYERS } from "../support/flows/index.ts";
import { forwardJacobian, type LayerCase, makeCase } from "../support/flows/layerCase.ts";
import type { LayerRow } from "../support/flows/layerRow.ts";
import { invertMatrix, normInfinity } from "../support/matrix.ts";

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, side) => size * side, 1);

/** A layer of the table with random parameters. */
const caseOf = (row: LayerRow): LayerCase => makeCase(row, { seed: 1, D: 4, context: 1 });

/** Whether each z_i depends on x_1 … x_i only. */
const isTriangular = ({ mayDepend }: LayerRow, D: number): boolean =>
  mayDepend !== undefined &&
  Array.from({ length: D }, (_, i) => Array.from({ length: D - 1 - i }, (_, k) => mayDepend(i, i + 1 + k, D)))
    .flat()
    .every((depends) => !depends);

describe.each(LAYERS)("$name", (row) => {
  it("maps ℝᵐ to the same ℝᵐ: as many numbers come out, and its Jacobian has full rank", () => {
    const made = caseOf(row);
    const { layer, x, context } = made;
    const m = sizeOf(layer.dataShape);
    expect(sizeOf(layer.latentShape)).toBe(m);
    const { z, logDet } = noGrad(() => layer.forward(x, context));
    expect([z.size, x.size]).toEqual([m, m]);
    const J = forwardJacobian(made, x);
    expect([J.length, ...J.map((entries) => entries.length)]).toEqual(new Array(m + 1).fill(m));
    const { inverse, logAbsDet } = invertMatrix(J);
    const condition = normInfinity(J) * normInfinity(inverse);
    expect(condition).toBeLessThan(1 / (m * EPSILON)); // of rank m, for all that rounding can tell
    expectWithin(logDet.item(), logAbsDet, 64 * m * EPSILON * (condition + Math.abs(logAbsDet)));
  });
});

const triangular = LAYERS.filter((row) => row.ownShape === undefined && isTriangular(row, 4));

describe.each(triangular)("$name, whose z_j depend on x_1 … x_j only,", (row) => {
  it("has a triangular Jacobian, and the log-det Σ_j log|∂z_j/∂x_j|", () => {
    const made = caseOf(row);
    const { layer, x, context, D } = made;
    const J = forwardJacobian(made, x);
    for (let i = 0; i < D; i++) for (let j = i + 1; j < D; j++) expect(Math.abs(J[i][j])).toBe(0);
    const diagonal = J.map((entries, i) => Math.log(Math.abs(entries[i])));
    const { logDet } = noGrad(() => layer.forward(x, context));
    const sizes = diagonal.reduce((total, term) => total + 1 + Math.abs(term), 0);
    expectWithin(
      logDet.item(),
      diagonal.reduce((total, term) => total + term, 0),
      256 * EPSILON * sizes,
    );
  });
});
