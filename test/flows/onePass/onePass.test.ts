import {
  add,
  affineElement,
  concat,
  type Element,
  grad,
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
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dPassInverse } from "../../../src/flows/onePass/dPass.ts";
import { onePassInverse } from "../../../src/flows/onePass/onePass.ts";
import { expectWithin, runs } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows.ts";
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
