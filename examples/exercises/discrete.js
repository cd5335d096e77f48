// The rolls of a fair die as data of a flow: as they are, and dequantized. [20]
import * as diffeo from "diffeo";

const random = new diffeo.Random(1);
const rolls = random.integers([3000, 1], 6); // 0 … 5
const asTheyAre = diffeo.mul(diffeo.add(rolls, 0.5), 1 / 6); // 1/12, 3/12, … 11/12
const dequantized = diffeo.dequantize(rolls, 6, random); // (roll + u)/6, u uniform on [0, 1)
const base = diffeo.uniform({ low: diffeo.tensor([0]), high: diffeo.tensor([1]) });
const options = { random, steps: 200, batchSize: 300, learningRate: 0.01, validation: false };

for (const [name, x] of Object.entries({ asTheyAre, dequantized })) {
  const spline = diffeo.elementwiseSpline({ dimensions: 1, bins: 24, left: 0, right: 1, tails: "none" });
  const flow = new diffeo.Flow(base, spline);
  const printed = [];
  for (let steps = 0; steps <= 800; steps += 200) {
    if (steps > 0) await diffeo.fit(flow, x, options);
    const bits = diffeo.bitsPerDim(diffeo.mean(flow.score(x)).item(), 1, 6);
    printed.push(bits.toFixed(3).padStart(6));
  }
  console.log(`${name}, bits per roll after 0, 200, … 800 steps: ${printed.join(" ")}`);
}
