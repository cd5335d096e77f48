import {
  type Distribution,
  DomainError,
  diagonalNormal,
  ensemble,
  Flow,
  laplace,
  logistic,
  maf,
  mixture,
  multivariateNormal,
  permutation,
  Random,
  realNVP,
  type SampleOptions,
  standardNormal,
  studentT,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "../support/arbitraries.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";

const loc = tensor([3, -2]);
const scale = tensor([0.5, 2]);
const T = 0.7;

/** Each base, and the one that is T times as wide. */
const BASES: readonly (readonly [name: string, base: Distribution, narrower: Distribution])[] = [
  ["standardNormal", standardNormal([2]), diagonalNormal({ loc: zeros([2]), logScale: Math.log(T) })],
  [
    "diagonalNormal",
    diagonalNormal({ loc, logScale: tensor([-1, 0.5]) }),
    diagonalNormal({ loc, logScale: tensor([-1 + Math.log(T), 0.5 + Math.log(T)]) }),
  ],
  [
    "multivariateNormal",
    multivariateNormal({ loc, scaleTril: tensor([[2, 0], [1, 3]]) }), // biome-ignore format: a matrix
    multivariateNormal({ loc, scaleTril: tensor([[2 * T, 0], [T, 3 * T]]) }), // biome-ignore format: a matrix
  ],
  ["logistic", logistic({ loc, scale }), logistic({ loc, scale: tensor([0.5 * T, 2 * T]) })],
  ["laplace", laplace({ loc, scale }), laplace({ loc, scale: tensor([0.5 * T, 2 * T]) })],
  ["studentT", studentT({ df: 0.8, loc, scale }), studentT({ df: 0.8, loc, scale: tensor([0.5 * T, 2 * T]) })],
];

const swap = permutation({ permutation: [1, 0] });

describe.each(BASES)("a temperature of a flow from %s", (_name, base, narrower) => {
  const flow = new Flow(base, swap);
  const draw = (options?: SampleOptions): Tensor => flow.sample(200, new Random(5), undefined, options);

  it("draws from the base with T times its scale, from the same noise", () => {
    const expected = new Flow(narrower, swap).sample(200, new Random(5));
    const [x, untempered] = [draw({ temperature: T }), draw()];
    x.data.forEach((value, i) => {
      const size = Math.abs(untempered.data[i]) + Math.abs(expected.data[i]) + 3; // z − μ is rounded in units of z and μ
      expectWithin(value, expected.data[i], 16 * EPSILON * size, `coordinate ${i}`);
    });
  });

  it("is the flow as it is at 1, to the bit, and its centre at 0", () => {
    const plain = bitsOf(draw());
    for (const options of [undefined, {}, { temperature: 1 }]) expect(bitsOf(draw(options))).toEqual(plain);
    const [first, second] = base.location?.().data ?? [];
    const still = draw({ temperature: 0 });
    for (let i = 0; i < 200; i++) expect([still.at(i, 0), still.at(i, 1)]).toEqual([second, first]);
  });
});

describe("a temperature", () => {
  it("is passed on by sampleEach, and reaches f⁻¹ after the base", () => {
    const flow = maf({ dimensions: 2, layers: 2, hidden: [5], context: 1, random: new Random(8) });
    randomizeParameters(flow, new Random(9));
    const contexts = tensor([[-3], [0], [3]]);
    const each = flow.sampleEach(2, new Random(1), contexts, { temperature: 0.5 });
    const rows = tensor([-3, -3, 0, 0, 3, 3], [6, 1]);
    expect(bitsOf(each)).toEqual(bitsOf(flow.sample(6, new Random(1), rows, { temperature: 0.5 })));
    const z = new Random(1).normal([6, 2]);
    const halved = tensor(Array.from(z.data, (value) => value / 2), [6, 2]); // biome-ignore format: one line
    expect(bitsOf(each)).toEqual(bitsOf(flow.toData(halved, rows)));
    const centre = flow.sampleEach(1, new Random(1), contexts, { temperature: 0 });
    expect(bitsOf(centre)).toEqual(bitsOf(flow.toData(zeros([3, 2]), contexts)));
  });

  it("draws around the location of a base of one's own, which may depend on the context", () => {
    const normal = standardNormal([1]);
    const base: Distribution = {
      ...normal,
      context: 1,
      logProb: (z) => normal.logProb(z),
      sample: (n, random, context) => tensor(Array.from(random.normal([n]).data, (e, i) => [e + (context?.at(i, 0) ?? 0)])), // biome-ignore format: one line
      location: (context) => context as never,
    };
    const flow = new Flow(base, permutation({ permutation: [0] }));
    expect(flow.sample(2, new Random(1), tensor([[10], [20]]), { temperature: 0 }).toArray()).toEqual([[10], [20]]);
  });

  it("in mixtures and ensembles makes each component narrower around its own centre", () => {
    const at = (loc: number) => diagonalNormal({ loc: tensor([loc, loc]), logScale: zeros([2]) });
    const two = new Flow(mixture({ logits: tensor([0, Math.log(3)]), components: [at(-5), at(5)] }), swap);
    const ofTwo = ensemble([new Flow(at(-5), swap), new Flow(at(5), swap)], { weights: [0.25, 0.75] });
    for (const flow of [two, ofTwo]) {
      const cold = flow.sample(400, new Random(1), undefined, { temperature: 0 });
      expect(new Set(cold.data)).toEqual(new Set([-5, 5]));
      expect(cold.data.filter((value) => value === 5).length / 800).toBeCloseTo(0.75, 1);
      const half = flow.sample(400, new Random(1), undefined, { temperature: 0.5 });
      const whole = flow.sample(400, new Random(1));
      half.data.forEach((value, k) => {
        const centre = Math.sign(whole.data[k]) * 5;
        expect(value - centre).toBeCloseTo(0.5 * (whole.data[k] - centre), 10);
      });
      expect(bitsOf(flow.sample(9, new Random(1), undefined, { temperature: 1 }))).toEqual(
        bitsOf(flow.sample(9, new Random(1))),
      );
    }
  });

  it("is refused for a base without one scale, before anything is drawn, but for T = 1", () => {
    const box = uniform({ low: zeros([2]), high: 1 });
    const withBox = mixture({ logits: zeros([2]), components: [box, standardNormal([2])] });
    for (const base of [box, withBox]) {
      const flow = new Flow(base, swap);
      const random = new Random(1);
      expect(() => flow.sample(3, random, undefined, { temperature: 0.5 })).toThrow(
        /^sample: a temperature takes a base with a location, normal, logistic, laplace or studentT, or a mixture of them; got /,
      );
      expect(random.state()).toEqual(new Random(1).state());
      expect(bitsOf(flow.sample(3, random, undefined, { temperature: 1 }))).toEqual(
        bitsOf(flow.sample(3, new Random(1))),
      );
    }
  });

  it("must be a finite number ≥ 0, and options must be known", () => {
    const flow = realNVP({ dimensions: 2, layers: 1, random: new Random(1) });
    for (const wrong of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, "1", null]) {
      expect(() => flow.sample(1, new Random(1), undefined, { temperature: wrong as never })).toThrow(
        "sample: temperature must be finite and ≥ 0; got",
      );
    }
    expect(() => flow.sample(1, new Random(1), undefined, { temprature: 1 } as never)).toThrow("temperature");
    expect(() => flow.sample(1, new Random(1), { temperature: 1 } as never)).toThrow(DomainError);
    expect(() => flow.sample(1, new Random(1), undefined, null as never)).toThrow(DomainError);
  });
});
