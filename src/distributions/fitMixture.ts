import { firstNonFinite } from "../autograd/ops/checkFinite.ts";
import { checkBatch, checkRandom, checkRange, checkTensor } from "../tensor/checks.ts";
import { DomainError } from "../tensor/errors.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount, formatShape } from "../tensor/shape.ts";
import { groupEqualRows, splitRows } from "../tensor/split.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Distribution } from "./distribution.ts";
import { inUnits, standardise } from "./fitNormal.ts";
import { expectation, type Gaussians, Moments, maximization, type StandardRows } from "./gaussians.ts";
import { kMeans } from "./kMeans.ts";
import { mixture } from "./mixture.ts";
import { multivariateNormal } from "./multivariateNormal.ts";

/** What {@link fitMixture} is told. */
export interface FitMixtureOptions {
  /** Where the components start, and which rows are held out. */
  readonly random: Random;
  /** K; the number of components whose held-out rows are likeliest, by default. */
  readonly components?: number;
  /** The largest K that is tried. */
  readonly mostComponents?: number;
  /** Rows to choose K by, [M, D]; a tenth of x by default, if K is to be chosen, and none otherwise. */
  readonly validation?: Tensor;
  /** A step that gains less than so many nats per row is the last; 1e-4 by default. */
  readonly tolerance?: number;
  /** Steps of each K, at most; 200 by default. */
  readonly iterations?: number;
}

/** A mixture of Gaussians, and how it came about. */
export interface FittedMixture extends Distribution {
  /** K */
  readonly components: number;
  /** The mean of log p(x) over the rows that it was fitted to, nats. */
  readonly logLikelihood: number;
  /** The same over the rows that were held out; null if there were none. */
  readonly validation: number | null;
  /** How many steps were taken from the start. */
  readonly iterations: number;
}

/** The numbers of components that are tried, one after another; in this ratio on. */
const LADDER: readonly number[] = [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800];

/** So many K in a row that are worse than the best end the search. */
const WORSE_IN_A_ROW = 2;

/**
 * K Gaussians of any covariance for the rows of x [N, D], Σ_k w_k·N(x; μ_k, Σ_k), by expectation-maximization:
 *
 *     r_ik = w_k·N(x_i; μ_k, Σ_k) / Σ_l w_l·N(x_i; μ_l, Σ_l)
 *     w_k = mean of r_ik,   μ_k = Σ_i r_ik·x_i / Σ_i r_ik,   Σ_k = Σ_i r_ik·(x_i − μ_k)(x_i − μ_k)ᵀ / Σ_i r_ik + 10⁻⁶·diag(s²)
 *
 * where s² are the variances of the columns: columns are standardised first, so that their units do not matter, and without the last term a component on
 * equal rows would have an infinite density. It starts from k-means, of centres drawn by k-means++, and ends when a step gains less than the tolerance. A
 * {@link mixture} of {@link multivariateNormal}s: a yardstick for flows, a base, a start. Components that lose their rows are left out.
 *
 * Without `components`, K is chosen among 1, 2, 3, 5, 8, 12, 20, 30, 50 …, as long as there are two numbers for each parameter, by the log-likelihood of rows
 * held out: `validation`, or a tenth of x, copies of a row on one side. The search ends after two in a row that are worse than the best. What is held out of
 * x does not count for the fit; to use all rows, fit again with the number that was found. One seed gives one mixture, to the bit.
 *
 * Cost: O(N·K·D²) a step. Throws ShapeError unless x is a matrix and validation has its columns, DomainError for no rows, numbers that are not finite, more
 * components than rows; NotPositiveDefiniteError when a column is constant or depends linearly on those before it.
 * Reference: Dempster, Laird & Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm, J. R. Stat. Soc. B 39, pp. 1–38.
 *
 * @example
 * const noise = new Random(1).normal([100, 1]);
 * const fitted = fitMixture(concat([sub(noise, 5), add(noise, 5)], 0), { random: new Random(1) });
 * fitted.components; // 2
 */
