/**
 * A fault: what stands once in a file, what is put in its place, and the tests that must notice.
 *
 * @typedef {{ name: string, file: string, find: string, replace: string, tests: readonly string[] }} Mutant
 */

const ops = "src/autograd/ops";
const everyOp = "test/autograd/ops/every.test.ts";

/** @type {readonly Mutant[]} */
export const MUTANTS = [
  {
    name: "sub: the sign of the second gradient",
    file: `${ops}/arithmetic.ts`,
    find: "() => neg(sumTo(g, b.shape))]",
    replace: "() => sumTo(g, b.shape)]",
    tests: ["test/autograd/ops/arithmetic.test.ts", everyOp],
  },
];
