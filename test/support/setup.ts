import fc from "fast-check";
import { useKernels } from "../../src/tensor/simd/webAssembly.ts";

/** The seed of every property unless FC_SEED says otherwise; a failure prints the seed and the path that found it. */
const pinnedSeed = 20_261_124;

/**
 * Settings shared by all properties.
 *
 * `FC_SEED=7 npm run unit` tries another seed, `FC_SEED=random` a new one each time, `FC_RUNS=10000` looks longer.
 */
const seed =
  process.env.FC_SEED === "random" ? Date.now() | 0 : integerFromEnvironment("FC_SEED", pinnedSeed, -(2 ** 31));

fc.configureGlobal({
  seed,
  numRuns: integerFromEnvironment("FC_RUNS", 100, 1),
  markInterruptAsFailure: true,
});

// `KERNELS=plain` runs everything on the plain loops
if (process.env.KERNELS === "plain") useKernels("plain");

/** The integer in an environment variable, or a default where it is not set; anything else stops the run. */
function integerFromEnvironment(name: string, fallback: number, least: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > 2 ** 31 - 1) {
    throw new Error(`${name}: must be an integer from ${least} to ${2 ** 31 - 1}; got ${text}`);
  }
  return value;
}