export function fitMixture(x: Tensor, options: FitMixtureOptions): FittedMixture {
  checkTensor("fitMixture", "x", x);
  checkOptions("fitMixture", options, {
    random: true,
    components: true,
    mostComponents: true,
    validation: true,
    tolerance: true,
    iterations: true,
  });
  const { components, mostComponents = Number.POSITIVE_INFINITY, tolerance = 1e-4, iterations = 200 } = options;
  const random = checkRandom("fitMixture", options.random);
  checkRange("fitMixture", "tolerance", tolerance, 0, Number.POSITIVE_INFINITY);
  checkCount("fitMixture", "iterations", iterations, 0);
  if (components !== undefined) checkCount("fitMixture", "components", components, 1);
  if (options.mostComponents !== undefined) checkCount("fitMixture", "mostComponents", mostComponents, 1);
  const { training, heldOut } = partsOf(x, options, random);
  const { rows, mean, unit } = standardise("fitMixture", training);
  const { N, D } = rows;
  if (components !== undefined && components > N)
    throw new DomainError(`fitMixture: at most one component for each of ${N} rows; got ${components}`);
  const others = heldOut === undefined ? null : inUnits(heldOut, mean, unit);
  const parameters = 1 + D + (D * (D + 1)) / 2;
  const allowed = (K: number): boolean => K === 1 || (K <= mostComponents && 2 * K * parameters <= N * D);
  const ladder = components === undefined ? LADDER.filter(allowed) : [components];

  let best: { fit: Fit; validation: number | null } | undefined;
  let worse = 0;
  for (const K of ladder) {
    const fit = fitTo(rows, K, random, { tolerance, iterations });
    const validation = others === null ? null : expectation(others, fit.gaussians);
    if (best === undefined || Number(validation) > Number(best.validation)) {
      best = { fit, validation };
      worse = 0;
    } else if (++worse === WORSE_IN_A_ROW) break;
  }
  const { fit, validation } = best as NonNullable<typeof best>;
  const volume = unit.reduce((sum, value) => sum + log(value), 0); // p(x) = p(z)/Π s_j
  return Object.assign(asMixture(fit.gaussians, mean, unit), {
    components: fit.gaussians.logWeights.length,
    logLikelihood: fit.logLikelihood - volume,
    validation: validation === null ? null : validation - volume,
    iterations: fit.iterations,
  });
}

/** The rows to fit, and those to choose by. */
function partsOf(
  x: Tensor,
  { components, validation }: FitMixtureOptions,
  random: Random,
): { training: Tensor; heldOut?: Tensor } {
  if (validation !== undefined) {
    const M = checkBatch("fitMixture", validation, x.shape.slice(1));
    if (M === 0) throw new DomainError("fitMixture: validation needs at least one row; got none");
    const index = firstNonFinite(validation);
    if (index === null) return { training: x, heldOut: validation };
    throw new DomainError(
      `fitMixture: validation must be finite; got ${validation.at(...index)} at ${formatShape(index)}`,
    );
  }
  const [N, D] = x.shape;
  if (components !== undefined || x.rank !== 2 || N === 0) return { training: x };
  const parts = splitRows("fitMixture", groupEqualRows(x), [Math.max(1, Math.round(N / 10))], random);
  const [heldOut, training] = parts.map((chosen) => {
    const data = new Float64Array(chosen.length * D);
    chosen.forEach((from, i) => {
      data.set(x.data.subarray(from * D, (from + 1) * D), i * D);
    });
    return new Tensor(data, [chosen.length, D]);
  });
  return { training, heldOut };
}

/** K Gaussians in standardised units. */
interface Fit {
  readonly gaussians: Gaussians;
  readonly logLikelihood: number;
  readonly iterations: number;
}

/** Steps until one gains less than the tolerance; if the ridge makes the last one a loss, the one before it counts. */
function fitTo(
  rows: StandardRows,
  K: number,
  random: Random,
  { tolerance, iterations }: { readonly tolerance: number; readonly iterations: number },
): Fit {
  const { N, D } = rows;
  let moments = kMeans(rows, K, random);
  let best: Fit | undefined;
  for (let step = 0; ; step++) {
    const gaussians = maximization("fitMixture", moments, N, D);
    moments = new Moments(gaussians.logWeights.length, D);
    const logLikelihood = expectation(rows, gaussians, moments);
    const gain = best === undefined ? Number.POSITIVE_INFINITY : logLikelihood - best.logLikelihood;
    if (best === undefined || gain > 0) best = { gaussians, logLikelihood, iterations: step };
    if (!(gain >= tolerance) || step === iterations) return best;
  }
}

/** The mixture in the units of x. */
function asMixture({ logWeights, means, factors }: Gaussians, mean: Tensor, unit: Float64Array): Distribution {
  const D = unit.length;
  const components = Array.from(logWeights, (_, k) =>
    multivariateNormal({
      loc: new Tensor(
        unit.map((value, j) => mean.data[j] + value * means[k * D + j]),
        [D],
      ),
      scaleTril: new Tensor(
        factors.subarray(k * D * D, (k + 1) * D * D).map((value, i) => value * unit[Math.floor(i / D)]),
        [D, D],
      ),
    }),
  );
  return mixture({ logits: new Tensor(logWeights, [logWeights.length]), components });
}
