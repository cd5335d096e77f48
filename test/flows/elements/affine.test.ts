import {
  affineElement,
  DomainError,
  detach,
  maskedAutoregressive,
  noGrad,
  Random,
  tensor,
  type Variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";

const softplus = (a: number): number => Math.log1p(Math.exp(a));
const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));

describe("affineElement", () => {
  it.each([
    ["tanh by default", {}, (a: number) => 2 * Math.tanh(a / 2)],
    ["tanh", { logScale: "tanh", c: 0.5 }, (a: number) => 0.5 * Math.tanh(a / 0.5)],
    ["tanh by its other name", { maximumLogScale: 3 }, (a: number) => 3 * Math.tanh(a / 3)],
    ["exponential", { logScale: "exponential" }, (a: number) => a],
    ["softplus", { logScale: "softplus" }, (a: number) => Math.log(softplus(a) + 1e-3)],
    ["softplus from 0", { logScale: "softplus", c: 0 }, (a: number) => Math.log(softplus(a))],
    ["sigmoid", { logScale: "sigmoid", c: 0.01 }, (a: number) => Math.log(sigmoid(a + 2) + 0.01)],
    ["a function of one's own", { logScale: (a: unknown) => a as never }, (a: number) => a],
  ] as const)("has log σ by %s: z = (x − μ)/σ, log-det −Σ log σ", (_name, options, logSigmaOf) => {
    const element = affineElement(options);
    for (const a of [-3, -0.1, 0, 0.7, 5]) {
      const [x, b] = [1.25, 0.5];
      const logSigma = logSigmaOf(a);
      const { z, logDet } = element.forward(tensor([[x]]), tensor([[a, b]]));
      expectWithin(z.item(), (x - b) / Math.exp(logSigma), 1e-13 * Math.exp(-logSigma), `z at ${a}`);
      expectWithin(logDet.item(), -logSigma, 1e-14, `logDet at ${a}`);
      const back = element.inverse(detach(z), tensor([[a, b]]));
      expectWithin(back.x.item(), x, 1e-13, `x at ${a}`);
      expectWithin(back.logDet.item(), logSigma, 1e-14, `its log-det at ${a}`);
    }
  });

  it.each(["tanh", "exponential", "softplus", "sigmoid"] as const)(
    "inverts number by number with the bits of its ops: %s",
    (logScale) => {
      const random = new Random(5);
      const element = affineElement({ logScale });
      const { inverseEach, ...throughOps } = element;
      expect(inverseEach).toBeTypeOf("function");
      const layers = [element, throughOps].map((each) => {
        const layer = maskedAutoregressive({ dimensions: 4, hidden: [6], element: each, random: new Random(2) });
        randomizeParameters(layer, new Random(3));
        return layer;
      });
      const z = random.normal([9, 4]);
      const [one, other] = layers.map((layer) => noGrad(() => layer.inverse(z)));
      expect(bitsOf(one.x)).toEqual(bitsOf(other.x));
      expect(bitsOf(one.logDet)).toEqual(bitsOf(other.logDet));
    },
  );

  it.each([
    ["tanh", {}, [-2, 2]],
    ["softplus", { logScale: "softplus" }, [Math.log(1e-3), Math.log(Number.MAX_VALUE)]],
    ["sigmoid", { logScale: "sigmoid" }, [Math.log(1e-3), Math.log(1.001)]],
  ] as const)(
    "has a bounded log σ, and comes back, whatever finite raw number makes it: %s",
    (_name, options, [low, high]) => {
      const element = affineElement(options);
      for (const size of [1e8, 1e160, 1e308]) {
        for (const a of [-size, size]) {
          const raw = tensor([[a, 0.5]]);
          const { z, logDet } = element.forward(tensor([[1.25]]), raw);
          const back = element.inverse(detach(z), raw);
          expect(-logDet.item()).toBeGreaterThanOrEqual(low - 1e-15 * Math.abs(low));
          expect(-logDet.item()).toBeLessThanOrEqual(high);
          expect(back.logDet.item()).toBe(-logDet.item());
          // z·σ comes back to within the rounding of log σ, up to 710
          expectWithin(back.x.item(), 1.25, 8 * EPSILON * 710, `x at ${a}`);
        }
      }
    },
  );

  it("says in its definition which it is", () => {
    expect(affineElement().definition).toEqual({ type: "affine", logScale: "tanh", c: 2 });
    expect(affineElement({ logScale: "exponential" }).definition).toEqual({ type: "affine", logScale: "exponential" });
    expect(affineElement({ logScale: (a) => a }).definition).toEqual({ type: "affine", logScale: "custom" });
  });

  it.each([
    [{ logScale: "exp" as never }, 'logScale is a function, or one of tanh, exponential, softplus, sigmoid; got "exp"'],
    [{ logScale: null as never }, "logScale is a function, or one of tanh, exponential, softplus, sigmoid; got null"],
    [{ c: 0 }, "c must be finite and positive; got 0"],
    [{ c: Number.POSITIVE_INFINITY }, "c must be finite and positive; got Infinity"],
    [{ c: "2" as never }, 'c must be finite and positive; got "2"'],
    [{ c: 1, maximumLogScale: 2 }, "maximumLogScale is c; got [2,1]"],
    [{ logScale: (a: Variable) => a, c: 1 }, "a function has no c; got 1"],
    [{ logScale: "softplus" as const, maximumLogScale: 1 }, 'maximumLogScale is for "tanh"; got 1'],
    [{ maximumLogScale: -1 }, "c must be finite and positive; got -1"],
    [{ logScale: "softplus" as const, c: -1 }, "c must be finite and at least 0; got -1"],
    [{ logScale: "sigmoid" as const, c: Number.NaN }, "c must be finite and at least 0; got NaN"],
    [{ logScale: "exponential" as const, c: 1 }, '"exponential" has no c; got 1'],
  ])("refuses %j", (options, message) => {
    expect(() => affineElement(options)).toThrow(new DomainError(`affineElement: ${message}`));
  });
});
