// How reflections are best applied to a batch: one by one, or gathered in blocks, and in blocks of which size.
//
//   npm run build && node bench/reflections.mjs

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
} from "../dist/index.js";

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

/** The shortest of ten runs, in milliseconds: what else the machine does can only lengthen one. */
function shortest(run) {
  for (let i = 0; i < 3; i++) run();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least.toFixed(2).padStart(9);
}

const random = new Random(1);
for (const [B, D] of [
  [256, 64],
  [1, 64],
  [64, 256],
  [1, 256],
]) {
  const V = parameter(random.normal([D, D]));
  const X = variable(random.normal([B, D]));
  const weights = random.normal([B, D]);
  console.log(`B = ${B}, D = K = ${D}      forward    and gradient, ms`);
  for (const [name, apply] of Object.entries(METHODS)) {
    const forward = shortest(() => noGrad(() => apply(X, V)));
    const both = shortest(() => grad(sum(mul(apply(X, V), weights)), [X, V]));
    console.log(`  ${name.padEnd(14)}${forward}${both}`);
  }
}
