// Maximum likelihood with the log-det of z = (x − μ)/σ, −log σ, but a z that was never divided by σ. [10, 15]
import { add, grad, mean, mul, neg, parameter, Random, square, sub } from "diffeo";

const x = add(mul(new Random(1).normal([1000]), 2), 5); // N(5, 2²)
const mu = parameter(0);
const logSigma = parameter(0);

for (let step = 0; step <= 200; step++) {
  const z = sub(x, mu); // should be (x − μ)·exp(−log σ)
  const logBase = sub(mul(square(z), -0.5), 0.5 * Math.log(2 * Math.PI)); // log N(z; 0, 1)
  const loss = neg(mean(sub(logBase, logSigma)));
  if (step % 50 === 0) {
    const [a, b, c] = [loss, mu, logSigma].map((value) => value.item().toFixed(4).padStart(8));
    console.log(`step ${step}`.padEnd(8), `loss ${a}   μ ${b}   log σ ${c}`);
  }
  const [gradMu, gradLogSigma] = grad(loss, [mu, logSigma]);
  mu.assign(sub(mu, mul(gradMu, 0.1)));
  logSigma.assign(sub(logSigma, mul(gradLogSigma, 0.1)));
}
