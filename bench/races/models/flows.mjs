// The flows of the races against one library of Python.

import { glow, maf, Random, realNVP, splineFlow, Tensor, train, twoMoons } from "../../../dist/index.js";

const wide = (hidden) => hidden.join("×");
const normal = (D) => (count, random) => random.normal([count, D]);

/** For each its name, what it is made of, smaller sizes for a quick look, and its rows. */
export const FLOWS = {
  realNVP: {
    title: ({ layers, hidden }) => `RealNVP, ${layers} couplings, D = 2, hidden ${wide(hidden)}`,
    make: (options) => realNVP({ dimensions: 2, ...options }),
    sizes: { layers: 6, hidden: [64, 64] },
    small: { layers: 1, hidden: [8] },
    rows: (count, random) => twoMoons().sample(count, random),
  },
  maf: {
    title: ({ layers, hidden }) => `MAF, ${layers} layers, D = 8, hidden ${wide(hidden)}`,
    make: (options) => maf({ dimensions: 8, ...options }),
    sizes: { layers: 5, hidden: [64, 64] },
    small: { layers: 1, hidden: [8] },
    rows: normal(8),
  },
  spline: {
    title: ({ layers, bins, hidden }) => `spline couplings, ${layers} of ${bins} bins, D = 8, hidden ${wide(hidden)}`,
    make: (options) => splineFlow({ dimensions: 8, ...options }),
    sizes: { layers: 6, bins: 8, hidden: [64, 64] },
    small: { layers: 1, bins: 4, hidden: [8] },
    rows: normal(8),
  },
  autoregressiveSpline: {
    title: ({ layers, bins, hidden }) =>
      `autoregressive splines, ${layers} layers of ${bins} bins, D = 10, hidden ${wide(hidden)}`,
    make: (options) => splineFlow({ dimensions: 10, autoregressive: true, ...options }),
    sizes: { layers: 5, bins: 8, hidden: [64, 64] },
    small: { layers: 1, bins: 4, hidden: [8] },
    rows: normal(10),
  },
  glow: {
    title: ({ levels, steps, hidden }) =>
      `Glow, ${levels} levels of ${steps} steps, images 1×8×8, convNet ${wide(hidden)}`,
    make: (options) => glow({ channels: 1, height: 8, width: 8, ...options }),
    sizes: { levels: 2, steps: 4, hidden: [32, 32] },
    small: { levels: 1, steps: 1, hidden: [4] },
    rows: (count, random) => random.normal([count, 1, 8, 8]),
  },
};

/** A flow, so many rows and a rate, from a start where every layer does something: nets begin with last maps of zeros. */
export function startOf(name, sizes, count) {
  const { make, rows } = FLOWS[name];
  const random = new Random(1);
  const flow = make({ ...sizes, random });
  const x = rows(count, random);
  flow.bijection.initialize(x);
  for (const parameter of flow.parameters) {
    if (parameter.data.some((value) => value !== 0)) continue;
    const noise = random.normal(parameter.shape).data.map((value) => 0.05 * value);
    parameter.assign(new Tensor(noise, parameter.shape));
  }
  return { flow, x, rate: rateOf(sizes) };
}

/** η of Adam for nets of 64 units in a layer; wider ones take smaller steps, or losses explode and amplify what rounding makes different. */
const rateOf = ({ hidden }) => (1e-3 * 64) / Math.max(64, ...hidden);
/** All must lose the same in so many steps. */
export const COMPARED = 10;

/** Training on all rows at once in each step, by `train`, which also shuffles them and looks for NaN. `options` are further ones of it. */
export const training = ({ flow, x, rate }, options) =>
  train(flow, x, { random: new Random(2), batchSize: x.shape[0], learningRate: rate, ...options });

/** The same step by step: `step()` gives a loss; `end()`, when there have been enough. */
export function stepping(start, options) {
  const steps = training(start, { steps: Number.MAX_SAFE_INTEGER, ...options });
  return { step: () => steps.next().value.loss, end: () => steps.return() };
}
