// One Gaussian for data in two heaps, fitted by the forward divergence and by the reverse one. [3, 4]
import * as diffeo from "diffeo";

const { diagonalNormal, mean, reverseKL, sub, tensor } = diffeo;
const random = new diffeo.Random(1);
const heap = (center) => diagonalNormal({ loc: tensor([center]), logScale: tensor([0]) });
const data = diffeo.mixture({ logits: tensor([0, 0]), components: [heap(-4), heap(4)] }); // ½ N(−4, 1) + ½ N(4, 1)
const x = data.sample(20_000, random);
const reverse = (flow, { shape }) => reverseKL(flow, data, shape[0], random); // on as many points of the flow

for (const objective of [diffeo.forwardKL, reverse]) {
  const layer = diffeo.elementwiseAffine({ dimensions: 1 });
  const [mu, logSigma] = layer.parameters;
  mu.assign(tensor([1]));
  const flow = new diffeo.Flow(diffeo.standardNormal([1]), layer); // N(μ, σ²)
  const options = { steps: 400, batchSize: 1000, learningRate: 0.05, schedule: "cosine", validation: false };
  await diffeo.fit(flow, x, { random, ...options, objective });

  const forward = mean(sub(data.logProb(x), flow.score(x))); // KL(data ‖ model), by the points of the data
  const numbers = [mu.item(), Math.exp(logSigma.item()), forward.item(), reverse(flow, x).item()];
  const [m, s, f, r] = numbers.map((number) => number.toFixed(2).padStart(5));
  console.log(`${objective.name.padEnd(9)}  μ ${m}  σ ${s}   KL(data ‖ model) ${f}   KL(model ‖ data) ${r}`);
}
