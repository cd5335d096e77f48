import { DomainError, describeValue } from "./errors.ts";

/** The options that are there: `undefined` must not hide a default. */
export function defined<Options extends object>(options: Options): { [K in keyof Options]?: NonNullable<Options[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** The names of the options; for a union of interfaces, those of all of them. */
type NameOf<Options> = Options extends unknown ? keyof Options & string : never;

/** The names of all options, each once: the compiler refuses a literal with one too few or too many. */
export type Known<Options> = { readonly [Name in NameOf<Options>]: true };

/**
 * Throws DomainError unless `options` is an object without names that are not known: a misspelt option would be ignored. The
 * message says which name may have been meant.
 *
 * @example
 * const known = { learningRate: true, momentum: true };
 * checkOptions("sgd", { momentun: 0.9 }, known); // throws DomainError: sgd: unknown option "momentun"; did you mean "momentum"?
 */
export function checkOptions<Options>(operation: string, options: Options, known: Known<Options>): void {
  const names = Object.keys(known);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new DomainError(
      `${operation}: options must be an object { ${names.join(", ")} }; got ${describeValue(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    const remedy = meant === undefined ? `known are ${names.join(", ")}` : `did you mean "${meant}"?`;
    throw new DomainError(`${operation}: unknown option ${describeValue(name)}; ${remedy}`);
  }
}

/** What others call the same, in small letters. */
const SYNONYMS: { readonly [name: string]: readonly string[] } = {
  learningRate: ["lr", "eta", "rate", "stepsize"],
  weightDecay: ["wd", "decay", "l2"],
  steps: ["iterations", "iters", "numsteps", "maxsteps", "tmax"],
  epochs: ["numepochs", "maxepochs"],
  batchSize: ["batch"],
  clipNorm: ["clip", "maxnorm", "gradclip", "clipgradnorm"],
  objective: ["loss"],
  validation: ["valid", "val", "validationsplit"],
  patience: ["earlystopping"],
  freeze: ["frozen", "trainable", "fixed"],
  rateOf: ["lrscale", "ratefactor", "lrmult"],
  ema: ["averaging", "polyak", "swa", "emadecay"],
  schedule: ["scheduler"],
  onStep: ["callback"],
  eps: ["epsilon"],
  betas: ["beta1", "beta2"],
  minimum: ["etamin"],
  warmupSteps: ["warmup"],
  random: ["seed", "rng", "generator", "key"],
  context: ["conditioning", "contextsize", "contextdimensions"],
  dimensions: ["dim", "dims", "ndim", "size", "features"],
  layers: ["depth", "blocks", "transforms", "numlayers", "numblocks"],
  hidden: ["width", "units", "hiddensize", "hiddenunits", "hiddenfeatures"],
  activation: ["act", "nonlinearity"],
  bins: ["numbins"],
  base: ["prior"],
  loc: ["mean", "mu"],
  scale: ["std", "sigma"],
  logScale: ["std", "sigma", "scale"],
  scaleTril: ["covariance"],
  logits: ["weights"],
  separator: ["delimiter", "sep"],
};

/** The name that was probably meant: the same but for capitals and hyphens, a synonym, or one with at most two slips, and in no more than half of the letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = plainName(name);
  const same =
    names.find((known) => plainName(known) === plain) ?? names.find((known) => SYNONYMS[known]?.includes(plain));
  if (same !== undefined) return same;
  const slips = names.map((known) => distance(plain, plainName(known)));
  const fewest = Math.min(...slips);
  return fewest <= Math.min(2, plain.length / 2) ? names[slips.indexOf(fewest)] : undefined;
}

/** `learning_rate` and `LearningRate` are `learningrate`; what is too long to be a slip is cut. */
function plainName(name: string): string {
  return name.slice(0, 40).replaceAll(/[_-]/g, "").toLowerCase();
}

/**
 * The distance of Damerau and Levenshtein: how many letters must be inserted, left out, replaced or exchanged with their neighbour to
 * make b of a. d_ij is that between the first i and the first j letters.
 */
function distance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = d[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, replaced);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.length][b.length];
}
