// How reflections are best applied to a batch: one by one, or gathered in blocks, and in blocks of which size.

import {
  add,
  diagonal,
  diagonalMatrix,
  div,
  grad,
  matmul,
  mul,
  noGrad,
  parameter,
  Random,
  solveTriangular,
  split,
  square,
  sub,
  sum,
  triu,
  variable,
} from "../../dist/index.js";
import { timesOf } from "../support/measure.mjs";
import { inWords, markdown } from "../support/table.mjs";

export const question = "How are reflections best applied to a batch: one by one, or in blocks of which size?";

/** x − 2·v·(v·x)/|v|², for each row x. */
function reflect(X, v) {
  return sub(X, mul(matmul(X, div(mul(v, 2), sum(square(v))), "NT"), v));
}

/** The product of the reflections of a block at once: X − (X·Vᵀ)·(S⁻¹·V). */
function reflectAtOnce(X, V) {
  const gram = matmul(V, V, "NT");
  const S = add(triu(gram, 1), diagonalMatrix(mul(diagonal(gram), 0.5)));
  return sub(X, matmul(matmul(X, V, "NT"), solveTriangular(S, V, { lower: false })));
}

function inBlocks(X, V, size, apply) {
  const K = V.shape[0];
  const sizes = Array.from({ length: Math.ceil(K / size) }, (_, b) => Math.min(size, K - b * size));
  return split(V, sizes, 0).reduce(apply, X);
}

const METHODS = {
  "one by one": (X, V) => inBlocks(X, V, 1, reflect),
  "blocks of 8": (X, V) => inBlocks(X, V, 8, reflectAtOnce),
  "blocks of 16": (X, V) => inBlocks(X, V, 16, reflectAtOnce),
  "blocks of 32": (X, V) => inBlocks(X, V, 32, reflectAtOnce),
  "blocks of 64": (X, V) => inBlocks(X, V, 64, reflectAtOnce),
  "all at once": (X, V) => reflectAtOnce(X, V),
};

const SIZES = [
  [256, 64],
  [1, 64],
  [64, 256],
  [1, 256],
];

export async function measure(quick) {
  const results = [];
  for (const [B, D] of quick ? [[2, 3]] : SIZES) {
    const random = new Random(1);
    const V = parameter(random.normal([D, D]));
    const X = variable(random.normal([B, D]));
    const weights = random.normal([B, D]);
    const seconds = quick ? 0 : 0.3;
    const methods = Object.values(METHODS);
    const forward = await timesOf(
      methods.map((apply) => () => noGrad(() => apply(X, V))),
      seconds,
    );
    const withGradient = await timesOf(
      methods.map((apply) => () => grad(sum(mul(apply(X, V), weights)), [X, V])),
      seconds,
    );
    Object.keys(METHODS).forEach((method, k) => {
      results.push({ batch: B, dimensions: D, method, forward: forward[k], withGradient: withGradient[k] });
    });
  }
  return { unit: "milliseconds per call: median and quartiles", results };
}

export function table({ results }) {
  const rows = results.map(({ batch, dimensions, method, forward, withGradient }) => [
    `${batch}, ${dimensions}`,
    method,
    inWords(forward.median),
    inWords(withGradient.median),
  ]);
  return markdown(["batch, D = K", "", "forward", "with gradient"], rows);
}
