/** @typedef {import("./list.mjs").Mutant} Mutant */

/**
 * A fault in what records, lays out or repeats a step.
 *
 * @param {string} name
 * @param {string} file below src
 * @param {string} find
 * @param {string} replace
 * @param {readonly string[]} tests
 * @returns {Mutant}
 */
function fault(name, file, find, replace, tests) {
  return { name: `plan: ${name}`, file: `src/${file}.ts`, find, replace, tests };
}

const [program, fusing, places] = ["program", "fusing", "places"].map((each) => `test/plan/${each}.test.ts`);
const products = "test/plan/kernels/products.test.ts";
const [everyOp, options, own] = ["everyOp", "everyOption", "ownParts"].map((each) => `test/plan/${each}.test.ts`);

/** @type {readonly Mutant[]} */
export const PLAN_MUTANTS = [
  fault(
    "shards are added one after the other",
    "plan/kernels/products",
    "const left = leftHalf(count);",
    "const left = SHARD;",
    [products],
  ),
  fault(
    "of an odd number of columns the last pair is added to the next row",
    "plan/kernels/products",
    "const odd = onto && strip === whole && N % 2 === 1;",
    "const odd = false;",
    [products],
  ),
  fault("later chunks of terms replace the first", "plan/kernels/products", "    onto = true;\n", "", [products]),
  fault(
    "axes with one of length 1 between them are one group",
    "plan/kernels/sums",
    "if (last?.to === axis) last.to++;",
    "if (last !== undefined && product(shape.slice(last.to, axis)) === 1) last.to = axis + 1;",
    ["test/plan/kernels/sums.test.ts"],
  ),
  fault("a buffer dies one unit too early", "plan/places", "each.last >= first", "each.last > first", [places]),
  fault(
    "what an op writes into is what lay there before",
    "plan/arrangement",
    "for (const y of ys) y.data.fill(0);",
    "",
    [program, everyOp],
  ),
  fault("−0 is the constant 0", "plan/arrangement", "Object.is(value, -0) ? MINUS_ZERO : value", "value", [fusing]),
  fault(
    "what is computed from a constant and from what is given is a constant",
    "plan/program",
    "const changes = inputs.some(",
    "const changes = inputs.every(",
    [program],
  ),
  fault(
    "a part of what was computed is a constant",
    "plan/program",
    "if (known === undefined && buffers.has(x.data.buffer)) refused = true;",
    "",
    [program, own],
  ),
  fault("an op stands before what it needs", "plan/fusing", "units.slice(Math.max(0, least)).find(", "units.find(", [
    fusing,
  ]),
  fault(
    "numbers to which a formula does not apply get it all the same",
    "tensor/simd/fusedChain",
    "if (op.specialCases)",
    "if (false)",
    [fusing],
  ),
  fault(
    "parameters that were assigned are not written to the memory",
    "plan/replay",
    "if (this.#versions[k] === parameter.version) return;",
    "if (this.#versions[k] !== null) return;",
    [options],
  ),
  fault(
    "an optimiser that keeps gradients is lent the memory",
    "training/compiledGradient",
    "this.#mayKeep = lender === undefined;",
    "this.#mayKeep = false;",
    [options],
  ),
  fault(
    "frozen parameters are constants",
    "training/compiledGradient",
    "const parameters = [...this.#frozen, ...this.#trained];",
    "const parameters = [...this.#trained];",
    [options],
  ),
  fault(
    "the first comparison looks at nothing",
    "plan/replay",
    'this.#state = isSame(right, this.#results) ? "proven" : "refused";',
    'this.#state = "proven";',
    [own],
  ),
  fault(
    "weights that are not Parameters count as unchanged",
    "flows/onePass/schedule",
    "weight.version : Number.NaN",
    "weight.version : 0",
    [options],
  ),
  fault("a copy of a part is the library's", "flows/pureParts", "return isSummarized(part) && ", "return ", [own]),
  fault(
    "an element with functions of its own is the library's",
    "flows/pureParts",
    "return element === undefined || isDeclaredPure(element);",
    "return true;",
    [own],
  ),
];
