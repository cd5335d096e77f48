import {
  det,
  diagonalMatrix,
  eye,
  grad,
  gradcheck,
  hessian,
  logAbsDet,
  matmul,
  mul,
  pow,
  Random,
  ShapeError,
  SingularMatrixError,
  slogdet,
  square,
  stack,
  sum,
  Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin, indicesOf } from "../../../support/arbitraries.ts";

const INFINITY = Number.POSITIVE_INFINITY;

const singular = [
  [1, 2],
  [2, 4],
];

/** All orders of 0 … n − 1, each with its sign. */
function permutations(n: number): { order: number[]; sign: number }[] {
  if (n === 0) return [{ order: [], sign: 1 }];
  return permutations(n - 1).flatMap(({ order, sign }) =>
    Array.from({ length: n }, (_, at) => ({
      order: [...order.slice(0, at), n - 1, ...order.slice(at)],
      sign: (n - 1 - at) % 2 === 0 ? sign : -sign,
    })),
  );
}

describe("slogdet, logAbsDet and det", () => {
  it("are exact for all 873 permutation matrices with n ≤ 6", () => {
    let count = 0;
    for (let n = 1; n <= 6; n++) {
      for (const { order, sign } of permutations(n)) {
        const P = tensor(order.map((column) => Array.from({ length: n }, (_, j) => (j === column ? 1 : 0))));
        const result = slogdet(P);
        expect(result.sign.item()).toBe(sign);
        expect(result.logAbsDet.item()).toBe(0);
        expect(logAbsDet(P).item()).toBe(0);
        expect(det(P).item()).toBe(sign);
        count++;
      }
    }
    expect(count).toBe(873);
  });

  it("of a singular matrix are (0, −∞), −∞ and 0", () => {
    expect(slogdet(tensor(singular)).sign.item()).toBe(0);
    expect(slogdet(tensor(singular)).logAbsDet.item()).toBe(-INFINITY);
    expect(logAbsDet(zeros([3, 3])).item()).toBe(-INFINITY);
    expect(det(tensor(singular)).item()).toBe(0);
  });

  it("of a 0×0 matrix are (1, 0), 0 and 1", () => {
    const { sign, logAbsDet: log } = slogdet(zeros([2, 0, 0]));
    expect(sign.toArray()).toEqual([1, 1]);
    expect(log.toArray()).toEqual([0, 0]);
    expect(logAbsDet(zeros([0, 0])).item()).toBe(0);
    expect(det(zeros([0, 0])).item()).toBe(1);
    expect(grad(det(variable(zeros([0, 0]))), [variable(zeros([1]))])[0].toArray()).toEqual([0]);
  });

  it("never overflow where the result does not: diag(1e200), n = 64", () => {
    const { sign, logAbsDet: log } = slogdet(mul(eye(64), 1e200));
    expect(sign.item()).toBe(1);
    // 4 eps for each logarithm, 63 sums of eps/2 of at most the whole, 3 roundings of what is expected
    const [large, tiny] = [64 * 200 * Math.LN10, 64 * 300 * Math.LN10];
    expectWithin(log.item(), large, 37 * EPSILON * large);
    expect(det(mul(eye(64), 1e200)).item()).toBe(INFINITY);
    const small = slogdet(mul(eye(64), -1e-300)).logAbsDet.item();
    expectWithin(small, -tiny, 37 * EPSILON * tiny);
  });

  it("count the signs of pivots, too, each matrix of a stack for itself", () => {
    const stack = tensor([1, 2, 3, 4, 2, 0, 0, -3, 0, 0, 0, 5], [3, 2, 2]);
    expect(det(stack).toArray()).toEqual([-2, -6, 0]);
    expect(slogdet(stack).sign.toArray()).toEqual([-1, -1, 0]);
    expect(logAbsDet(stack).shape).toEqual([3]);
  });

  it("are NaN where a matrix has NaN", () => {
    const A = tensor([[Number.NaN]]);
    expect(det(A).item()).toBe(Number.NaN);
    expect(slogdet(A).sign.item()).toBe(Number.NaN);
    expect(logAbsDet(A).item()).toBe(Number.NaN);
  });

  it("say what does not fit", () => {
    expect(() => det(zeros([2, 3]))).toThrow(new ShapeError("det: A must be square; got [2,3]"));
    expect(() => slogdet(zeros([2, 3]))).toThrow("slogdet: A must be square; got [2,3]");
    expect(() => logAbsDet(zeros([2]))).toThrow("logAbsDet: A must be a matrix or a stack of them; got [2]");
  });
});

