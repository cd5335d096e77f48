// log σ = a without a bound, and log σ = 2·tanh(a/2), where all values are the same, and where one is far off. [34, 35]
import { add, concat, div, exp, full, grad, mean, mul, neg, parameter, Random, square, sub, tanh } from "diffeo";

const same = full([1000], 7);
const farOff = concat([new Random(1).normal([999]), full([1], 1e4)], 0);
const bounded = (a) => mul(tanh(div(a, 2)), 2);

function descend(name, x, logScale) {
  const a = parameter(0);
  const losses = [];
  for (let step = 0; step <= 1000; step++) {
    const logSigma = logScale(a);
    const z = mul(sub(x, mean(x)), exp(neg(logSigma)));
    const loss = add(mean(mul(square(z), 0.5)), logSigma); // and ½ ln 2π
    if ([0, 1, 100, 1000].includes(step)) losses.push(loss.item().toFixed(2).padStart(8));
    a.assign(sub(a, mul(grad(loss, [a])[0], 0.1)));
  }
  console.log(`${name}   loss after 0, 1, 100, 1000 steps: ${losses.join(" ")}`);
}
descend("all are 7, log σ = a            ", same, (a) => a);
descend("all are 7, log σ = 2·tanh(a/2)  ", same, bounded);
descend("one is 10⁴, log σ = a           ", farOff, (a) => a);
descend("one is 10⁴, log σ = 2·tanh(a/2) ", farOff, bounded);
