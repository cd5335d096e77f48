/** @typedef {import("./list.mjs").Mutant} Mutant */

/**
 * A fault in a file of src, against the tests of that name.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {...string} tests
 * @returns {Mutant}
 */
function flow(name, file, find, replace, ...tests) {
  return { name, file: `src/${file}.ts`, find, replace, tests: tests.map((test) => `test/${test}.test.ts`) };
}

/** Faults in nets, elements, layers, recipes, and what rebuilds them. @type {readonly Mutant[]} */
export const FLOW_MUTANTS = [
  // mixtures
  flow(
    "fitMixture: no ridge on the variances",
    "distributions/gaussians",
    "covariance[i * (D + 1)] += RIDGE;",
    "",
    "distributions/fitMixture",
  ),
  flow(
    "fitMixture: rows are compared with the mirrored means",
    "distributions/gaussians",
    "moved -= inverse",
    "moved += inverse",
    "distributions/fitMixture",
  ),
  flow(
    "fitMixture: the number of components whose held-out rows are least likely",
    "distributions/fitMixture",
    "Number(validation) > Number(best.validation)",
    "Number(validation) < Number(best.validation)",
    "distributions/fitMixture",
  ),
  flow(
    "fitMixture: copies of a row on both sides",
    "distributions/fitMixture",
    "groupEqualRows(x)",
    "{ groupOf: Int32Array.from({ length: N }, (_, i) => i), sizes: new Int32Array(N).fill(1) }",
    "distributions/fitMixture",
  ),
  // compositions
  flow(
    "compose: the inverses in the order of the layers",
    "flows/compose",
    `let { x, logDet } = checked[last].inverse(z, contextFor(checked[last], context));
      for (let k = last - 1; k >= 0; k--) {`,
    `let { x, logDet } = checked[0].inverse(z, contextFor(checked[0], context));
      for (let k = 1; k <= last; k++) {`,
    "flows/models/recipes",
  ),
  flow(
    "compose: the log-det of the last layer only",
    "flows/compose",
    "z = next.z;\n        logDet = add(logDet, next.logDet);",
    "z = next.z;\n        logDet = next.logDet;",
    "flows/compose",
  ),
  flow(
    "Flow: samples' log-density with the sign of the log-det wrong",
    "flows/flow",
    "logProb: sub(drawn?.logProb ?? this.#baseLogProb(z, given), logDet)",
    "logProb: add(drawn?.logProb ?? this.#baseLogProb(z, given), logDet)",
    "flows/models/recipes",
  ),
  flow(
    "multiScale: the other half is emitted",
    "flows/layers/multiScale",
    "return k === last ? [h] : split(h, [emitted, h.shape[1] - emitted], 1);",
    "return k === last ? [h] : split(h, [h.shape[1] - emitted, emitted], 1).reverse();",
    "flows/layers/multiScale",
  ),
  // couplings
  flow(
    "coupling: the mask inverted on the way back",
    "flows/layers/coupling",
    "const { xa: za, xb: zb, seen } = split.divide(z);",
    "const { xa: zb, xb: za, seen } = split.divide(z);",
    "flows/layers/coupling",
  ),
  flow(
    "affine element: the log-det of the raw number, not of the bounded one",
    "flows/elements/affine",
    "logDet: neg(sum(logSigma, eventAxes(x)))",
    "logDet: neg(sum(split(raw, [x.shape[1], x.shape[1]], 1)[0], eventAxes(x)))",
    "flows/layers/coupling",
  ),
  flow(
    "affine element: the inverse divides by σ",
    "flows/elements/affine",
    "x: add(mul(z, exp(logSigma)), mu)",
    "x: add(mul(z, exp(neg(logSigma))), mu)",
    "flows/layers/coupling",
  ),
  flow(
    "affine element: number by number without the bound",
    "flows/elements/affine",
    "value: (a) => elementary.tanh(a / c) * c",
    "value: (a) => a",
    "flows/layers/maskedAutoregressive",
  ),
  // splines
  flow(
    "spline of ops: one sign in the slope",
    "flows/elements/rationalQuadratic",
    "add(add(mul(d1, square(theta)), across), mul(d0, square(beta)))",
    "add(add(mul(d1, square(theta)), neg(across)), mul(d0, square(beta)))",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline of ops: the slopes at the ends of a bin exchanged",
    "flows/elements/rationalQuadratic",
    "const [d0, d1] = applyMany(endsRule, [derivatives, bins]);",
    "const [d1, d0] = applyMany(endsRule, [derivatives, bins]);",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline of ops: the wrong root of the quadratic equation",
    "flows/elements/rationalQuadratic",
    "mul(mul(s, 2), u), sub(r, e));",
    "mul(mul(s, 2), u), add(r, e));",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: one sign in the slope",
    "tensor/kernels/splineBins",
    "(d1 * (theta * theta) + s * 2 * (theta * beta) + d0 * (beta * beta)) * (ratio * ratio)",
    "(d1 * (theta * theta) - s * 2 * (theta * beta) + d0 * (beta * beta)) * (ratio * ratio)",
    "flows/elements/spline",
  ),
  flow(
    "spline: the wrong root of the quadratic equation",
    "tensor/kernels/splineBins",
    "e >= 0 ? twoS * u : r - e;",
    "e >= 0 ? twoS * u : r + e;",
    "flows/elements/spline",
  ),
  flow(
    "spline: the softplus is not shifted",
    "tensor/kernels/splineBins",
    "raw[number] + shift",
    "raw[number]",
    "flows/elements/spline",
  ),
  flow(
    "spline: points outside of the knots are moved to the first one",
    "tensor/kernels/splineBins",
    `to[start + i] = point;
      slopes[i] = 1;`,
    `to[start + i] = frame.left;
      slopes[i] = 1;`,
    "flows/elements/spline",
  ),
  flow(
    "spline: one sign in the gradient of the log-slope",
    "tensor/kernels/splineGradient",
    "((d0 + d1 - 2 * s) * (beta - theta)) / D",
    "((d0 + d1 + 2 * s) * (beta - theta)) / D",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: what is asked of x is not asked of y in the inverse",
    "tensor/kernels/splineGradient",
    "a = (b * bend - a) / slope;",
    "a = -a / slope;",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: the pullback of softmax without the mean, by plain loops",
    "tensor/kernels/splineKnots",
    "inner += strong(beyond, shares[share + k * stride]);",
    "inner += 0;",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: the pullback of softmax without the mean, in WebAssembly",
    "tensor/simd/simdSplineKnots",
    "...set(inner, add(get(inner), strong(loadPair(get(share))))),",
    "",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: the last number of odd totals is forgotten in WebAssembly",
    "tensor/simd/simdSplineKnots",
    "...wasm.when(get(k), set(even, add(get(even), loadPair(get(share))))),",
    "",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: where nothing is asked, something flows",
    "tensor/kernels/splineGradient",
    "if (a === 0 && b === 0) {",
    "if (a === 1e9 && b === 0) {",
    "flows/elements/fusedSpline",
  ),
  flow(
    "spline: a shard begins with what another left in its buffer",
    "tensor/simd/simdSpline",
    "to.fill(0);",
    "",
    "flows/elements/fusedSpline",
  ),
  // autoregressive layers and their nets
  flow(
    "masks: the outputs of the next coordinate",
    "nets/wiring",
    "last ? row % D",
    "last ? (row + 1) % D",
    "nets/maskedMlp",
  ),
  flow(
    "order: off by one, so that the coordinate just before is not seen",
    "nets/dependencies",
    "if (ranks[j] < rank)",
    "if (ranks[j] < rank - 1)",
    "nets/maskedMlp",
  ),
  flow(
    "steps: a unit is computed before its last input is known",
    "nets/wiring",
    "Math.max(step, coordinates[j] + 1)",
    "Math.max(step, coordinates[j])",
    "flows/layers/maskedAutoregressive",
  ),
  flow(
    "maskedMlp: the input of a residual block is dropped",
    "nets/maskedMlp",
    "h.push(skip ? add(h[l - 2], mapped) : mapped);",
    "h.push(mapped);",
    "nets/maskedMlp",
    "flows/onePass/onePass",
  ),
  flow(
    "residualMlp: the input of a block is dropped",
    "nets/residualMlp",
    "h = add(h, maps[i + 1].apply(act(maps[i].apply(act(h)))))",
    "h = maps[i + 1].apply(act(maps[i].apply(act(h))))",
    "nets/residualMlp",
  ),
  flow(
    "maskedMlp: the context is masked",
    "nets/wiring",
    "new Uint8Array(rows * (columns + context)).fill(1)",
    "new Uint8Array(rows * (columns + context))",
    "nets/maskedMlp",
  ),
  flow(
    "maskedMlp: masked weights kept for ever",
    "autograd/ops/masking",
    "parameter !== this.#weight || parameter.version !== this.#version",
    "parameter !== this.#weight",
    "nets/maskedMlp",
  ),
  flow(
    "one pass: packed weights kept for ever",
    "flows/onePass/schedule",
    "weight === this.#from[l] && versions[l] === this.#versions[l]",
    "weight === this.#from[l]",
    "flows/layers/maskedAutoregressive",
  ),
  flow(
    "one pass: a group of rows begins one late",
    "flows/onePass/schedule",
    "const [result, at] = s === last ? [outputs, 0] : [h[s], from * N];",
    "const [result, at] = s === last ? [outputs, 0] : [h[s], (from + 1) * N];",
    "flows/layers/maskedAutoregressive",
  ),
  flow(
    "one pass: the sign in the linear solve",
    "flows/onePass/linearization",
    "const change = values[at + k] - known;",
    "const change = values[at + k] + known;",
    "flows/layers/maskedAutoregressive",
    "flows/onePass/onePass",
  ),
  flow(
    "convNet: the context is not seen",
    "nets/convNet",
    "return concat([x, broadcastTo(reshape(rows, [B, width, 1, 1]), [B, width, H, W])], 1);",
    "return concat([x, broadcastTo(0, [B, width, H, W])], 1);",
    "nets/convNet",
  ),
  // matrices
  flow(
    "luLinear: the rows are put back instead of taken",
    "flows/layers/luLinear",
    "const Y = transpose(take(Z, permutation, 1));",
    "const Y = transpose(take(Z, back, 1));",
    "flows/layers/linearMap",
  ),
  flow(
    "luLinear: U before L on the way back",
    "flows/layers/luLinear",
    `const UX = solveTriangular(lower, Y, { lower: true, unitDiagonal: true });
      return transpose(solveTriangular(U(), UX, { lower: false }));`,
    `const UX = solveTriangular(U(), Y, { lower: false });
      return transpose(solveTriangular(lower, UX, { lower: true, unitDiagonal: true }));`,
    "flows/layers/linearMap",
  ),
  flow(
    "luLinear: the signs of the diagonal are lost",
    "flows/layers/luLinear",
    "signedExp(signs, logDiagonal)",
    "signedExp(ones([D]), logDiagonal)",
    "flows/layers/linearMap",
  ),
  flow(
    "reflections: blocks in the same order both ways",
    "flows/layers/householder",
    "if (transposed) blocks.reverse();",
    "",
    "flows/layers/orthogonalLinear",
  ),
  flow(
    "reflections: the diagonal of S is not halved",
    "flows/layers/householder",
    "diagonalMatrix(mul(squares, 0.5))",
    "diagonalMatrix(squares)",
    "flows/layers/orthogonalLinear",
  ),
  flow(
    "Cayley: turned the same way on the way back",
    "flows/layers/orthogonalLinear",
    "solve: (Z) => rows(matmul(Z, W0), A(-1)),",
    "solve: (Z) => rows(matmul(Z, W0), A(1)),",
    "flows/layers/linearMap",
  ),
  flow(
    "triangularLinear: the other triangle is read",
    "flows/layers/linearMap",
    "add(lower ? tril(entries, -1) : triu(entries, 1), diagonalMatrix(diagonal))",
    "add(lower ? triu(entries, 1) : tril(entries, -1), diagonalMatrix(diagonal))",
    "flows/layers/linearMap",
  ),
  flow(
    "conv1x1: the log-det of one pixel",
    "flows/layers/conv1x1",
    "const logDet = constantLogDet(mul(H * W, map.logAbsDet()), x);",
    "const logDet = constantLogDet(map.logAbsDet(), x);",
    "flows/layers/conv1x1",
  ),
  // one coordinate at a time
  flow(
    "actNorm: the shift is subtracted on the way back",
    "flows/layers/actNorm",
    "add(mul(standard, perChannel(exp(logSigma))), perChannel(mu))",
    "sub(mul(standard, perChannel(exp(logSigma))), perChannel(mu))",
    "flows/layers/simple",
  ),
  flow(
    "actNorm: the log-det of one pixel",
    "flows/layers/actNorm",
    "mul(sum(logSigma), sizeOf(places))",
    "sum(logSigma)",
    "flows/layers/simple",
  ),
  flow(
    "actNorm: set from data every time",
    "flows/statistics",
    "if (firstPass === null || this.#current() !== null) return;",
    "if (firstPass === null) return;",
    "flows/layers/simple",
  ),
  flow(
    "standardization: the sign of the log-det",
    "flows/layers/standardization",
    "logDet: constantLogDet(volume(-1), x)",
    "logDet: constantLogDet(volume(1), x)",
    "flows/layers/simple",
  ),
  flow(
    "permutation: applied again instead of undone",
    "flows/layers/permutation",
    "x: take(z, back, 1)",
    "x: take(z, order, 1)",
    "flows/layers/simple",
  ),
  flow(
    "squeezeImage: the channels in another order",
    "flows/layers/squeezeImage",
    "permute(blocks, [0, 1, 3, 5, 2, 4])",
    "permute(blocks, [0, 1, 5, 3, 2, 4])",
    "flows/layers/squeezeImage",
  ),
  flow(
    "tanhFlow: ln(1 − tanh²x) as it stands, everywhere",
    "flows/layers/tanhFlow",
    "size < 0.5 ?",
    "size < 1000 ?",
    "flows/layers/pointwise",
  ),
  flow(
    "tanhFlow: the gradient of its log-slope without the factor 2",
    "flows/layers/tanhFlow",
    "times(g, mul(tanh(x), -2))",
    "times(g, neg(tanh(x)))",
    "flows/layers/pointwise",
  ),
  flow(
    "leakyReluFlow: the sign of the log-det",
    "flows/layers/leakyReluFlow",
    "logSlope: mul(lessEqual(x, 0), logSlope) }",
    "logSlope: mul(lessEqual(x, 0), -logSlope) }",
    "flows/layers/pointwise",
  ),
  flow(
    "logTails: the log-det of the inverse on the way there",
    "flows/layers/logTails",
    "logSlope: neg(logarithm) }",
    "logSlope: neg(excess(x)) }",
    "flows/layers/pointwise",
  ),
  flow(
    "logTails: the negative tail goes to the positive side",
    "flows/layers/logTails",
    "mul(sign(x), add(y, T))",
    "add(y, T)",
    "flows/layers/pointwise",
  ),
  flow(
    "logitFlow: the slope of y = α + (1 − 2α)x is forgotten",
    "flows/layers/logitFlow",
    "logSlope: sub(logWidth, add(below, above)) };",
    "logSlope: sub(0, add(below, above)) };",
    "flows/layers/pointwise",
  ),
  flow(
    "logitFlow: 1 − y formed from y",
    "flows/layers/logitFlow",
    "log(squeezed(sub(1, x)))]",
    "log(sub(1, squeezed(x)))]",
    "flows/layers/pointwise",
  ),
  flow(
    "domain: the points on the way back are not checked",
    "flows/layers/pointwise",
    'if (range !== undefined) checkDomain(type, "z", z, range);',
    "",
    "flows/layers/pointwise",
  ),
  // data and definitions
  flow(
    "dequantize: one level too few",
    "data/dequantize",
    "(moved < x + 1 ? moved : x) / bins;",
    "(moved < x + 1 ? moved : x) / (bins - 1);",
    "data/dequantize",
  ),
  flow(
    "bitsPerDim: the bins are forgotten",
    "data/dequantize",
    "return logProb * factor + bits;",
    "return logProb * factor;",
    "data/dequantize",
  ),
  flow(
    "registry: unknown fields pass",
    "tensor/definitions/reading",
    "if (unknown !== undefined) throw",
    "if (unknown === undefined && Object.keys(definition).length < 0) throw",
    "tensor/definitions/reading",
  ),
  flow(
    "registry: what every object inherits counts as a type",
    "tensor/definitions/reading",
    'typeof type === "string" && Object.hasOwn(kinds, type) && kinds[type]',
    'typeof type === "string" && kinds[type]',
    "tensor/definitions/reading",
  ),
  flow(
    "registry: the limit is noticed too late",
    "tensor/definitions/reading",
    "this.#whole.claimed += numbers;",
    "this.#whole.claimed = numbers;",
    "tensor/definitions/reading",
  ),
  flow(
    "definitions: what comes twice is written twice",
    "tensor/definitions/writing",
    'if (first !== undefined) return { type: "same", as: first };',
    "",
    "tensor/definitions/writing",
  ),
  // what layers have in common
  flow(
    "layer: a log-det of another shape passes",
    "flows/layer",
    'logDet: result(name, "logDet", logDet, [B]) };\n    },\n    inverse',
    "logDet: logDet as Variable };\n    },\n    inverse",
    "flows/layer",
  ),
  flow(
    "layer: the buffers are those of the start",
    "flows/layer",
    `get buffers() {
      const taken = Object.entries(all).flatMap(([prefix, { buffers }]) =>
        [...buffers].map(([each, value]): [string, Tensor] => [prefix + each, value]),
      );
      return unique(name, [...buffers, ...taken, ...buffersOf(parts)]);
    },`,
    "buffers: new Map([...buffers, ...buffersOf(parts)]),",
    "flows/layer",
  ),
  flow(
    "named: two of one name are one",
    "autograd/parts",
    "for (let k = 2; named.has(name); k++)",
    "for (let k = 2; named.has(name) && k < 2; k++)",
    "autograd/parts",
  ),
  flow(
    "affine element: the sigmoid is not moved by two",
    "flows/elements/affine",
    "op: (a) => log(add(sigmoid(add(a, 2)), c))",
    "op: (a) => log(add(sigmoid(a), c))",
    "flows/elements/affine",
  ),
  flow(
    "spline of ops: what is asked of upper ends goes to the lower ones",
    "flows/elements/rationalQuadratic",
    "upper[at + next] += high.data[i];",
    "upper[at] += high.data[i];",
    "flows/elements/fusedSpline",
  ),
  // statistics, contexts, pieces
  flow(
    "statistics: kept although a later layer refuses the data",
    "flows/statistics",
    "firstPass.taken.set(this, {",
    "this.set({",
    "flows/statistics",
  ),
  flow(
    "statistics: those of a sample instead of all rows",
    "flows/statistics",
    "firstPass.whole.get(x) ?? x",
    "x",
    "flows/statistics",
  ),
  flow(
    "context: its statistics are taken, but it comes as it was",
    "flows/layer",
    "contexts === null ? rows : contexts.forward(rows);",
    "contexts === null || contexts.forward(rows) ? rows : rows;",
    "flows/statistics",
  ),
  flow(
    "context: handed to parts that take none",
    "flows/layer",
    "return part.context ? context : undefined;",
    "return context;",
    "flows/statistics",
  ),
  flow(
    "pieces: written at the row's number, whatever the width of a row",
    "flows/inPieces",
    "whole[k].data.set(data, start * sizeOf(inner));",
    "whole[k].data.set(data, start);",
    "flows/flow",
  ),
  flow(
    "pieces: every one with the contexts of the first",
    "flows/inPieces",
    "context && rows(context, start, end)",
    "context && rows(context, 0, end - start)",
    "flows/flow",
  ),
  // what checks layers
  flow(
    "checkBijection: the log-det of the way back is not compared",
    "flows/checkBijection",
    'checkLogDet(layer, "inverse", z, context, back.logDet.item(), findings, where);',
    "",
    "flows/checkBijection",
  ),
  flow(
    "checkBijection: log-dets need not cancel",
    "flows/checkBijection",
    'findings.compare("log-dets cancel", total,',
    'findings.compare("log-dets cancel", 0,',
    "flows/checkBijection",
  ),
  flow(
    "certified log-det: nothing is inconclusive",
    "flows/certifiedLogDet",
    "const told = largestRowSum(spread, D) < 0.1;",
    "const told = true;",
    "flows/certifiedLogDet",
  ),
  flow(
    "certified log-det: the certificates of the Jacobian are left out",
    "flows/certifiedLogDet",
    "const bound = trace + D * EPSILON",
    "const bound = D * EPSILON",
    "flows/certifiedLogDet",
  ),
];
