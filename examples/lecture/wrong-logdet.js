// A log-det that is wrong by a factor: the mean over coordinates where the sum belongs, so that in the plane half of it is missing.
// Training notices nothing. Three other things do: the numerical Jacobian, the entropy, and the integral of p. [10, 14, 15]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as diffeo from "diffeo";

const { concat, mul, Random } = diffeo;
const [e1, e2] = diffeo.split(new Random(1).normal([20_000, 2]), [1, 1], 1);
const x = concat([diffeo.add(diffeo.square(e2), e1), mul(e2, 2)], 1); // the banana x₂ ~ N(0, 4), x₁ | x₂ ~ N(x₂²/4, 1)
const entropy = Math.log(2 * Math.PI * Math.E) + Math.log(2);

/** An autoregressive layer that counts only a share of its log-det. */
function layerWith(share) {
  const whole = diffeo.maskedAutoregressive({ dimensions: 2, order: [1, 0], hidden: [32], random: new Random(2) });
  const counted = ({ logDet, ...point }) => ({ ...point, logDet: mul(logDet, share) });
  const forward = (x) => counted(whole.forward(x));
  const inverse = (z) => counted(whole.inverse(z));
  return diffeo.layer({ shape: [2], parameters: whole.parameters, forward, inverse });
}

/** ∫p over [−12, 60] × [−16, 16], where nearly all of it is, by the rule of midpoints. */
function integral(flow, n = 300) {
  const points = Array.from({ length: n * n }, (_, k) => [
    -12 + (72 * ((k % n) + 0.5)) / n,
    -16 + (32 * (Math.floor(k / n) + 0.5)) / n,
  ]);
  const density = diffeo.exp(flow.score(diffeo.tensor(points)));
  return diffeo.mean(density).item() * 72 * 32;
}

console.log("entropy of the data         ", entropy.toFixed(3), "nats: no loss can be smaller\n");
const panels = [{ title: "data", data: diffeo.tensor(x.toArray().slice(0, 800)) }];
for (const [name, share] of Object.entries({ "the sum": 1, "the mean": 1 / 2 })) {
  const layer = layerWith(share);
  const { failures } = diffeo.checkBijection(layer, { random: new Random(3), gradients: false });
  const [found = "finds nothing"] = failures.map((text) => text.replace(/;.*|(?<=\.\d{4})\d+/g, ""));

  const flow = new diffeo.Flow(diffeo.standardNormal([2]), layer);
  const options = { steps: 1500, batchSize: 250, learningRate: 0.02, schedule: "cosine", validation: false };
  await diffeo.fit(flow, x, { random: new Random(4), ...options });
  const loss = diffeo.forwardKL(flow, x).item();
  const mass = integral(flow);

  console.log(`log-det by ${name}`);
  console.log("  checkBijection            ", found);
  console.log("  loss after 1,500 steps    ", loss.toFixed(3), "nats");
  console.log("  ∫p                        ", mass.toFixed(3));
  panels.push({ title: `log-det by ${name}: ∫p = ${mass.toFixed(2)}`, logProb: (x) => flow.score(x) });
}

const picture = await diffeo.densityPicture({
  title: "A log-det that lacks a factor",
  caption:
    "Trained with the whole log-det, and with half of it: as high, and twice as broad. x₁ to the right, x₂ upwards.",
  x: [-4.5, 14],
  y: [-7, 7],
  panels,
});
writeFileSync(join(process.argv[2] ?? ".", "wrong-logdet.svg"), picture);
