import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { compare, compareGradients, gradientBound, pairing, valueBound } from "./compare.ts";
import { load, type StoredArray, type StoredCase } from "./load.ts";
import { seenThrough, type View } from "./views.ts";

/** A case of linalg.json. */
export interface LinearAlgebraStored extends StoredCase {
  readonly op: string;
  readonly inputs: Readonly<Record<string, StoredArray>>;
  readonly params: {
    readonly lower?: boolean;
    readonly unit_diagonal?: boolean;
    readonly transposed?: boolean;
    readonly c?: number;
  };
  readonly views?: Readonly<Record<string, readonly View[]>>;
  readonly outputs?: Readonly<Record<string, StoredArray>>;
  readonly grad_outputs?: Readonly<Record<string, StoredArray>>;
  readonly grads?: Readonly<Record<string, StoredArray>>;
  readonly residual_tol?: number;
  readonly error_kind?: "singular" | "not_positive_definite" | "shape";
}

type Results = Readonly<Record<string, d.Tensor>>;

type Adapter = (xs: Readonly<Record<string, d.Variable>>, stored: LinearAlgebraStored) => Results;

const ADAPTERS: Readonly<Record<string, Adapter>> = {
  lu({ a }) {
    const { L, U, permutation, sign } = d.lu(a);
    return { L, U, perm: permutation, perm_sign: sign, P: permutationMatrix(permutation) };
  },
  solve: ({ a, b }) => ({ x: d.solve(a, b) }),
  solve_triangular: ({ a, b }, { params: { lower, unit_diagonal, transposed } }) => ({
    x: d.solveTriangular(a, b, { lower: lower!, unitDiagonal: unit_diagonal, transposed }),
  }),
  inverse: ({ a }) => ({ inv: d.inv(a) }),
  det: ({ a }) => ({ det: d.det(a) }),
  slogdet({ a }) {
    const { sign, logAbsDet } = d.slogdet(a);
    return { sign, logabsdet: logAbsDet };
  },
  qr: ({ a }) => ({ ...d.qr(a) }),
  cholesky: ({ a }) => ({ L: d.cholesky(a) }),
  cholesky_mmt: ({ m }, { params: { c } }) => ({
    L: d.cholesky(d.add(d.matmul(m, m, "NT"), d.mul(c!, d.eye(m.shape[m.rank - 2])))),
  }),
};

/** P with P[permutation[i], i] = 1, so that A = P·L·U. */
function permutationMatrix(permutation: d.Tensor): d.Tensor {
  return d.transpose(d.oneHot(permutation, permutation.shape[permutation.rank - 1]));
}

const CODES = { singular: "SINGULAR_MATRIX", not_positive_definite: "NOT_POSITIVE_DEFINITE", shape: "SHAPE" };

/** Replays one case: outputs, what must hold between them, then gradients. */
export function replayLinearAlgebra(stored: LinearAlgebraStored): void {
  const { op, inputs, views = {}, outputs = {} } = stored;
  const adapter = ADAPTERS[op] ?? assert.fail(`the adapter knows no op ${op}`);
  const names = Object.keys(inputs);
  const leaves = Object.fromEntries(names.map((name) => [name, d.variable(load(inputs[name]))]));
  const seen = Object.fromEntries(names.map((name) => [name, seenThrough(leaves[name], views[name])]));
  if (stored.expect_error) {
    const expected = stored.error_kind === undefined ? undefined : CODES[stored.error_kind];
    assert.throws(
      () => adapter(seen, stored),
      (error) => error instanceof d.DiffeoError && (expected === undefined || error.code === expected),
    );
    return;
  }
  const results = adapter(seen, stored);
  for (const [name, expected] of Object.entries(outputs)) {
    if (name === "logabsdet_at_most") {
      assert(results.logabsdet.item() <= load(expected).item(), `log|det| = ${results.logabsdet.item()}`);
    } else if (name === "R_abs_diag_last") {
      assert(Math.abs(results.R.at(-1, -1)) <= stored.tol_abs!, `R's last entry is ${results.R.at(-1, -1)}`);
    } else {
      compare(name, results[name], expected, valueBound(stored));
    }
  }
  checkResiduals(op, Object.values(seen)[0], results, stored);
  if (stored.grads === undefined) return;
  const cotangents = Object.entries(stored.grad_outputs!);
  const s = pairing(
    cotangents.map(([name]) => results[name] as d.Variable),
    cotangents.map(([, cotangent]) => cotangent),
  );
  // a symmetric A: the gradient in A of the file is that of (A + Aᵀ)/2
  if (op === "cholesky") compareSymmetrised(s, leaves.a, stored);
  else compareGradients(s, leaves, stored.grads, gradientBound(stored));
}

function compareSymmetrised(s: d.Variable, a: d.Variable, stored: LinearAlgebraStored): void {
  const [g] = d.grad(s, [a]);
  compare("the symmetrised gradient", d.mul(0.5, d.add(g, d.transpose(g))), stored.grads!.a, gradientBound(stored));
}

/** P·L·U = A, QᵀQ = I and Q·R = A, L·Lᵀ = A. */
function checkResiduals(op: string, A: d.Tensor, results: Results, stored: LinearAlgebraStored): void {
  const { L, U, Q, R, P } = results;
  const largest = largestOf(A);
  const within = (what: string, product: d.Tensor, expected: d.Tensor, bound: number): void => {
    const error = largestOf(d.sub(product, expected));
    assert(error <= bound, `${what}: off by ${error}; allowed ${bound}`);
  };
  if (op === "lu") within("P·L·U = A", d.matmul(P, d.matmul(L, U)), A, (stored.residual_tol ?? 1e-13) * largest);
  if (op === "cholesky") within("L·Lᵀ = A", d.matmul(L, L, "NT"), A, 1e-14 * largest);
  if (op === "qr") {
    within("Qᵀ·Q = I", d.matmul(Q, Q, "TN"), d.eye(Q.shape[Q.rank - 1]), 1e-13);
    within("Q·R = A", d.matmul(Q, R), A, 1e-13 * Math.max(1, largest));
  }
}

/** max|x|, NaN if there is one. */
function largestOf(x: d.Tensor): number {
  return x.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
