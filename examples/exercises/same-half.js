// Two moons, by couplings that always let the same coordinate pass, and by couplings that take turns. [37]
import { affineCoupling, compose, Flow, fit, mean, Random, standardization, standardNormal, twoMoons } from "diffeo";

const moons = twoMoons();
const x = moons.sample(10_000, new Random(1));
console.log("as good as can be ", (-moons.entropy()).toFixed(3), "nats");

for (const passing of ["1", "1111", "1212"]) {
  const random = new Random(2);
  const layers = [...passing].map((i) => {
    const mask = i === "1" ? [1, 0] : [0, 1]; // 1: passes
    return affineCoupling({ dimensions: 2, mask, hidden: [16], random });
  });
  const flow = new Flow(standardNormal([2]), compose(standardization(x), ...layers));
  const options = { steps: 500, batchSize: 200, learningRate: 0.03, schedule: "cosine", validation: false };
  await fit(flow, x, { random, ...options });
  console.log(`passing: ${passing}`.padEnd(18), mean(flow.score(x)).item().toFixed(3), "nats");
}
