/** @typedef {import("./list.mjs").Mutant} Mutant */

/**
 * A fault in a file of src/autograd, against the test of that name.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {string} test
 * @returns {Mutant}
 */
function fault(name, file, find, replace, test) {
  return { name, file: `src/autograd/${file}.ts`, find, replace, tests: [`test/autograd/${test}.test.ts`] };
}

/** Faults in what a gradient remembers, and in certificates of numerical ones. @type {readonly Mutant[]} */
export const DERIVATIVE_MUTANTS = [
  fault(
    "grad: not recorded by itself where it is differentiated",
    "grad",
    "options.createGraph ?? isForDifferentiation();",
    "options.createGraph ?? false;",
    "evaluation",
  ),
  fault(
    "grad: what was not recorded forgets its cotangent",
    "grad",
    "leavesBehind([y, cotangent])",
    "leavesBehind([y])",
    "evaluation",
  ),
  fault(
    "grad: what was not recorded forgets what its point was made of",
    "grad",
    "for (const leaf of lostHistory.get(x) ?? []) leaves.add(leaf);",
    "",
    "evaluation",
  ),
  fault(
    "certificate: the measured noise does not count",
    "certifiedDerivative",
    "Math.max(roundingOf(pairs[l]), 4 * noise) / h",
    "roundingOf(pairs[l]) / h",
    "numericalJacobian",
  ),
  fault(
    "certificate: finer steps may say something else",
    "certifiedDerivative",
    "truncation + rounding + spread + 4",
    "truncation + rounding + 4",
    "numericalJacobian",
  ),
  fault(
    "certificate: kinks are not looked for",
    "certifiedDerivative",
    "agree && !disputed && !hasKink(size, center, finite.slice(1), near)",
    "agree && !disputed",
    "numericalJacobian",
  ),
  fault(
    "certificate: divided by the step that was wanted, not by the one taken",
    "certifiedColumn",
    "h: width / 2,",
    "h: step,",
    "numericalJacobian",
  ),
  fault(
    "certificate: no smaller steps where f is still bent",
    "certifiedColumn",
    "if (!plateaus.some((each, i) => isTooCoarse(each, center[i], pairsOf(survey, i)))) break;",
    "break;",
    "numericalJacobian",
  ),
];
