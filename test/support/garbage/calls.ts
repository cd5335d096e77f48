import * as lib from "diffeo";
import { parameter, Random, tensor, zeros } from "diffeo";

// How each public function is called rightly, once for each form that it has. A call with garbage differs from one of these in a place or
// two, so that garbage gets past the first check.

/** Makes the arguments of one call, anew each time. */
export type Call = () => unknown[];
type Calls = Readonly<Record<string, readonly Call[]>>;

const random = (): Random => new Random(1);
const points = (): lib.Tensor => random().normal([4, 2]);
const nothing: Call = () => [];
const image = { channels: 2, height: 2, width: 2 };
const reverse = (): lib.Bijection => lib.reverse({ dimensions: 2 });
const flow = (): lib.Flow => lib.realNVP({ dimensions: 2, layers: 1, hidden: [2], random: random() });

const given = (): lib.Flow => lib.realNVP({ dimensions: 2, layers: 1, hidden: [2], context: 1, random: random() });

const hidden = () => ({ hidden: [3], activation: "tanh", context: 1, random: random() });
const net = () => ({ inputs: 2, outputs: 3, ...hidden() });
const maskedNet = () => ({ dimensions: 2, outputsPerDimension: 2, residual: false, ...hidden() });

export const NETS: Calls = {
  linear: [() => [{ inputs: 2, outputs: 3, context: 1, random: random(), start: "random" }]],
  mlp: [() => [net()]],
  residualMlp: [() => [net()]],
  convNet: [() => [{ ...net(), kernels: [3, 1] }]],
  maskedMlp: [
    () => [{ ...maskedNet(), order: [1, 0] }],
    () => [{ ...maskedNet(), residual: true, dependencies: [new Uint8Array(2), [1, 0]] }],
    () => [{ ...maskedNet(), hidden: [], masks: [[0, 0, 1, 0, 0, 0, 1, 0]] }],
  ],
  readConditioner: [() => [lib.linear({ inputs: 1, outputs: 1, random: random() }).definition, placeOf()]],
};

const locationScale: Call = () => [{ loc: tensor([0, 1]), scale: parameter(1) }];
const normal = (): lib.Distribution => lib.diagonalNormal({ loc: tensor([0, 1]), logScale: 0 });

export const DISTRIBUTIONS: Calls = {
  standardNormal: [() => [[2]]],
  diagonalNormal: [() => [{ loc: tensor([0, 1]), logScale: 0 }]],
  multivariateNormal: [
    () => [{ loc: tensor([0, 1]), scaleTril: tensor([[1, 0], [1, 2]]) }], // biome-ignore format: a matrix
    () => [{ loc: 0, lower: parameter(zeros([2, 2])), logDiagonal: zeros([2]) }],
  ],
  effectiveSampleSize: [() => [lib.tensor([0, -1, 0.5])]],
  fitNormal: [() => [points()]],
  fitMixture: [
    () => [points(), { random: random(), components: 2, tolerance: 1e-3, iterations: 3, validation: points() }],
    () => [points(), { random: random() }],
  ],
  uniform: [() => [{ low: 0, high: tensor([1, 2]) }]],
  laplace: [locationScale],
  logistic: [locationScale],
  studentT: [() => [{ df: 3, loc: tensor([0, 1]), scale: 1 }]],
  mixture: [() => [{ logits: tensor([0, 1]), components: [normal(), lib.standardNormal([2])] }]],
  klDivergence: [() => [normal(), lib.standardNormal([2])]],
  readDistribution: [() => [normal().definition, placeOf()]],
};

export const DATA: Calls = {
  ...Object.fromEntries(
    ["checkerboard", "circles", "eightGaussians", "pinwheel", "rings", "swissRoll", "twoMoons", "twoSpirals"].map(
      (name) => [name, [nothing]],
    ),
  ),
  ...Object.fromEntries(["energyU1", "energyU2", "energyU3", "energyU4"].map((name) => [name, [nothing]])),
  dequantize: [() => [tensor([0, 3]), 4, random()]],
  bitsPerDim: [() => [-1, 2, 4], () => [tensor([-1, -2]), 2, 4], () => [parameter([-1, -2]), 2, 4]],
};

const curve = () => ({
  train: [{ step: 1, value: 2 }],
  validation: [],
  unit: "nats",
  reference: { value: 1, label: "" },
});
const texts = () => ({ title: "a title", caption: "a caption", axes: ["x₁", "x₂"], curve: curve() });
const grid = () => ({ logDensity: new Float64Array(6), columns: 3, rows: 2, x: [0, 1], y: [0, 1] });
const picture = () => ({
  ...texts(),
  steps: [{ label: "x", points: points() }, { label: "z", points: points() }], // biome-ignore format: a list
  learned: grid(),
  learnedLabel: "learned",
  exact: grid(),
  data: points(),
  samples: points(),
});
const ofOne = () => new lib.Flow(lib.standardNormal([1]), lib.elementwiseAffine({ dimensions: 1 }));

