// Maximum likelihood for z = (x − μ)/σ, with the wrong sign of the log-det, −log σ. [10, 12, 15]
import { add, exp, grad, mean, mul, neg, parameter, Random, square, sub } from "diffeo";

const x = add(mul(new Random(1).normal([1000]), 2), 5); // N(5, 2²)
const mu = parameter(0);
const logSigma = parameter(0);

for (let step = 0; step <= 200; step++) {
  const z = mul(sub(x, mu), exp(neg(logSigma)));
  const logBase = sub(mul(square(z), -0.5), 0.5 * Math.log(2 * Math.PI)); // log N(z; 0, 1)
  const loss = neg(mean(add(logBase, logSigma))); // should be mean(logBase) − log σ
  if (step % 50 === 0) {
    const [a, b, c] = [loss, mu, logSigma].map((value) => value.item().toFixed(4).padStart(8));
    console.log(`step ${step}`.padEnd(8), `loss ${a}   μ ${b}   log σ ${c}`);
  }
  const [gradMu, gradLogSigma] = grad(loss, [mu, logSigma]);
  mu.assign(sub(mu, mul(gradMu, 0.1)));
  logSigma.assign(sub(logSigma, mul(gradLogSigma, 0.1)));
}
