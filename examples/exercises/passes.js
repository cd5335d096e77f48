// Sampling by x ← σ(x)·z + μ(x), all coordinates at once, from a start that is all wrong. How many passes? [36, 38]
import { abs, add, exp, maskedMlp, max, mul, Random, split, sub } from "diffeo";

const D = 6;
function errorsOf(name, dependsOn) {
  const row = (i) => Array.from({ length: D }, (_, j) => Number(dependsOn(i, j)));
  const dependencies = Array.from({ length: D }, (_, i) => row(i));
  const random = new Random(1);
  const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, dependencies, hidden: [32], random });
  for (const weights of net.parameters) weights.assign(mul(random.normal(weights.shape), 0.5)); // as if it were trained

  const z = random.normal([1, D]);
  const passes = [mul(random.normal([1, D]), 100)];
  for (let k = 0; k < 8; k++) {
    const [mu, logSigma] = split(net.apply(passes[k]), [D, D], 1);
    passes.push(add(mul(exp(logSigma), z), mu));
  }
  const errors = passes.map((x) => max(abs(sub(x, passes[8]))).item());
  console.log(name, ...errors.map((error) => (error === 0 ? "0" : error.toExponential(0)).padStart(5)));
}
errorsOf("all before it     ", (i, j) => j < i);
errorsOf("the first three   ", (i, j) => j < 3 && i >= 3);
errorsOf("the one before it ", (i, j) => j === i - 1);