const plane = () => ({ title: "a title", caption: "a caption", x: [0, 1], y: [0, 1], compare: "column" });
const logDensity = (x: lib.Tensor): lib.Tensor => lib.standardNormal([2]).logProb(x);

export const PLOT: Calls = {
  cornerPicture: [
    () => [{ title: "a title", caption: "", data: points(), samples: points(), names: ["a", "b"] }],
    () => [{ title: "a title", data: points() }],
  ],
  densityPicture: [
    () => [{ ...plane(), panels: [{ title: "a", logProb: logDensity, nats: 3 }] }, (bytes: Uint8Array) => bytes],
    () => [{ ...plane(), axes: ["a", "b"], panels: [{ values: logDensity, valuesLabel: "a" }] }],
    () => [{ ...plane(), rows: [{ label: "", panels: [{ difference: [logDensity, logDensity], data: points() }] }] }],
  ],
  imagesPicture: [
    () => [
      { title: "a title", caption: "", rows: [{ label: "a", images: random().normal([1, 2, 2]) }], range: [0, 1] },
      (bytes: Uint8Array) => bytes,
    ],
  ],
  waterfallPicture: [() => [{ title: "a title", caption: "", flow: flow(), x: tensor([1, 2]) }]],
  flowPicture: [() => [picture(), (bytes: Uint8Array) => bytes]],
  gridPicture: [
    () => [
      {
        title: "",
        caption: "",
        panels: [
          {
            title: "",
            note: "",
            map: reverse(),
            x: [0, 1],
            y: [0, 1],
            view: { x: [0, 1], y: [0, 1] },
            points: points(),
            cells: 2,
          },
        ],
      },
    ],
    () => [{ title: "", panels: [{ title: "", map: (x: lib.Tensor) => x }] }],
  ],
  heatmapPicture: [
    () => [
      {
        title: "",
        caption: "",
        symmetric: false,
        panels: [{ title: "", note: "", values: points(), rowLabels: ["", "", "", ""], columnLabels: ["a", "b"] }],
      },
    ],
  ],
  massPicture: [() => [{ title: "", caption: "", flow: ofOne(), x: [0, 1], bars: 2 }]],
  modelPicture: [
    () => [flow(), { title: "a title", caption: "", names: ["a", "b"], data: points(), random: random() }],
    () => [
      given(),
      { title: "a title", names: ["a", "b"], random: random(), context: tensor([[1]]), contextLabel: "c" },
    ],
  ],
  pictureOf: [() => [flow(), { ...texts(), data: points(), exact: lib.twoMoons(), random: random() }]],
};

const spline = () => ({
  bins: 3,
  tails: "linear",
  minimumBinWidth: 0.01,
  minimumBinHeight: 0.01,
  minimumDerivative: 0.1,
});
const ofImages = () => ({ dimensions: [2, 2, 2], mask: [1, 0, 0, 1, 1, 0, 0, 1], ...hidden(), kernels: [3, 1] });
const affine = () => ({ logScale: "softplus", c: 0.1 });
const coupling = () => ({ dimensions: 2, mask: [1, 0], ...hidden() });
const recipe = () => ({ dimensions: 2, layers: 2, ...hidden(), base: lib.diagonalBase() });
const elementwise: readonly Call[] = [() => [{ dimensions: 2 }], () => [{ dimensions: [2, 2, 2] }]];
const linearStart: readonly Call[] = [
  () => [{ dimensions: 2, random: random() }],
  () => [{ weight: tensor([[1, 0], [1, 2]]) }], // biome-ignore format: a matrix
];
const autoregressive: readonly Call[] = [
  () => [{ dimensions: 2, ...hidden(), residual: true, order: "random", element: lib.splineElement() }],
  () => [{ dimensions: 2, conditioner: lib.maskedMlp(maskedNet() as lib.MaskedMlpOptions), random: random() }],
];
const rebuilding = () => ({ buffers: new Map(), limit: 1000, layers: { mine: reverse } });

