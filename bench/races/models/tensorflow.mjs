/** The same models in TensorFlow.js, float32. */
export function tensorflowModels(tf) {
  const constant = ({ data, shape }) => tf.tensor(Float32Array.from(data), [...shape]);
  const variable = (each) => tf.variable(constant(each));

  function net(parameters, x) {
    let h = x;
    for (let k = 0; k < parameters.length; k += 2) {
      const affine = tf.add(tf.matMul(h, parameters[k]), parameters[k + 1]);
      h = k < parameters.length - 2 ? tf.tanh(affine) : affine;
    }
    return h;
  }

  function training(variables, lossOf, rate) {
    const optimizer = tf.train.adam(rate, 0.9, 0.999, 1e-8);
    return () => {
      const loss = optimizer.minimize(lossOf, true, variables);
      const [value] = loss.dataSync();
      loss.dispose();
      return value;
    };
  }

  return {
    regression({ parameters, x, y, rate }) {
      const variables = parameters.map(variable);
      const [inputs, targets] = [x, y].map(constant);
      return training(variables, () => tf.mean(tf.square(tf.sub(net(variables, inputs), targets))), rate);
    },
    realNvp({ blocks, x, rate }) {
      const variables = blocks.map((block) => block.map(variable));
      const data = constant(x);
      const column = (z, k) => tf.slice(z, [0, k], [-1, 1]);
      function loss() {
        let z = data;
        let logDet = tf.scalar(0);
        variables.forEach(([shift, logScale, ...parameters], k) => {
          z = tf.mul(tf.sub(z, shift), tf.exp(tf.neg(logScale)));
          const [passing, moved] = k % 2 === 0 ? [column(z, 1), column(z, 0)] : [column(z, 0), column(z, 1)];
          const raw = net(parameters, passing);
          const logSigma = tf.mul(tf.tanh(tf.mul(column(raw, 0), 0.5)), 2);
          const after = tf.mul(tf.sub(moved, column(raw, 1)), tf.exp(tf.neg(logSigma)));
          z = tf.concat(k % 2 === 0 ? [after, passing] : [passing, after], 1);
          logDet = tf.sub(tf.sub(logDet, tf.sum(logSigma, 1)), tf.sum(logScale));
        });
        const logBase = tf.sub(tf.mul(tf.sum(tf.square(z), 1), -0.5), Math.log(2 * Math.PI));
        return tf.neg(tf.mean(tf.add(logBase, logDet)));
      }
      return training(variables.flat(), loss, rate);
    },
  };
}
