/** The same models on deepbox's tape, float64; its weights are [inputs, outputs]: products with a transpose are slow there. */
export function deepboxModels({ ndarray, optim }) {
  const { GradTensor, Tensor, concatGrad, parameter } = ndarray;
  const tensorOf = ({ data, shape }) =>
    Tensor.fromTypedArray({ data: data.slice(), shape: [...shape], dtype: "float64", device: "cpu" });
  const constant = (each) => GradTensor.fromTensor(tensorOf(each), { requiresGrad: false });
  const scalar = (value) => GradTensor.scalar(value, { dtype: "float64" });

  function net(parameters, x) {
    let h = x;
    for (let k = 0; k < parameters.length; k += 2) {
      const affine = h.matmul(parameters[k]).add(parameters[k + 1]);
      h = k < parameters.length - 2 ? affine.tanh() : affine;
    }
    return h;
  }

  function training(parameters, lossOf, rate) {
    const optimizer = new optim.Adam(parameters, { lr: rate });
    return () => {
      optimizer.zeroGrad();
      const loss = lossOf();
      loss.backward();
      optimizer.step();
      return loss.tensor.data[0];
    };
  }

  return {
    regression({ parameters, x, y, rate }) {
      const leaves = parameters.map((each) => parameter(tensorOf(each)));
      const [inputs, targets] = [x, y].map(constant);
      return training(leaves, () => net(leaves, inputs).sub(targets).square().mean(), rate);
    },
    realNvp({ blocks, x, rate }) {
      const leaves = blocks.map((block) => block.map((each) => parameter(tensorOf(each))));
      const data = constant(x);
      const B = x.shape[0];
      const [half, two, log2pi] = [0.5, 2, Math.log(2 * Math.PI)].map(scalar);
      const column = (z, k) => z.slice({ start: 0, end: B }, { start: k, end: k + 1 });
      function loss() {
        let z = data;
        let logDet = scalar(0);
        leaves.forEach(([shift, logScale, ...parameters], k) => {
          z = z.sub(shift).mul(logScale.neg().exp());
          const [passing, moved] = k % 2 === 0 ? [column(z, 1), column(z, 0)] : [column(z, 0), column(z, 1)];
          const raw = net(parameters, passing);
          const logSigma = column(raw, 0).mul(half).tanh().mul(two);
          const after = moved.sub(column(raw, 1)).mul(logSigma.neg().exp());
          z = concatGrad(k % 2 === 0 ? [after, passing] : [passing, after], 1);
          logDet = logDet.sub(logSigma.sum(1)).sub(logScale.sum());
        });
        return z.square().sum(1).mul(half).add(log2pi).sub(logDet).mean();
      }
      return training(leaves.flat(), loss, rate);
    },
  };
}
