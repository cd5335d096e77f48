import {
  conv2d,
  cumsum,
  dot,
  full,
  gather,
  grad,
  matmul,
  mean,
  mul,
  norm,
  ones,
  prod,
  Random,
  reshape,
  sum,
  Tensor,
  take,
  variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON } from "../../support/arbitraries.ts";

/** Σ x by Neumaier's compensated summation: exact here, but for one rounding. */
function exactSum(x: ArrayLike<number>): number {
  let [total, lost] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const next = total + x[i];
    lost += Math.abs(total) >= Math.abs(x[i]) ? total - next + x[i] : x[i] - next + total;
    total = next;
  }
  return total + lost;
}

const pairwise = (n: number): number => (35 + Math.ceil(Math.log2(Math.max(1, n / 64)))) / 2;
const inChunks = (n: number): number => (Math.min(n, 256) + n / 256) / 2 + 1;
/** Groups of 64 numbers, one from each image, are a shard; shards are added pairwise. */
const inShards = (n: number): number => inChunks(Math.min(n, 64)) + Math.ceil(Math.log2(Math.max(1, n / 64))) / 2;
const inTurn = (n: number): number => n / 2;

/** Σ x in the ways there are, and c, where the error may be c·eps·Σ|x|. */
const WAYS: readonly (readonly [name: string, total: (x: Tensor) => number, c: (n: number) => number])[] = [
  ["sum", (x) => sum(x).item(), pairwise],
  ["mean", (x) => mean(x).item() * x.size, pairwise],
  ["dot", (x) => dot(x, ones([x.size])).item(), pairwise],
  ["norm", (x) => norm(rootsOf(x)).item() ** 2, pairwise],
  ["the gradient of broadcasting", (x) => gradientAtOne((b) => sum(mul(b, x))), pairwise],
  ["matmul", (x) => matmul(x, ones([x.size])).item(), inChunks],
  ["conv2d", (x) => conv2d(reshape(x, [1, x.size, 1, 1]), ones([1, x.size, 1, 1])).item(), inChunks],
  ["the gradient of conv2d to its kernel, one image", (x) => kernelGradient(reshape(x, [1, 1, x.size, 1])), inChunks],
  ["the gradient of conv2d to its kernel, many images", (x) => kernelGradient(reshape(x, [x.size, 1, 1, 1])), inShards],
  ["the gradient of take", (x) => gradientAtOne((b) => sum(mul(take(b, zeros([x.size]), 0), x))), inTurn],
  ["the gradient of gather", (x) => gradientAtOne((b) => sum(mul(gather(b, zeros([x.size]), 0), x))), inTurn],
  ["cumsum", (x) => cumsum(x).at(-1), inTurn],
];

const rootsOf = (x: Tensor): Tensor =>
  new Tensor(
    x.data.map((value) => Math.sqrt(value)),
    x.shape,
  );

function gradientAtOne(f: (b: Tensor) => Tensor): number {
  const b = variable([1]);
  return grad(f(b) as never, [b])[0].item();
}

function kernelGradient(images: Tensor): number {
  const w = variable(ones([1, 1, 1, 1]));
  return grad(sum(conv2d(images, w)), [w])[0].item();
}

describe("long sums stay within the bounds that docs/numerics.md gives", () => {
  it.each(WAYS)("%s", (name, total, c) => {
    for (const n of [10, 100, 300, 10_000, 300_000]) {
      const random = new Random(n);
      const terms = [full([n], 0.1), full([n], 1 / 3), random.uniform([n]), random.normal([n])];
      for (const x of name === "norm" ? terms.slice(0, 3) : terms) {
        const size = exactSum(x.data.map(Math.abs));
        const error = Math.abs(total(x) - exactSum(x.data));
        // the reference is rounded once, squares of roots three times
        const slack = name === "norm" ? 3 : 1;
        if (!(error <= (c(n) + slack) * EPSILON * size)) expect.fail(`${n} terms: ${error / EPSILON / size}·eps`);
      }
    }
  });

  it("prod", () => {
    for (const n of [10, 1000, 100_000]) {
      const factor = 1 + 2 ** -20; // (1 + h)ⁿ = e^{n·ln(1 + h)}, ln(1 + h) = h − h²/2 + h³/3 …
      const h = 2 ** -20;
      const exact = Math.exp(n * (h - h ** 2 / 2 + h ** 3 / 3));
      const error = Math.abs(prod(full([n], factor)).item() - exact);
      if (!(error <= (n / 2 + 4) * EPSILON * exact)) expect.fail(`${n} factors: ${error / EPSILON / exact}·eps`);
    }
  });

  it("which are needed: a product of matrices is not within 8·eps·Σ|terms|, nor is the gradient of take", () => {
    const x = full([300_000], 0.1);
    const exact = exactSum(x.data);
    for (const [name, total] of WAYS.filter(([each]) => ["matmul", "the gradient of take"].includes(each))) {
      expect(Math.abs(total(x) - exact), name).toBeGreaterThan(8 * EPSILON * exact);
    }
  });
});
