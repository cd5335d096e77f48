/**
 * The same models in jax-js, float32, a whole step compiled. An array is gone when a function has taken it: `ref` keeps it for once
 * more.
 */
export function jaxModels({ numpy: np, jit, valueAndGrad }) {
  const array = ({ data, shape }) => np.array(Float32Array.from(data)).reshape([...shape]);
  const zerosLike = ({ data, shape }) => array({ data: new Float32Array(data.length), shape });
  const [beta1, beta2, eps] = [0.9, 0.999, 1e-8];

  function net(parameters, x) {
    let h = x;
    for (let k = 0; k < parameters.length; k += 2) {
      const affine = np.dot(h, parameters[k]).add(parameters[k + 1]);
      h = k < parameters.length - 2 ? np.tanh(affine) : affine;
    }
    return h;
  }

  function training(initial, lossOf, data, rate) {
    const compiled = jit((parameters, m, v, powers, inputs) => {
      const [loss, grads] = valueAndGrad(lossOf)(
        parameters.map((each) => each.ref),
        inputs,
      );
      const power1 = powers[0].mul(beta1);
      const power2 = powers[1].mul(beta2);
      const correction1 = np.subtract(1, power1.ref);
      const correction2 = np.subtract(1, power2.ref);
      const nextM = m.map((each, k) => each.mul(beta1).add(grads[k].ref.mul(1 - beta1)));
      const nextV = v.map((each, k) => each.mul(beta2).add(np.square(grads[k]).mul(1 - beta2)));
      const next = parameters.map((theta, k) => {
        const mean = nextM[k].ref.div(correction1.ref);
        const deviation = np.sqrt(nextV[k].ref.div(correction2.ref));
        return theta.sub(mean.mul(rate).div(deviation.add(eps)));
      });
      correction1.dispose();
      correction2.dispose();
      return [next, nextM, nextV, [power1, power2], loss];
    });
    let state = [initial.map(array), initial.map(zerosLike), initial.map(zerosLike), [np.array(1), np.array(1)]];
    return () => {
      const [parameters, m, v, powers, loss] = compiled(
        ...state,
        data.map((each) => each.ref),
      );
      state = [parameters, m, v, powers];
      return loss.dataSync()[0];
    };
  }

  return {
    regression({ parameters, x, y, rate }) {
      const loss = (leaves, [inputs, targets]) => np.mean(np.square(net(leaves, inputs).sub(targets)));
      return training(parameters, loss, [array(x), array(y)], rate);
    },
    realNvp({ blocks, x, rate }) {
      const size = blocks[0].length;
      const column = (z, k) => z.slice([], [k, k + 1]);
      function loss(leaves, [data]) {
        let z = data;
        let logDet = np.zeros([x.shape[0]]);
        for (let k = 0; k < blocks.length; k++) {
          const [shift, logScale, ...parameters] = leaves.slice(k * size, (k + 1) * size);
          z = z.sub(shift).mul(np.exp(logScale.ref.neg()));
          const passing = column(z.ref, k % 2 === 0 ? 1 : 0);
          const moved = column(z, k % 2 === 0 ? 0 : 1);
          const raw = net(parameters, passing.ref);
          const logSigma = np.tanh(column(raw.ref, 0).mul(0.5)).mul(2);
          const after = moved.sub(column(raw, 1)).mul(np.exp(logSigma.ref.neg()));
          z = np.concatenate(k % 2 === 0 ? [after, passing] : [passing, after], 1);
          logDet = logDet.sub(np.sum(logSigma, 1)).sub(np.sum(logScale));
        }
        const logBase = np
          .sum(np.square(z), 1)
          .mul(-0.5)
          .sub(Math.log(2 * Math.PI));
        return np.mean(logBase.add(logDet)).neg();
      }
      return training(blocks.flat(), loss, [array(x)], rate);
    },
  };
}
