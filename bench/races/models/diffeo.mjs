import {
  actNorm,
  adam,
  affineCoupling,
  alternatingMask,
  complement,
  compose,
  Flow,
  grad,
  mean,
  mlp,
  Random,
  square,
  standardNormal,
  sub,
  train,
} from "../../../dist/index.js";

/** A step of Adam on the mean square of an MLP's errors: () => loss. */
export function regression({ sizes: [inputs, ...hidden], parameters, x, y, rate }) {
  const net = mlp({ inputs, hidden, outputs: hidden.pop(), random: new Random(1) });
  net.parameters.forEach((parameter, k) => {
    parameter.assign(parameters[k]);
  });
  const optimizer = adam(net.parameters, { learningRate: rate });
  return () => {
    const loss = mean(square(sub(net.apply(x), y)));
    optimizer.step(grad(loss, net.parameters));
    return loss.item();
  };
}

/** RealNVP of two coordinates, with the widths of its nets, as the peers write it: nothing is standardised by statistics of the data. */
export function realNvpOf(layers, hidden) {
  const random = new Random(1);
  const even = alternatingMask(2);
  const blocks = Array.from({ length: layers }, (_, k) => [
    actNorm({ dimensions: 2, initialized: true }),
    affineCoupling({ dimensions: 2, mask: k % 2 === 0 ? even : complement(even), hidden, random }),
  ]);
  return new Flow(standardNormal([2]), compose(...blocks.flat()));
}

/** A step of `train`, which also shuffles the rows, and looks for NaN. */
export function realNvp({ flow, x, rate }) {
  const options = { random: new Random(2), batchSize: x.shape[0], steps: Number.MAX_SAFE_INTEGER, learningRate: rate };
  const steps = train(flow, x, options);
  return () => steps.next().value.loss;
}
