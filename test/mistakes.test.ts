import * as lib from "diffeo";
import { DiffeoError, Random, tensor } from "diffeo";
import { describe, expect, it, vi } from "vitest";

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

const flow = lib.realNVP({ dimensions: 2, layers: 1, hidden: [2], random });
const conditional = lib.realNVP({ dimensions: 2, layers: 1, hidden: [2], context: 3, random });
const two = { dimensions: 2, random };
/** A bijection by hand, with that log-det. */
const byHand = (logDet: lib.Tensor) => ({
  ...lib.reverse({ dimensions: 2 }),
  forward: (x: lib.Tensor) => ({ z: x, logDet }),
});

const flows: readonly Mistake[] = [
  [
    "the points of a flow are a Tensor, not a list",
    () => flow.logProb([[1, 2]] as never),
    "DOMAIN",
    "logProb: x must be a Tensor, as tensor(…) makes it; got [[1,2]]",
  ],
  [
    "a Promise is to be awaited",
    () => flow.logProb(Promise.resolve(tensor([[1, 2]])) as never),
    "DOMAIN",
    "logProb: x must be a Tensor, as tensor(…) makes it; got a Promise: await it",
  ],
  ["a flow samples with a Random", () => flow.sample(3, undefined as never), "DOMAIN", `sample: ${RANDOM}`],
  ["a recipe needs a Random", () => any.realNVP({ dimensions: 2 }), "DOMAIN", `realNVP: ${RANDOM}`],
  [
    "a recipe takes options",
    () => any.nice(),
    "DOMAIN",
    "nice: options must be an object { dimensions, layers, base, conditioner, context, random, hidden, activation }; got undefined",
  ],
  [
    "a flow is no layer of a flow",
    () => any.compose(any.reverse({ dimensions: 2 }), flow),
    "DOMAIN",
    "compose: layer 1 must be a bijection; got Flow: take its .bijection",
  ],
  [
    "the base of a flow comes before its bijection",
    () => new any.Flow(flow.bijection, flow.base),
    "DOMAIN",
    "Flow: base, which comes first, must be a distribution; got compose",
  ],
  ["hidden: 32 is no list", () => any.realNVP({ ...two, hidden: 32 }), "DOMAIN", `realNVP: ${WIDTHS}; got 32`],
  ["hidden: [0] has no units", () => any.maf({ ...two, hidden: [0] }), "DOMAIN", `maf: ${WIDTHS}; got [0]`],
  [
    "a misspelt option of a recipe is not ignored",
    () => any.splineFlow({ ...two, hiden: [3] }),
    "DOMAIN",
    'splineFlow: unknown option "hiden"; did you mean "hidden"?',
  ],
  [
    "one coordinate has no coupling, and is told of autoregressive layers",
    () => any.splineFlow({ dimensions: 1, context: 1, random }),
    "DOMAIN",
    "splineFlow: D must be at least 2 for couplings; got 1: say autoregressive: true",
  ],
  [
    "−1 points are asked of sample",
    () => flow.sample(-1, random),
    "DOMAIN",
    "sample: n must be an integer ≥ 0; got -1",
  ],
  [
    "a shape is no number of points",
    () => flow.sample([1, 2] as never, random),
    "DOMAIN",
    "sample: n must be an integer ≥ 0; got [1,2]",
  ],
  [
    "a density that needs a context says which",
    () => conditional.logProb(tensor([[1, 2]])),
    "SHAPE",
    "logProb: needs a context of width 3; got none",
  ],
  [
    "samples that need a context say which",
    () => conditional.sample(3, random),
    "SHAPE",
    "sample: needs a context of width 3; got none",
  ],
  [
    "an option of another library is not ignored",
    () => any.inverseAutoregressive({ ...two, passes: 2 }),
    "DOMAIN",
    'inverseAutoregressive: unknown option "passes"; known are dimensions, element, conditioner, hidden, residual, activation, order, dependencies, masks, context, random',
  ],
  [
    "more layers than anybody can hold are not begun",
    () => any.realNVP({ ...two, layers: 2 ** 31 }),
    "LIMIT",
    "realNVP: at most 10000 layers; got 2147483648",
  ],
  [
    "a log-det of one number for all points is not stretched",
    () => lib.compose(byHand(lib.zeros([1])) as never).forward(lib.zeros([3, 2])),
    "SHAPE",
    "reverse: logDet must be [3]; got Tensor [1]",
  ],
  [
    "a log-det of each coordinate is not one of each point",
    () => new lib.Flow(lib.standardNormal([2]), byHand(lib.zeros([3, 2])) as never).logProb(lib.zeros([3, 2])),
    "SHAPE",
    "reverse: logDet must be [3]; got Tensor [3,2]",
  ],
  [
    "a base of one's own gives one log-density for each point",
    () =>
      new lib.Flow({ ...lib.standardNormal([2]), logProb: () => lib.variable([0]) }, flow.bijection).logProb(
        lib.zeros([3, 2]),
      ),
    "SHAPE",
    "Flow: logProb of the base must give [3]; got [1]",
  ],
  [
    "a mask is a list",
    () => any.affineCoupling({ ...two, mask: 3 }),
    "SHAPE",
    "affineCoupling: the mask needs one entry per coordinate; got 3 for D = 2",
  ],
];

describe.each([
  ["flows", flows],
  ["distributions", distributions],
  ["data", data],
  ["nets", nets],
  ["plot", plot],
] as const)("%s", (_part, mistakes) => {
  it.each(mistakes)("%s", (_sentence, call, code, message) => expectMessage(call, code, message));
});

describe("what another copy of diffeo has made", () => {
  it.each([
    ["points", (copy: typeof lib) => flow.logProb(copy.tensor([[1, 2]])), "logProb: x must be a Tensor"],
    [
      "a layer",
      (copy: typeof lib) => lib.compose(copy.actNorm({ dimensions: 2 })),
      "compose: layer 0 must have a list of Parameters",
    ],
    [
      "a base",
      ({ diagonalNormal, parameter }: typeof lib) =>
        new lib.Flow(diagonalNormal({ loc: parameter([0, 0]), logScale: 0 }), flow.bijection),
      "Flow: base, which comes first, must have a list of Parameters",
    ],
  ] as const)("%s: the message says so", async (_what, call, message) => {
    vi.resetModules();
    const copy = await import("diffeo");
    expect(copy.Tensor).not.toBe(lib.Tensor);
    expect(() => call(copy)).toThrow(message);
    expect(() => call(copy)).toThrow(/of another copy of diffeo: load one copy only/);
    expect(() => call(copy)).toThrow(DiffeoError);
  });
});
