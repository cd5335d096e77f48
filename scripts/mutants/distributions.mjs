/** @typedef {import("./list.mjs").Mutant} Mutant */

/** Faults in distribution functions, and in what draws from distributions. @type {readonly Mutant[]} */
export const DISTRIBUTION_MUTANTS = [
  {
    name: "temperature: points are scaled, not their distance from the location",
    file: "src/distributions/drawAt.ts",
    find: "add(mul(sub(z, mu), T), mu)",
    replace: "mul(z, T)",
    tests: ["test/flows/temperature.test.ts"],
  },
  {
    name: "ln Φ: the excess of its slope by subtraction, which cancels in the tail",
    file: "src/distributions/logNormalCdf.ts",
    find: "if (!(x < -5)) return x + hazardOf(x);",
    replace: "if (x < 1) return x + hazardOf(x);",
    tests: ["test/distributions/distributionFunctions.test.ts"],
  },
  {
    name: "Student's F: what rounding the base of the power has lost is left out",
    file: "src/distributions/studentTail.ts",
    find: "power: pow(base, -a) * exp((-a * low) / base)",
    replace: "power: pow(base, -a)",
    tests: ["test/distributions/distributionFunctions.test.ts"],
  },
  {
    name: "Student's F: a continued fraction that ends too early",
    file: "src/distributions/studentTail.ts",
    find: "10 + 10 * Math.sqrt(1 + w)",
    replace: "3 + 3 * Math.sqrt(1 + w)",
    tests: ["test/distributions/distributionFunctions.test.ts"],
  },
  {
    name: "mixture: ln(1 − F) is ln F",
    file: "src/distributions/mixture.ts",
    find: "return upper ? logAverage(logWeights(), above, below)",
    replace: "return upper ? logAverage(logWeights(), below, above)",
    tests: ["test/distributions/distributionFunctions.test.ts"],
  },
  {
    name: "mixture: the derivative of the quantile has the wrong sign",
    file: "src/distributions/mixtureFunctions.ts",
    find: "sub(detach(step), step)",
    replace: "sub(step, detach(step))",
    tests: ["test/distributions/distributionFunctions.test.ts"],
  },
  {
    name: "logEvidence: the standard error of Ẑ instead of its logarithm's",
    file: "src/training/logEvidence.ts",
    find: "Math.sqrt(squares / (n - 1) / n) / average",
    replace: "Math.sqrt(squares / (n - 1) / n)",
    tests: ["test/training/logEvidence.test.ts"],
  },
  {
    name: "logEvidence: the mean of the log-weights, which is a lower bound",
    file: "src/training/logEvidence.ts",
    find: "largest + log(average)",
    replace: "lowerBound",
    tests: ["test/training/logEvidence.test.ts"],
  },
];
