import {
  apply,
  type Bijection,
  type ConditionerSizes,
  compose,
  coupling,
  grad,
  invert,
  maskedAutoregressive,
  matmul,
  mlp,
  mul,
  Random,
  type Rule,
  realNVP,
  reshape,
  reverse,
  sum,
  type Tensor,
  tanh,
  type Variable,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bufferOf, isClosed, recycling } from "../../src/autograd/recycle.ts";
import { Variable as VariableOf } from "../../src/autograd/variable.ts";
import { affineElement } from "../../src/flows/elements/affine.ts";
import type { Element } from "../../src/flows/elements/element.ts";

// In tests every buffer that is taken back is filled with NaN (test/support/setup.ts).

const random = new Random(1);

describe("recycling", () => {
  it("takes back what was handed out, but for the results, and hands it out again", () => {
    const handedOut: Float64Array[] = [];
    const run = (): VariableOf[] =>
      recycling(() => {
        handedOut.push(bufferOf(100), bufferOf(100));
        return [new VariableOf(handedOut[handedOut.length - 1].fill(7), [100])];
      });
    const [first] = run();
    const [second] = run();
    expect(handedOut[2]).toBe(handedOut[0]);
    expect(new Set(handedOut).size).toBe(3);
    for (const { data } of [first, second]) expect(data).toEqual(new Float64Array(100).fill(7));
    expect(handedOut[0].every(Number.isNaN)).toBe(true);
  });

  it("keeps 64 MB at most: what is taken beyond that is nobody's", () => {
    const million = 1 << 20;
    const handedOut: WeakRef<Float64Array>[] = [];
    const sizes = recycling(() => {
      for (let i = 0; i < 12; i++) handedOut.push(new WeakRef(bufferOf(million)));
      return [];
    });
    expect(sizes).toEqual([]);
    const again = new Set<Float64Array>();
    recycling(() => {
      for (let i = 0; i < 12; i++) again.add(bufferOf(million));
      return [];
    });
    expect(handedOut.filter((buffer) => again.has(buffer.deref() as Float64Array)).length).toBeLessThanOrEqual(8);
    expect(again.size).toBe(12);
  });

  it("hands out new buffers outside, and after an error", () => {
    expect(() =>
      recycling(() => {
        bufferOf(101);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(bufferOf(101)).toEqual(new Float64Array(101));
  });
});

describe("closed", () => {
  it("is said of flows of our own parts alone, which are frozen", () => {
    const flow = realNVP({ dimensions: 3, random });
    expect(isClosed(flow.bijection) && isClosed(flow.base)).toBe(true);
    expect(() => {
      (flow.bijection as { forward: unknown }).forward = () => {};
    }).toThrow(TypeError);
  });

  it("is not said where a part may have been written by somebody else", () => {
    const layer = (parts: object): Bijection => coupling({ dimensions: 2, element: affineElement(), random, ...parts });
    expect(isClosed(layer({}))).toBe(true);
    expect(isClosed(layer({ element: affineElement({ shift: (b) => b }) }))).toBe(false);
    expect(isClosed(layer({ element: { ...affineElement() } }))).toBe(false);
    expect(isClosed(layer({ conditioner: (sizes: ConditionerSizes) => ({ ...mlp(sizes) }) }))).toBe(false);
    const ownLayer: Bijection = { ...reverse({ dimensions: 2 }) };
    expect(isClosed(compose(layer({}), reverse({ dimensions: 2 })))).toBe(true);
    expect(isClosed(compose(layer({}), ownLayer))).toBe(false);
    expect(isClosed(invert(ownLayer))).toBe(false);
  });
});

describe("a gradient", () => {
  const x = variable(random.normal([20, 30]));
  const w = variable(random.normal([30, 30]));
  const loss = (): Variable => sum(tanh(matmul(tanh(matmul(x, w)), w)));

  it("stays as it is while others are computed", () => {
    const first = grad(loss(), [x, w]);
    const copies = first.map(({ data }) => data.slice());
    for (let i = 0; i < 5; i++) grad(loss(), [x, w]);
    expect(first.map(({ data }) => data)).toEqual(copies);
  });

  it("leaves the graph as it is: values in it, and gradients with a graph of their own", () => {
    const y = tanh(matmul(x, w));
    const [before, value] = [y.data.slice(), sum(y)];
    const [gx] = grad(value, [x], { createGraph: true });
    const copy = gx.data.slice();
    const again = grad(sum(mul(gx, gx)), [w]).map(({ data }) => data.slice());
    expect(grad(sum(mul(gx, gx)), [w]).map(({ data }) => data)).toEqual(again);
    expect(y.data).toEqual(before);
    expect(gx.data).toEqual(copy);
    expect(again[0].some(Number.isNaN)).toBe(false);
  });

  it("may be the cotangent itself under another shape", () => {
    const [g] = grad(sum(mul(reshape(x, [600]), 3)), [x]);
    grad(loss(), [x, w]);
    expect(g.data).toEqual(new Float64Array(600).fill(3));
  });

  it("recycles nothing where a rule from outside may have kept what it saw", () => {
    const seen: Variable[] = [];
    const spy: Rule<[x: Tensor]> = {
      name: "spy",
      shape: ([input]) => input.shape,
      forward: ([input], y) => y.data.set(input.data),
      vjp: (_inputs, _y, g) => {
        seen.push(g);
        return [() => mul(g, 1)];
      },
    };
    grad(sum(mul(apply(spy, [matmul(x, w)]), 2)), [x]);
    for (let i = 0; i < 3; i++) grad(loss(), [x, w]);
    expect(seen[0].data).toEqual(new Float64Array(600).fill(2));
  });

  it("recycles nothing where an element from outside may have kept what it saw", () => {
    const seen: Tensor[] = [];
    const inner = affineElement();
    const element: Element = {
      ...inner,
      forward(point, raw) {
        seen.push(raw);
        return inner.forward(point, raw);
      },
    };
    const layer = maskedAutoregressive({ dimensions: 5, hidden: [16], element, random });
    const z = variable(random.normal([10, 5]));
    grad(sum(layer.inverse(z).x), [z]);
    const copies = seen.map(({ data }) => data.slice());
    for (let i = 0; i < 3; i++) grad(sum(tanh(tanh(z))), [z]);
    expect(seen.map(({ data }) => data)).toEqual(copies);
    expect(copies.flatMap((copy) => Array.from(copy)).some(Number.isNaN)).toBe(false);
  });
});
