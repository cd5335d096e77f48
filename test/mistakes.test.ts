import * as lib from "diffeo";
import { DiffeoError, Random, tensor } from "diffeo";
import { describe, expect, it } from "vitest";

// The mistakes that everybody makes first: the message names the function that was called, says the rule and what came, and how it is right.

const random = new Random(1);
/** Calls as programs without types make them. */
// biome-ignore lint/suspicious/noExplicitAny: without types, as it says
const any = lib as any;

/** Fails unless the call throws a typed error with that message. */
function expectMessage(call: () => unknown, code: string, message: string): void {
  let came: unknown;
  try {
    call();
  } catch (error) {
    came = error;
  }
  expect(came).toBeInstanceOf(DiffeoError);
  expect(came).toMatchObject({ code, message });
}

/** A mistake: a sentence, the call, and the error. */
type Mistake = readonly [sentence: string, call: () => unknown, code: string, message: string];

const RANDOM = "random must be a Random, for instance new Random(1); got undefined";
const WIDTHS = "hidden is a list of widths ≥ 1, as [64, 64]";
const one = { inputs: 1, outputs: 1, random };

const distributions: readonly Mistake[] = [
  [
    "points are a Tensor, not a list",
    () => any.twoMoons().logProb([[1, 2]]),
    "DOMAIN",
    "twoMoons: x must be a Tensor, as tensor(…) makes it; got [[1,2]]",
  ],
  ["a sample needs a Random", () => any.twoMoons().sample(3), "DOMAIN", `twoMoons.sample: ${RANDOM}`],
  [
    "the number of points comes before the Random",
    () => any.standardNormal([2]).sample(random, 3),
    "DOMAIN",
    "standardNormal.sample: n must be an integer ≥ 0; got Random",
  ],
  [
    "nobody can draw −1 points",
    () => any.rings().sample(-1, random),
    "DOMAIN",
    "rings.sample: n must be an integer ≥ 0; got -1",
  ],
  [
    "the number of points is a number",
    () => any.logistic({ loc: 0, scale: 1 }).sample("3", random),
    "DOMAIN",
    'logistic.sample: n must be an integer ≥ 0; got "3"',
  ],
  [
    "no more points are drawn than can be held",
    () => any.checkerboard().sample(2 ** 31, random),
    "LIMIT",
    "checkerboard.sample: at most 1073741824 elements; got [2147483648,2]",
  ],
  [
    "the shape of points is a list",
    () => any.standardNormal(2),
    "DOMAIN",
    "standardNormal: a shape is an array of integers; got 2",
  ],
  [
    "an unknown option is not ignored",
    () => any.diagonalNormal({ loc: 0, logscale: 0 }),
    "DOMAIN",
    'diagonalNormal: unknown option "logscale"; did you mean "logScale"?',
  ],
  ["options have names", () => any.laplace(0, 1), "DOMAIN", "laplace: options must be an object { loc, scale }; got 0"],
  [
    "a mixture is one of distributions",
    () => any.mixture({ logits: tensor([0]), components: [3] }),
    "DOMAIN",
    "mixture: component 0 must be a distribution; got 3",
  ],
];

const data: readonly Mistake[] = [
  [
    "integers are a Tensor, not a list",
    () => any.dequantize([1], 2, random),
    "DOMAIN",
    "dequantize: integers must be a Tensor, as tensor(…) makes it; got [1]",
  ],
  ["dequantizing needs a Random", () => any.dequantize(tensor([1]), 2), "DOMAIN", `dequantize: ${RANDOM}`],
  [
    "an energy is evaluated at a Tensor",
    () => any.energyU1().logProb([[1, 2]]),
    "DOMAIN",
    "energyU1: x must be a Tensor, as tensor(…) makes it; got [[1,2]]",
  ],
];

const nets: readonly Mistake[] = [
  ["hidden layers are a list", () => any.mlp({ ...one, hidden: 32 }), "DOMAIN", `mlp: ${WIDTHS}; got 32`],
  ["a hidden layer has a width", () => any.convNet({ ...one, hidden: [0] }), "DOMAIN", `convNet: ${WIDTHS}; got [0]`],
  [
    "a list with a hole in it has no width there",
    () => any.residualMlp({ ...one, hidden: new Array(2) }),
    "DOMAIN",
    `residualMlp: ${WIDTHS}; got [,]`,
  ],
  [
    "an unknown option of a net is not ignored",
    () => any.maskedMlp({ dimensions: 2, outputsPerDimension: 1, random, hiden: [3] }),
    "DOMAIN",
    'maskedMlp: unknown option "hiden"; did you mean "hidden"?',
  ],
  ["a net needs a Random", () => any.mlp({ inputs: 1, outputs: 1 }), "DOMAIN", `mlp: ${RANDOM}`],
  [
    "a number of inputs is a number",
    () => any.linear({ ...one, inputs: "1" }),
    "DOMAIN",
    'linear: inputs must be an integer ≥ 0; got "1"',
  ],
  [
    "a net that nobody can hold is not begun",
    () => any.mlp({ ...one, hidden: [2 ** 20, 2 ** 20] }),
    "LIMIT",
    "mlp: at most 1073741824 elements; got [1048576,1048576]",
  ],
  [
    "a context is a Tensor",
    () => any.mlp({ ...one, context: 1 }).apply(tensor([[1]]), 3),
    "DOMAIN",
    "mlp: context must be a Tensor, as tensor(…) makes it; got 3",
  ],
];

const plot: readonly Mistake[] = [
  ["a picture is one of a Flow", () => any.pictureOf({}, {}), "DOMAIN", "pictureOf: draws a Flow; got Object"],
];

describe.each([
  ["distributions", distributions],
  ["data", data],
  ["nets", nets],
  ["plot", plot],
] as const)("%s", (_part, mistakes) => {
  it.each(mistakes)("%s", (_sentence, call, code, message) => expectMessage(call, code, message));
});
