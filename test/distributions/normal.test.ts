import {
  DomainError,
  fitNormal,
  gradcheck,
  matmul,
  NotPositiveDefiniteError,
  Random,
  ShapeError,
  standardNormal,
  Tensor,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";

const LOG_2PI = Math.log(2 * Math.PI);

describe("standardNormal", () => {
  it("has log p = −½|x|² − (D/2) ln 2π over events of any shape", () => {
    const within = (actual: number, expected: number): boolean =>
      Math.abs(actual - expected) <= 1e-15 * (1 + Math.abs(expected));
    expect(
      within(
        standardNormal([])
          .logProb(tensor([2]))
          .at(0),
        -2 - 0.5 * LOG_2PI,
      ),
    ).toBe(true);
    expect(
      within(
        standardNormal([2])
          .logProb(tensor([[1, 2]]))
          .at(0),
        -2.5 - LOG_2PI,
      ),
    ).toBe(true);
    expect(
      within(
        standardNormal([2, 2])
          .logProb(
            tensor([
              [
                [1, 1],
                [1, 1],
              ],
            ]),
          )
          .at(0),
        -2 - 2 * LOG_2PI,
      ),
    ).toBe(true);
    expect(within(Number(standardNormal([3]).entropy?.()), 1.5 * (1 + LOG_2PI))).toBe(true);
  });

  it("draws with one call of random.normal, and can be differentiated", () => {
    expect(standardNormal([2]).sample(3, new Random(1)).toArray()).toEqual(new Random(1).normal([3, 2]).toArray());
    expect(
      gradcheck(
        (x) => standardNormal([2]).logProb(x),
        [
          tensor([
            [1, -2],
            [0, 3],
          ]),
        ],
        { order: 2 },
      ).passed,
    ).toBe(true);
  });

  it("says what does not fit", () => {
    expect(() => standardNormal([2]).logProb(tensor([1, 2]))).toThrow(
      new ShapeError("standardNormal: the rows must be [B,2]; got [2]"),
    );
    expect(() => standardNormal([-1])).toThrow(DomainError);
  });
});

describe("fitNormal", () => {
  const noise = new Random(3).normal([4000, 2]);
  const x = new Tensor(
    matmul(
      noise,
      tensor([
        [2, 1],
        [0, 0.5],
      ]),
    ).data.map((value, i) => value + (i % 2 === 0 ? 5 : -1)),
    [4000, 2],
  );

  it("has the density of the mean and covariance of its rows, by the formula with inverse and determinant", () => {
    const rows = x.toArray() as number[][];
    const mean = [0, 1].map((j) => rows.reduce((total, row) => total + row[j], 0) / 4000);
    const c = [
      [0, 0],
      [0, 1],
      [1, 1],
    ].map(([i, j]) => rows.reduce((total, row) => total + (row[i] - mean[i]) * (row[j] - mean[j]), 0) / 4000);
    const det = c[0] * c[2] - c[1] * c[1];
    const [a, b] = [4 - mean[0], 1 - mean[1]];
    const square = (c[2] * a * a - 2 * c[1] * a * b + c[0] * b * b) / det;
    const expected = -0.5 * square - 0.5 * Math.log(det) - LOG_2PI;
    expect(
      Math.abs(
        fitNormal(x)
          .logProb(tensor([[4, 1]]))
          .item() - expected,
      ) <=
        1e-12 * (1 + Math.abs(expected)),
    ).toBe(true);
  });

  it("is the best Gaussian for its rows: their mean log-density is −H", () => {
    const fitted = fitNormal(x);
    const mean = fitted.logProb(x).data.reduce((total, value) => total + value, 0) / 4000;
    expect(Math.abs(mean + Number(fitted.entropy?.())) <= 1e-12).toBe(true);
  });

  it("draws points with that mean and covariance", () => {
    const again = fitNormal(fitNormal(x).sample(100_000, new Random(4)));
    expect(Math.abs(Number(again.entropy?.()) - Number(fitNormal(x).entropy?.())) <= 0.02).toBe(true);
  });

  it("refuses columns without spread of their own, and no rows", () => {
    const error = (rows: number[][]): unknown => {
      try {
        return fitNormal(tensor(rows));
      } catch (thrown) {
        return thrown;
      }
    };
    expect(
      error([
        [1, 2],
        [3, 2],
      ]),
    ).toBeInstanceOf(NotPositiveDefiniteError);
    expect(
      error([
        [1, 2],
        [3, 2],
      ]),
    ).toMatchObject({ index: 1, code: "NOT_POSITIVE_DEFINITE" });
    expect(
      error([
        [1, 2],
        [2, 4],
        [5, 10],
      ]),
    ).toMatchObject({ index: 1 });
    expect(() => fitNormal(tensor([], [0, 2]))).toThrow("fitNormal: needs at least one row; got none");
    expect(() => fitNormal(tensor([1, 2]))).toThrow(ShapeError);
  });
});
