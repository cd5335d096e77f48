// The banana x₂ ~ N(0, 4), x₁ | x₂ ~ N(x₂²/4, 1), and one autoregressive layer in either order. [5, 34, 35]
import { add, concat, Flow, fit, maskedAutoregressive, mean, mul, Random, split, square, standardNormal } from "diffeo";

const [e1, e2] = split(new Random(1).normal([20_000, 2]), [1, 1], 1);
const x2 = mul(e2, 2);
const x = concat([add(mul(square(x2), 0.25), e1), x2], 1);
const entropy = Math.log(2 * Math.PI * Math.E) + Math.log(2); // of the banana: ½ ln 2πe·4 + ½ ln 2πe
console.log(`as good as can be      ${(-entropy).toFixed(3)} nats`);

for (const [name, order] of Object.entries({ "x₂, then x₁ given x₂": [1, 0], "x₁, then x₂ given x₁": [0, 1] })) {
  const random = new Random(2);
  const layer = maskedAutoregressive({ dimensions: 2, order, hidden: [32], random }); // x_i is the order[i]-th
  const flow = new Flow(standardNormal([2]), layer);
  const options = { steps: 1000, batchSize: 250, learningRate: 0.02, schedule: "cosine", validation: false };
  await fit(flow, x, { random, ...options });
  console.log(`${name}   ${mean(flow.score(x)).item().toFixed(3)} nats`);
}
