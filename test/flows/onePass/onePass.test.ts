import {
  add,
  affineElement,
  concat,
  detach,
  type Element,
  grad,
  jvp,
  maskedAutoregressive,
  maskedMlp,
  mul,
  noGrad,
  Random,
  reshape,
  square,
  sum,
  type Tensor,
  type Variable,
  variable,
  vjp,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dPassInverse } from "../../../src/flows/layers/maskedAutoregressive.ts";
import { onePassInverse } from "../../../src/flows/onePass/onePass.ts";
import { expectWithin, runs } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { contextFor, netChoices } from "../../support/maskedNets.ts";

const elements: Record<string, Element> = {
  affine: affineElement(),
  "of our own": affineElement({ logScale: (a) => mul(a, 0.1), shift: (b, logSigma) => add(b, square(logSigma)) }),
};

const near = (actual: Tensor, expected: Tensor, bound: number, what: string): void => {
  expect(actual.shape).toEqual(expected.shape);
  const scale = expected.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  actual.data.forEach((value, k) => {
    expectWithin(value, expected.data[k], bound * scale, `${what} ${k}`);
  });
};

describe.each(Object.entries(elements))("one pass, with an element %s", (_name, element) => {
  it("gives the values, log-dets, gradients and second derivatives of D passes", () => {
    fc.assert(
      fc.property(netChoices(2), ({ options, batch, seed }) => {
        const random = new Random(seed);
        const net = maskedMlp({ ...options, outputsPerDimension: 2, random });
        randomizeParameters(net, random);
        const z = variable(random.normal([batch, options.dimensions]));
        const context = contextFor(options.context, batch, random);
        const given = context === undefined ? [] : [variable(context)];
        const inverse = onePassInverse(net, element);
        const weights = random.normal(z.shape);

        const xs = [z, ...given, ...net.parameters];
        const results = [() => inverse(z, given[0]), () => dPassInverse(net, element, z, given[0])].map((run) => {
          const { x, logDet } = run();
          const score = add(sum(mul(square(x), weights)), sum(mul(logDet, logDet)));
          const first = grad(score, xs, { createGraph: true });
          const flat = concat(
            first.map((g) => reshape(g, [g.size])),
            0,
          );
          const direction = new Random(seed).normal(flat.shape);
          const second = grad(sum(mul(flat, direction)), xs);
          return { x, logDet, first, second, plainFirst: grad(score, xs) };
        });
        const [one, reference] = results;
        near(one.x, reference.x, 1e-13, "x");
        near(one.logDet, reference.logDet, 1e-13, "log-det");
        const compare = (a: readonly Variable[], b: readonly Variable[], bound: number, what: string): void =>
          a.forEach((g, k) => {
            near(g, b[k], bound, `${what} of input ${k}`);
          });
        compare(one.first, reference.first, 1e-11, "gradient");
        compare(one.second, reference.second, 1e-9, "second derivative");
        compare(one.plainFirst, one.first, 0, "unrecorded gradient");
        const unrecorded = noGrad(() => inverse(z, given[0]));
        near(unrecorded.x, one.x, 0, "unrecorded x");
        near(unrecorded.logDet, one.logDet, 1e-14, "unrecorded log-det");
      }),
      runs(1, 60),
    );
  });
});

describe("the derivatives of one pass", () => {
  it("close under differentiation: third derivatives are those of D passes", () => {
    fc.assert(
      fc.property(netChoices(2, 4, 3), ({ options, batch, seed }) => {
        const random = new Random(seed);
        const net = maskedMlp({ ...options, outputsPerDimension: 2, random });
        randomizeParameters(net, random);
        const z = variable(random.normal([batch, options.dimensions]));
        const context = contextFor(options.context, batch, random);
        const xs = [z, ...net.parameters];
        const directions = [1, 2].map((k) => new Random(seed + k));
        const thirds = [onePassInverse(net, affineElement()), dPassInverse.bind(null, net, affineElement())].map(
          (inverse) => {
            const along = (score: Variable, draw: Random): Variable => {
              const grads = grad(score, xs, { createGraph: true });
              return grads.map((g) => sum(mul(g, draw.normal(g.shape)))).reduce((total, term) => add(total, term));
            };
            const score = sum(square(inverse(z, context).x));
            const draws = directions.map((draw) => Random.from(draw.state()));
            return grad(along(along(score, draws[0]), draws[1]), xs);
          },
        );
        thirds[0].forEach((g, k) => {
          near(g, thirds[1][k], 1e-8, `third derivative of input ${k}`);
        });
      }),
      runs(0.2, 20),
    );
  });

  it("solve with J, found by differentiation, and with its transpose", () => {
    fc.assert(
      fc.property(netChoices(2, 6, 1), ({ options, seed }) => {
        const random = new Random(seed);
        const net = maskedMlp({ ...options, outputsPerDimension: 2, random });
        randomizeParameters(net, random);
        const layer = maskedAutoregressive({ dimensions: options.dimensions, conditioner: net, random });
        const D = options.dimensions;
        const x = random.normal([1, D]);
        const context = contextFor(options.context, 1, random);
        const z = layer.forward(x, context).z;
        const [v, u] = [random.normal([1, D]), random.normal([1, D])];
        const w = jvp((point) => layer.forward(point, context).z, x, v);
        near(
          jvp((point) => layer.inverse(point, context).x, detach(z), w),
          v,
          1e-10,
          "J⁻¹·(J·v)",
        );
        const g = vjp((point) => layer.forward(point, context).z, x, u);
        near(
          vjp((point) => layer.inverse(point, context).x, detach(z), g),
          u,
          1e-10,
          "J⁻ᵀ·(Jᵀ·u)",
        );
      }),
    );
  });
});

describe("a pass within another", () => {
  it("leaves the first one alone, and gives what it gives alone", () => {
    const random = new Random(3);
    const inner = maskedAutoregressive({ dimensions: 5, hidden: [16], random });
    randomizeParameters(inner, random);
    const z = random.normal([16, 5]);
    const alone = noGrad(() => inner.inverse(z).x.data);
    const affine = affineElement();
    let passes = 0;
    const samplesOnTheWay: Element = {
      ...affine,
      inverse(point, raw) {
        const { x } = noGrad(() => inner.inverse(z));
        expect(Array.from(x.data)).toEqual(Array.from(alone));
        passes++;
        return affine.inverse(point, raw);
      },
    };
    const net = maskedMlp({ dimensions: 4, outputsPerDimension: 2, hidden: [16], random });
    randomizeParameters(net, random);
    const latent = random.normal([16, 4]);
    const ofOwn: Element = { ...affine };
    for (const element of [samplesOnTheWay, ofOwn]) delete (element as { inverseEach?: unknown }).inverseEach;
    const [watched, plain] = [samplesOnTheWay, ofOwn].map((element) =>
      noGrad(() => onePassInverse(net, element)(latent, undefined)),
    );
    expect(passes).toBe(4);
    expect(Array.from(watched.x.data)).toEqual(Array.from(plain.x.data));
    expect(Array.from(watched.logDet.data)).toEqual(Array.from(plain.logDet.data));
  });
});
