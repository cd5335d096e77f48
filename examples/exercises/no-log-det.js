// Maximum likelihood for z = w·x + b, with the log-det, log|w|, left out. [15]
import { add, grad, mean, mul, parameter, Random, square, sub } from "diffeo";

const x = add(mul(new Random(1).normal([1000]), 2), 5); // N(5, 2²)
const w = parameter(1);
const b = parameter(0);

for (let step = 0; step <= 1000; step++) {
  const z = add(mul(w, x), b);
  const minusLogBase = add(mul(square(z), 0.5), 0.5 * Math.log(2 * Math.PI)); // −log N(z; 0, 1)
  const loss = mean(minusLogBase); // should be mean(minusLogBase) − log|w|
  if (step % 250 === 0) {
    const sample = `${(-b.item() / w.item()).toFixed(1)} ± ${(1 / w.item()).toFixed(0)}`; // x = (z − b)/w
    console.log(
      `step ${step}`.padEnd(9),
      `loss ${loss.item().toFixed(6)}  w ${w.item().toFixed(6)}  samples ${sample}`,
    );
  }
  const [gradW, gradB] = grad(loss, [w, b]);
  w.assign(sub(w, mul(gradW, 0.05)));
  b.assign(sub(b, mul(gradB, 0.05)));
}
