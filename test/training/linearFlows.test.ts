import {
  type Bijection,
  compose,
  elementwiseAffine,
  Flow,
  forwardKL,
  fullLinear,
  luLinear,
  matmul,
  noGrad,
  qrLinear,
  Random,
  standardNormal,
  type Tensor,
  tensor,
  train,
  transpose,
  triangularLinear,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

/** x = A·ε, with correlations of 0.95, −0.68 and −0.39. */
const A = tensor([
  [2, 0, 0],
  [1.5, 0.5, 0],
  [-1, 0.8, 0.7],
]);
/** (D/2)·ln 2πe + ln|det A|, nats */
const ENTROPY = 1.5 * Math.log(2 * Math.PI * Math.E) + Math.log(2 * 0.5 * 0.7);

const samples = (n: number, random: Random): Tensor => noGrad(() => matmul(random.normal([n, 3]), A, "NT"));

/** −E log p(x) over x = A·ε, exactly: z = W·x + c is Gaussian too, hence it is (D/2)·ln 2π + ½(|W·A|² + |c|²) − ln|det W|. */
function crossEntropy({ bijection }: Flow): number {
  const [origin, columns] = noGrad(() => [bijection.forward(zeros([1, 3])), bijection.forward(transpose(A))]);
  const squares = columns.z.data.reduce((total, value, k) => total + (value - origin.z.data[k % 3]) ** 2, 0);
  const shift = origin.z.data.reduce((total, value) => total + value ** 2, 0);
  return 1.5 * Math.log(2 * Math.PI) + 0.5 * (squares + shift) - origin.logDet.item();
}

describe("a correlated Gaussian", () => {
  it.each<[string, (random: Random) => Bijection]>([
    ["triangularLinear", () => triangularLinear({ dimensions: 3 })],
    ["luLinear", (random) => luLinear({ dimensions: 3, random })],
    ["qrLinear", (random) => qrLinear({ dimensions: 3, random })],
    ["fullLinear", (random) => fullLinear({ dimensions: 3, random })],
  ])("is learned by %s to within 0.005 nats of its entropy", (_name, make) => {
    const random = new Random(5);
    const flow = new Flow(standardNormal([3]), compose(make(random), elementwiseAffine({ dimensions: 3 })));
    expect(crossEntropy(flow)).toBeGreaterThan(ENTROPY + 0.5);
    const steps = train(flow, samples(20_000, random), {
      ...{ steps: 500, batchSize: 256, learningRate: 3e-2, schedule: "cosine", objective: forwardKL, random },
    });
    while (!steps.next().done);
    const reached = crossEntropy(flow);
    expectWithin(reached, ENTROPY, 0.005, "the cross-entropy");
    expect(reached).toBeGreaterThan(ENTROPY); // nothing codes for less
  });
});