describe("the gradient of det", () => {
  it("is the cofactor matrix, at a singular matrix, too", () => {
    const A = variable(singular);
    expect(grad(det(A), [A])[0].toArray()).toEqual([
      [4, -2],
      [-2, 1],
    ]);
    const Z = variable([
      [0, 1, 0],
      [0, 0, 2],
      [0, 0, 0],
    ]);
    expect(grad(det(Z), [Z])[0].at(2, 0)).toBe(2);
    expect(grad(det(variable([[0]])), [variable([1])])[0].item()).toBe(0);
    const zero = variable([[0]]);
    expect(grad(det(zero), [zero])[0].item()).toBe(1);
  });

  it("is right in a stack that holds singular and other matrices", () => {
    const A = variable(tensor([1, 2, 2, 4, 1, 2, 3, 4], [2, 2, 2]));
    const [gradient] = grad(sum(mul(det(A), tensor([1, 10]))), [A]);
    [4, -2, -2, 1, 40, -30, -20, 10].forEach((value, k) => {
      expectWithin(gradient.data[k], value, 8 * EPSILON * 40); // n³ roundings of eps/2, of terms at most twice as large
    });
  });

  it("is confirmed numerically at a singular matrix, where det is as smooth as anywhere", () => {
    const A = new Tensor(Float64Array.of(1, 2, 3, 2, 4, 6, 1, 0, 1), [3, 3]);
    const report = gradcheck(det, [A]);
    expect(report.passed, report.message).toBe(true);
  });

  describe("differentiated again", () => {
    /** det without some rows and columns, by expansion along the first row: of integers exact. */
    const minor = (A: number[][], rows: number[], columns: number[]): number => {
      const kept = A.flatMap((row, i) => (rows.includes(i) ? [] : [row.filter((_, j) => !columns.includes(j))]));
      const expand = (M: number[][]): number =>
        M.length === 0
          ? 1
          : M[0].reduce((total, entry, j) => {
              const rest = M.slice(1).map((row) => row.filter((_, k) => k !== j));
              return total + (j % 2 === 0 ? entry : -entry) * expand(rest);
            }, 0);
      return expand(kept);
    };
    /** ∂²det/∂A_ij∂A_kl: ± the minor without rows i and k, columns j and l. */
    const second = (A: number[][], i: number, j: number, k: number, l: number): number => {
      if (i === k || j === l) return 0;
      const turned = (i < k ? 1 : -1) * (j < l ? 1 : -1) * ((i + j + k + l) % 2 === 0 ? 1 : -1);
      return turned * minor(A, [i, k], [j, l]);
    };
    const matrices: Record<string, number[][]> = {
      "of rank 2 of 3, with a pivot that rounding makes 6.7e-16": [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      "of rank 1 of 2": singular,
      "of rank 1 of 3": [
        [1, 2, 3],
        [2, 4, 6],
        [3, 6, 9],
      ],
      "of rank 0 of 2": [
        [0, 0],
        [0, 0],
      ],
      "of rank 0 of 3": [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      "of rank 3 of 4": [
        [1, 0, 2, -1],
        [3, 1, 0, 4],
        [4, 1, 2, 3],
        [0, 5, 1, 1],
      ],
      "of rank 2 of 4": [
        [1, 0, 2, -1],
        [3, 1, 0, 4],
        [4, 1, 2, 3],
        [2, 1, -2, 5],
      ],
      "of rank 1 of 4": [
        [1, 2, -1, 3],
        [2, 4, -2, 6],
        [0, 0, 0, 0],
        [-1, -2, 1, -3],
      ],
      "of full rank": [
        [2, -1, 0, 1],
        [1, 3, 1, 0],
        [0, 1, 4, -2],
        [5, 0, 1, 3],
      ],
    };
    it.each(Object.entries(matrices))("is what minors say, %s", (_name, A) => {
      const n = A.length;
      const H = hessian(det, tensor(A));
      const size = Math.max(1, ...A.flat().map(Math.abs)) ** (n - 2) * (n === 4 ? 2 : 1);
      for (const [i, j, k, l] of indicesOf([n, n, n, n])) {
        // n³ roundings of eps/2, of terms that elimination with complete pivoting makes at most twice as large
        expectWithin(H.at(i, j, k, l), second(A, i, j, k, l), n ** 3 * EPSILON * size, `${[i, j, k, l]}`);
      }
    });

    it("is confirmed numerically at singular matrices, also in stacks, also larger ones", () => {
      const random = new Random(5);
      for (const [n, rank] of [
        [5, 4],
        [5, 3],
        [6, 2],
      ]) {
        const A = matmul(random.normal([n, rank]), random.normal([rank, n]));
        const report = gradcheck(det, [stack([A, random.normal([n, n]), zeros([n, n])], 0)], { order: 2 });
        expect(report.passed, `${n}, ${rank}: ${report.message}`).toBe(true);
      }
    });

    it("overflows only if the result does", () => {
      const A = diagonalMatrix(tensor([1e200, 1e-200, 1e200, 1e-200, 0, 3]));
      const H = hessian(det, A);
      // eps/2 for each of the three or four factors that are no exact numbers, for each of three products, and for what is expected
      expectWithin(H.at(4, 4, 5, 5), 1, 4 * EPSILON);
      expectWithin(H.at(4, 4, 0, 0), 3e-200, 4 * EPSILON * 3e-200);
      expect(H.at(0, 0, 1, 1)).toBe(0);
    });
  });

  it("can be differentiated three times and more, but not at a singular matrix", () => {
    const second = (values: number[][]) => {
      const A = variable(values);
      const [C] = grad(det(A), [A], { createGraph: true });
      return grad(sum(square(C)), [A])[0];
    };
    // the cofactors of [a b; c d] are d, −c, −b, a: Σ of squares has the gradient 2A; n³·eps for C, and as much for its change
    [2, 4, 6, 8].forEach((value, k) => {
      expectWithin(
        second([
          [1, 2],
          [3, 4],
        ]).data[k],
        value,
        2 * 8 * EPSILON * 8,
      );
    });
    const third = (values: number[][]) => {
      const A = variable(values);
      const [C] = grad(det(A), [A], { createGraph: true });
      const [change] = grad(sum(pow(C, 3)), [A], { createGraph: true });
      return grad(sum(mul(change, change)), [A])[0];
    };
    // Σ C³ has the gradient 3·A², whose squares have the gradient 36·A³. Σ|terms| of the formula is 252·36·64 in
    // the first entry; measured is a 20th of eps of that
    [1, 8, 27, 64].forEach((value, k) => {
      const got = third([
        [1, 2],
        [3, 4],
      ]).data[k];
      expectWithin(got, 36 * value, 252 * EPSILON * 36 * 64);
    });
    expect(() => third(singular)).toThrow(
      new SingularMatrixError("the third derivative of det: A is singular; its pivot U[1,1] = 0", 1),
    );
  });
});

describe("the gradient of slogdet and logAbsDet", () => {
  it("is A⁻ᵀ: by hand", () => {
    const A = variable([
      [0, 2],
      [4, 0],
    ]);
    for (const value of [logAbsDet(A), slogdet(A).logAbsDet]) {
      expect(grad(value, [A])[0].toArray()).toEqual([
        [0, 0.5],
        [0.25, 0],
      ]);
    }
  });

  it("does not overflow with the determinant", () => {
    const A = variable(mul(eye(64), 1e200));
    expectWithin(grad(logAbsDet(A), [A])[0].at(3, 3), 1e-200, 2 * EPSILON * 1e-200); // eps/2 for 1e200, 1/1e200 and 1e-200
  });

  it("throws at a singular matrix, naming the pivot", () => {
    const A = variable(singular);
    expect(() => grad(slogdet(A).logAbsDet, [A])).toThrow(
      new SingularMatrixError("the gradient of slogdet: A is singular; its pivot U[1,1] = 0", 1),
    );
    expect(() => grad(logAbsDet(A), [A])).toThrow("the gradient of logAbsDet: A is singular; its pivot U[1,1] = 0");
  });
});
