/** @typedef {import("./list.mjs").Mutant} Mutant */

const every = "test/simd/every.test.ts";

/**
 * A fault in a kernel in WebAssembly.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {readonly string[]} [tests]
 * @returns {Mutant}
 */
function fault(name, file, find, replace, tests = [every]) {
  return { name, file: `src/${file}.ts`, find, replace, tests };
}

/** @type {readonly Mutant[]} */
export const SIMD_MUTANTS = [
  fault("expm1 in vectors: one term less", "tensor/simd/simdElementary", "n <= 13", "n <= 12"),
  fault(
    "exp in vectors: odd rows of the table are never read",
    "tensor/simd/simdElementary",
    "POWERS - 1",
    "POWERS - 2",
  ),
  fault("tanh in vectors: 1 − T", "tensor/simd/simdElementary", "mul(T, T)", "T"),
  fault(
    "products in vectors: shards one after the other",
    "tensor/simd/simdMatmul",
    "pairs % 2 === 0; pairs /= 2",
    "pairs > 1; pairs = 1",
  ),
  fault(
    "log1p in vectors: what rounding 1 + x lost is not restored",
    "tensor/simd/simdElementary",
    "add(log(v, u), div(lost, u))",
    "log(v, u)",
  ),
  fault(
    "arithmetic in vectors: a stretched operand stays in its first row",
    "tensor/simd/simdElementwise",
    "wasm.advance(from, wasm.get(step))",
    "wasm.advance(from, wasm.integer(0))",
  ),
  fault(
    "arithmetic in vectors: every matrix of a stack is the first",
    "tensor/simd/simdElementwise",
    "broadcastMatrix(run, matrix, a.data, ia, b.data, ib, y.data, iy)",
    "broadcastMatrix(run, matrix, a.data, 0, b.data, 0, y.data, iy)",
  ),
  fault(
    "product in vectors: later chunks replace the first",
    "tensor/simd/packing",
    "c[index] += numbers[at + t]",
    "c[index] = numbers[at + t]",
  ),
  fault(
    "product in vectors: what lies in the scratch memory is looked for elsewhere",
    "tensor/simd/packing",
    "if (data === scratch()) return from;",
    "if (data === scratch()) return place;",
    ["test/tensor/kernels/subtractProduct.test.ts"],
  ),
  fault(
    "a map's bias in vectors: later blocks take the bias of the first",
    "tensor/simd/simdAffineMap",
    "bias.subarray(first, first",
    "bias.subarray(0, first",
  ),
  fault(
    "a map's gradients in vectors: tanh is forgotten",
    "autograd/ops/affineMap",
    'activation === "tanh" ? y.data : null',
    "null",
    ["test/autograd/ops/affineMap.test.ts"],
  ),
  fault(
    "band: the range of a strip ends one early",
    "tensor/simd/bands",
    "Math.max(end[s], k + 1)",
    "Math.max(end[s], k)",
    ["test/simd/bands.test.ts"],
  ),
  fault(
    "band: the range of a strip begins one late",
    "tensor/simd/bands",
    "clamp(band.first[s] - k, count)",
    "clamp(band.first[s] - k + 1, count)",
    ["test/simd/bands.test.ts"],
  ),
  fault(
    "band: the last row of a range has no tile",
    "tensor/simd/bands",
    "(band.end[s] - i + 1) >> 1",
    "(band.end[s] - i) >> 1",
    ["test/simd/bands.test.ts"],
  ),
  fault(
    "band: a strip without terms is given one",
    "tensor/simd/bands",
    "if (terms > 0) runStrip(",
    "if (terms >= 0) runStrip(",
    ["test/simd/bands.test.ts", "test/autograd/ops/masking.test.ts"],
  ),
  fault(
    "band: NaN is looked for in the first column only, which may have left it out",
    "autograd/ops/affineMap",
    'mayNeedZeros("B", y, 0, B, outputs, band.columns)',
    'mayNeedZeros("B", y, 0, B, outputs)',
    ["test/autograd/ops/masking.test.ts"],
  ),
  fault(
    "band: NaN is looked for in the first row only, which may have been left out",
    "tensor/simd/strongMatmul",
    "const i = first[s] * N + j;",
    "const i = j;",
    ["test/autograd/ops/masking.test.ts"],
  ),
  fault(
    "elimination in vectors: multiplied by the pivot",
    "tensor/simd/elimination",
    "wasm.f64.div(wasm.get(multiplier), wasm.get(pivot))",
    "wasm.f64.mul(wasm.get(multiplier), wasm.get(pivot))",
  ),
  fault(
    "Adam in vectors: the second average forgets g²",
    "tensor/simd/simdAdam",
    "mul(mul(rest2, slope), slope)",
    "mul(rest2, slope)",
  ),
  fault(
    "Adam in vectors: only the last piece need be finite",
    "tensor/simd/simdAdam",
    "for (let start = 0; start < theta.length; start += PIECE) {",
    "for (let start = 0; start < theta.length; start += PIECE) {\n    numbers.fill(0, FINITE, FINITE + 2);",
    ["test/training/adam.test.ts"],
  ),
  fault(
    "search for NaN in vectors: only the last piece counts",
    "tensor/simd/finite",
    "if (numbers[padded] + numbers[padded + 1] !== 0) return false;",
    "if (start + count === x.length && numbers[padded] + numbers[padded + 1] !== 0) return false;",
  ),
  fault(
    "one pass in vectors: every chunk reads the first rows",
    "tensor/simd/blockProduct",
    "const from = h.byteOffset + k * rowBytes;",
    "const from = h.byteOffset;",
  ),
  {
    name: "one pass: a pass within another takes its memory",
    file: "src/tensor/simd/scratchCopies.ts",
    find: "const arrays = lent ? null : lastingArrays",
    replace: "const arrays = lastingArrays",
    tests: ["test/flows/onePass/onePass.test.ts"],
  },
];