export const FLOWS: Calls = {
  permutation: [
    () => [{ permutation: [1, 0] }],
    () => [{ permutation: [1, 0], height: 2, width: 2 }],
    () => [{ dimensions: 2, random: random() }],
    () => [{ ...image, random: random() }],
  ],
  reverse: [() => [{ dimensions: 2 }]],
  sampleGiven: [
    () => [
      lib.realNVP({ dimensions: 2, layers: 1, random: random() }),
      2,
      random(),
      { given: new Map([[0, 0.5]]), proposals: 20 },
    ],
  ],
  standardization: [() => [points()]],
  actNorm: [() => [{ dimensions: 2, initialized: false }], () => [image]],
  elementwiseAffine: [() => [{ dimensions: 2, signs: [1, -1] }]],
  tanhFlow: elementwise,
  sigmoidFlow: elementwise,
  expFlow: elementwise,
  softplusFlow: elementwise,
  leakyReluFlow: [() => [{ dimensions: 2, slope: 0.1 }]],
  logitFlow: [() => [{ dimensions: 2, alpha: 0.1 }]],
  logTails: [() => [{ dimensions: 2, threshold: 2 }]],
  elementwiseSpline: [() => [{ dimensions: 2, ...spline() }]],
  diagonalLinear: [() => [{ dimensions: 2 }], () => [{ weight: tensor([1, -2]) }]],
  triangularLinear: [
    () => [{ dimensions: 2, lower: false }],
    () => [
      {
        weight: tensor([
          [1, 0],
          [1, 2],
        ]),
        lower: true,
      },
    ],
  ],
  luLinear: linearStart,
  fullLinear: linearStart,
  qrLinear: [...linearStart, () => [{ dimensions: 2, random: random(), reflections: 2 }]],
  orthogonalLinear: [
    () => [{ dimensions: 2, random: random(), reflections: 2, parametrization: "householder" }],
    () => [{ weight: tensor([[0, 1], [1, 0]]), parametrization: "cayley" }], // biome-ignore format: a matrix
  ],
  conv1x1: [
    () => [{ ...image, parametrization: "qr", random: random(), reflections: 2 }],
    () => [{ ...image, parametrization: "lu", weight: tensor([[1, 0], [1, 2]]) }], // biome-ignore format: a matrix
  ],
  coupling: [
    () => [
      { dimensions: 2, mask: [1, 0], element: lib.affineElement(), conditioner: lib.mlp, context: 1, random: random() },
    ],
  ],
  affineCoupling: [() => [{ ...coupling(), ...affine() }], () => [{ ...ofImages(), shift: (b: lib.Variable) => b }]],
  additiveCoupling: [() => [coupling()], () => [ofImages()]],
  splineCoupling: [() => [{ ...coupling(), ...spline() }]],
  maskedAutoregressive: autoregressive,
  inverseAutoregressive: autoregressive,
  squeezeImage: [() => [{ ...image, factor: 2 }]],
  multiScale: [() => [{ scales: [reverse(), lib.reverse({ dimensions: 1 })] }]],
  affineElement: [() => [affine()], () => [{ maximumLogScale: 1, shift: (b: lib.Variable) => b }]],
  additiveElement: [nothing],
  splineElement: [() => [{ ...spline(), bound: 2 }], () => [{ bins: 2, left: 0, right: 1, tails: "none" }]],
  halvesMask: [() => [3]],
  alternatingMask: [() => [3]],
  checkerboardMask: [() => [1, 2, 2]],
  channelMask: [() => [2, 2, 2]],
  complement: [() => [[1, 0]]],
  nice: [() => [recipe()]],
  realNVP: [
    () => [{ ...recipe(), ...affine() }],
    () => [{ ...recipe(), dimensions: [1, 2, 2], levels: 1, kernels: [3, 1] }],
  ],
  maf: [() => [{ ...recipe(), element: lib.affineElement(), residual: false }]],
  iaf: [() => [recipe()]],
  splineFlow: [() => [{ ...recipe(), ...spline() }], () => [{ ...recipe(), ...spline(), autoregressive: true }]],
  glow: [() => [{ ...image, levels: 1, steps: 1, ...hidden(), parametrization: "lu", base: lib.diagonalBase() }]],
  ensemble: [() => [[flow(), flow()], { weights: [0.25, 0.75] }]],
  diagonalBase: [nothing],
  normalBase: [nothing],
  mixtureBase: [() => [{ components: 2 }]],
  layer: [() => [ownLayer()]],
  compose: [() => [reverse(), lib.actNorm({ dimensions: 2 })]],
  invert: [() => [reverse()]],
  Flow: [() => [lib.standardNormal([2]), reverse()]],
  bijectionFrom: [
    () => [{ type: "mine", option: 1 }, rebuilding()],
    () => [lib.compose(reverse(), lib.expFlow({ dimensions: 2 })).definition, rebuilding()],
    () => [flow().bijection.definition, { buffers: flow().bijection.buffers }],
  ],
  flowFrom: [() => [flow().definition, { buffers: flow().bijection.buffers }]],
  readLayer: [() => [reverse().definition, placeOf()]],
  namedParameters: [() => [flow()]],
  checkBijection: [
    () => [reverse(), { random: random(), points: 1, parameters: "near", draw: draws(), gradients: true }],
  ],
};

/** A layer of one's own, with everything that one may say. */
function ownLayer(): lib.LayerOptions {
  const { forward, inverse } = reverse();
  const [parts, buffers] = [[reverse()], new Map([["known", tensor(1)]])];
  const rest = { parameters: [parameter(1)], parts, buffers, context: 1, cost: { forward: "sequential" } as const };
  const definition = { type: "own", option: 1 };
  return { shape: [2], latentShape: [2], ...rest, definition, initialize: () => undefined, forward, inverse };
}

function draws(): lib.CheckBijectionOptions["draw"] {
  return (source, shape) => source.normal(shape);
}

/** Where in a definition something stands, as layers of one's own are told. */
function placeOf(): unknown {
  let place: unknown;
  lib.bijectionFrom(
    { type: "mine" },
    {
      layers: {
        mine: (_definition, at) => {
          place = at;
          return reverse();
        },
      },
    },
  );
  return place;
}
