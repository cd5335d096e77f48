// Fit a flow to a density that is known up to a constant factor, without data: reverse KL to the energy U1, two modes on a ring
// that hardly touch. Run it with: node examples/reverse-kl.js
import { energyU1, fit, mul, noGrad, Random, reverseKL, reverseKLByScore, splineFlow } from "diffeo";

const random = new Random(1);
const energy = energyU1(); // log π(x) = −U(x), [B]
const flow = splineFlow({ dimensions: 2, layers: 4, hidden: [16], bins: 8, bound: 4, random });

/** KL(p ‖ π) in nats, from 10,000 points of the flow. U1 lacks ∫exp(−U), whose logarithm is known. */
const divergence = () => noGrad(() => reverseKL(flow, energy, 10_000, new Random(7)).item()) + energy.logNormalizer;

// There are no data. What stands in for them says how many points of its own the objective draws, and how far the flow reaches at
// first: a little further than the target, so that it begins on both modes.
const start = mul(random.normal([128, 2]), 2);
const objective = (fitted, { shape }) => reverseKLByScore(fitted, energy, shape[0], random);

console.log("KL at first", divergence().toFixed(2), "nats");
await fit(flow, start, { random, steps: 400, learningRate: 1e-2, schedule: "cosine", clipNorm: 5, objective });
console.log("KL after   ", divergence().toFixed(3), "nats");

const x = flow.sample(10_000, random);
const right = x.data.filter((value, i) => i % 2 === 0 && value > 0).length;
console.log("on the right", (right / 10_000).toFixed(2), "of the points; exactly half of π is there");
