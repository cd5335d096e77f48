// Fit a flow to points, ask it for likelihoods and draw samples. Run it with: node examples/two-moons.js
import { fit, Random, realNVP, twoMoons } from "diffeo";

const random = new Random(1);
const moons = twoMoons(); // points in the plane with a known density
const x = moons.sample(5000, random); // [5000, 2]

const flow = realNVP({ dimensions: 2, layers: 12, hidden: [32], random });
await fit(flow, x, { random, steps: 1000, learningRate: 1e-2, schedule: "cosine" });

const points = moons.sample(3, random);
console.log(points);
console.log("learned", flow.score(points)); // log p(x), nats
console.log("exact  ", moons.logProb(points));
console.log("samples", flow.sample(3, random));
