import {
  type BaseMaker,
  bijectionFrom,
  detach,
  diagonalBase,
  type Flow,
  fit,
  flowFrom,
  forwardKL,
  glow,
  grad,
  iaf,
  logistic,
  maf,
  mixtureBase,
  nice,
  normalBase,
  Random,
  realNVP,
  ShapeError,
  splineFlow,
  Tensor,
  tensor,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../support/arbitraries.ts";
import { fromFile } from "../support/flows/rebuilding.ts";

const net = { hidden: [3] };
const bases = {
  standardNormal: undefined,
  diagonalBase: diagonalBase(),
  normalBase: normalBase(),
  mixtureBase: mixtureBase({ components: 3 }),
};
const recipes: Readonly<Record<string, (base: BaseMaker | undefined) => Flow>> = {
  realNVP: (base) => realNVP({ dimensions: 3, layers: 2, ...net, random: new Random(1), ...(base && { base }) }),
  nice: (base) => nice({ dimensions: 3, layers: 2, ...net, random: new Random(1), ...(base && { base }) }),
  maf: (base) => maf({ dimensions: 3, layers: 2, ...net, random: new Random(1), ...(base && { base }) }),
  iaf: (base) => iaf({ dimensions: 3, layers: 2, ...net, random: new Random(1), ...(base && { base }) }),
  splineFlow: (base) => splineFlow({ dimensions: 3, layers: 2, ...net, random: new Random(1), ...(base && { base }) }),
  "splineFlow, autoregressive": (base) =>
    splineFlow({
      dimensions: 3,
      layers: 2,
      autoregressive: true,
      ...net,
      random: new Random(1),
      ...(base && { base }),
    }),
  "realNVP of images": (base) =>
    realNVP({ dimensions: [1, 2, 2], layers: 1, ...net, random: new Random(1), ...(base && { base }) }),
  glow: (base) =>
    glow({
      channels: 1,
      height: 2,
      width: 2,
      levels: 1,
      steps: 1,
      ...net,
      random: new Random(1),
      ...(base && { base }),
    }),
};

describe.each(Object.keys(recipes))("the base of %s", (name) => {
  const recipe = recipes[name];
  const plain = recipe(undefined);
  const x = new Tensor(new Random(2).normal([5 * 12]).data.slice(0, 5 * size(plain)), [
    5,
    ...plain.bijection.dataShape,
  ]);

  it.each(["diagonalBase", "normalBase"] as const)("is N(0, I) at the start, and trained: %s", (base) => {
    const flow = recipe(bases[base]);
    const names = [...flow.named().keys()].filter((each) => each.startsWith("base."));
    expect(names).toEqual(
      base === "diagonalBase" ? ["base.loc", "base.logScale"] : ["base.loc", "base.lower", "base.logDiagonal"],
    );
    flow.logProb(x).data.forEach((value, i) => {
      expect(Math.abs(value - plain.logProb(x).data[i])).toBeLessThan(1e-12);
    });
    const own = names.map((each) => flow.named().get(each) as never);
    for (const g of grad(forwardKL(flow, x), own)) expect(g.data.some((value) => value !== 0)).toBe(true);
  });

  it.each(["standardNormal", "diagonalBase", "normalBase", "mixtureBase"] as const)(
    "is rebuilt from its definition: %s",
    (base) => {
      const flow = recipe(bases[base]);
      const rebuilt = flowFrom(fromFile(flow.definition), { buffers: flow.bijection.buffers });
      for (const [way, parameter] of flow.named()) rebuilt.named().get(way)?.assign(parameter);
      expect(bitsOf(detach(rebuilt.logProb(x)))).toEqual(bitsOf(detach(flow.logProb(x))));
      expect(bitsOf(rebuilt.sample(3, new Random(4)))).toEqual(bitsOf(flow.sample(3, new Random(4))));
      expect(bijectionFrom(fromFile(flow.bijection.definition), { buffers: flow.bijection.buffers }).dataShape).toEqual(
        flow.bijection.dataShape,
      );
    },
  );
});

describe("the base option", () => {
  it("learns with the flow: an affine nice reaches the likelihood of the data's own normal", async () => {
    const random = new Random(7);
    const x = new Tensor(
      random.normal([600, 2]).data.map((value, i) => (i % 2 === 0 ? 3 + 2 * value : value)),
      [600, 2],
    );
    const flow = realNVP({ dimensions: 2, layers: 1, hidden: [2], base: normalBase(), random });
    const before = forwardKL(flow, x).item();
    await fit(flow, x, { random, steps: 200, learningRate: 1e-2 });
    const entropy = Math.log(2) + Math.log(2 * Math.PI * Math.E);
    expect(forwardKL(flow, x).item()).toBeLessThan(entropy + 0.05);
    expect(before).toBeGreaterThan(entropy + 0.05);
  });

  it("may be a distribution of one's own, over points of the right shape", () => {
    const base = logistic({ loc: zeros([2]), scale: 1 });
    expect(nice({ dimensions: 2, base, random: new Random(1) }).base).toBe(base);
    expect(() => nice({ dimensions: 3, base, random: new Random(1) })).toThrow(
      new ShapeError("nice: the base must be over latent points [3]; got [2]"),
    );
    const wrong = { dimensions: 2, random: new Random(1), base: "normal" as never };
    expect(() => maf(wrong)).toThrow('maf: base, or what it makes, must be a distribution; got "normal"');
    expect(() => maf({ ...wrong, base: tensor([1]) as never })).toThrow(
      "maf: base, or what it makes, must be a distribution; got",
    );
    expect(() => maf({ ...wrong, base: () => 3 as never })).toThrow(
      "maf: base, or what it makes, must be a distribution; got 3",
    );
    const image = { dimensions: [1, 3, 3] as const, levels: 0, random: new Random(1) };
    expect(() => realNVP({ ...image, base: normalBase() })).toThrow("normalBase: points must be vectors; got [1,3,3]");
    expect(() => mixtureBase({ components: 0 })).toThrow("mixtureBase: components must be an integer ≥ 1; got 0");
  });
});

function size(flow: Flow): number {
  return flow.bijection.dataShape.reduce((product, length) => product * length, 1);
}
