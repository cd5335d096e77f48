// The change of variables by hand, in one dimension: learn where some numbers lie and how wide they spread.
//
//   z = (x − μ)/σ,   log p(x) = log N(z; 0, 1) + log|dz/dx|,   dz/dx = 1/σ
//
// Run it with: node examples/one-dimension.js
import { add, div, exp, grad, mean, mul, neg, parameter, Random, square, sub, tensor } from "diffeo";

const noise = new Random(1).normal([1000]);
const x = tensor(noise.data.map((value) => 5 + 2 * value)); // the truth: μ = 5, σ = 2

const mu = parameter(0, "mu");
const logSigma = parameter(0, "log sigma"); // its exponential is positive whatever training does

for (let step = 0; step <= 300; step++) {
  const z = div(sub(x, mu), exp(logSigma));
  const logBase = sub(mul(square(z), -0.5), 0.5 * Math.log(2 * Math.PI)); // log N(z; 0, 1)
  const logDet = neg(logSigma); // log|dz/dx|
  const loss = neg(mean(add(logBase, logDet))); // − mean log p(x)

  const [gradMu, gradLogSigma] = grad(loss, [mu, logSigma]);
  mu.assign(sub(mu, mul(gradMu, 0.3)));
  logSigma.assign(sub(logSigma, mul(gradLogSigma, 0.1)));
  if (step % 100 === 0) {
    const sigma = Math.exp(logSigma.item());
    console.log(
      `step ${step}: μ = ${mu.item().toFixed(3)}, σ = ${sigma.toFixed(3)}, −log p = ${loss.item().toFixed(3)} nats`,
    );
  }
}
