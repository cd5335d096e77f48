import { strict as assert } from "node:assert";
import { add, grad, mul, sum, type Tensor, type Variable } from "diffeo";
import { load, type StoredArray, type StoredCase } from "./load.ts";

/** How far an element may be from the expected one, given the largest expected one in size. */
type Bound = (expected: number, largest: number) => number;

/** What holds for cases that say nothing: 1e-11 + 1e-9·|expected|. */
const generous: Bound = (expected) => 1e-11 + 1e-9 * Math.abs(expected);

/** The tolerance of values of a case. */
export function valueBound({ tol, tol_norm, tol_abs }: StoredCase): Bound {
  if (tol !== undefined) return (expected) => tol.atol + tol.rtol * Math.abs(expected);
  if (tol_norm !== undefined) return (_expected, largest) => tol_norm * largest;
  return tol_abs === undefined ? generous : () => tol_abs;
}

/** The tolerance of gradients of a case. */
export function gradientBound(stored: StoredCase): Bound {
  const { tol_norm, grad_tol_norm } = stored;
  const relative = grad_tol_norm ?? (tol_norm === undefined ? undefined : Math.max(tol_norm, 1e-10));
  return relative === undefined ? valueBound(stored) : (_expected, largest) => relative * largest;
}

/** Fails unless the shapes are equal and every element is within its bound; infinities and NaN must be the same. */
export function compare(what: string, got: Tensor, stored: StoredArray, bound: Bound): void {
  const expected = load(stored);
  assert.deepEqual([...got.shape], [...expected.shape], `${what}: the shape`);
  let largest = 0;
  for (const value of expected.data) if (Math.abs(value) < Infinity) largest = Math.max(largest, Math.abs(value));
  expected.data.forEach((value, i) => {
    const actual = got.data[i];
    if (Object.is(actual, value) || actual === value) return;
    const error = Math.abs(actual - value);
    if (!(error <= bound(value, largest))) {
      assert.fail(
        `${what}, element ${i}: got ${actual} for ${value}, off by ${error}; allowed ${bound(value, largest)}`,
      );
    }
  });
}

/** The scalar s = Σ_k Σ output_k·cotangent_k that the gradients of a case belong to. */
export function pairing(outputs: readonly Variable[], cotangents: readonly StoredArray[]): Variable {
  assert.equal(outputs.length, cotangents.length, "one cotangent per output");
  const terms = outputs.map((output, k) => sum(mul(output, load(cotangents[k]))));
  return terms.slice(1).reduce(add, terms[0]);
}

/** Compares ∂s/∂leaf with the expected gradients, by name. */
export function compareGradients(
  s: Variable,
  leaves: Readonly<Record<string, Variable>>,
  expected: Readonly<Record<string, StoredArray>>,
  bound: Bound,
): void {
  const names = Object.keys(expected);
  const grads = grad(
    s,
    names.map((name) => leaves[name]),
  );
  names.forEach((name, k) => {
    compare(`the gradient of ${name}`, grads[k], expected[name], bound);
  });
}
