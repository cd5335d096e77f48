import {
  abs,
  add,
  compose,
  detach,
  elementwiseAffine,
  exp,
  gradcheck,
  jacobian,
  log,
  mul,
  numericalJacobian,
  Random,
  realNVP,
  relu,
  sin,
  softmax,
  sqrt,
  square,
  studentT,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  twoMoons,
  type Variable,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs, seeds } from "../support/arbitraries.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";
import { type Certificate, KINDS, type Tally, tally } from "../support/knownDerivatives.ts";

const ours: Certificate = (f, x) => {
  const { jacobian: J, error } = numericalJacobian(f, tensor([x]));
  return { estimate: J.item(), error: error.item() };
};

/** 100 runs of 100 entries each by default; a million with FC_RUNS=1000. */
const entries = (): { numRuns: number } => runs((fc.readConfigureGlobal().numRuns ?? 100) / 100, 10);

const hundred = (seed: number): number[] => Array.from({ length: 100 }, (_, k) => (seed + 7919 * k) % 2 ** 31);

describe("the certificate of numericalJacobian", () => {
  it("is true at every scale, or inconclusive: functions stretched, multiplied by 10^±12, shifted and lifted by 10⁶", () => {
    const counts = new Map<string, Tally>();
    fc.assert(
      fc.property(seeds, (seed) => {
        tally(ours, hundred(seed), counts);
        for (const { false: wrong } of counts.values()) expect(wrong).toEqual([]);
      }),
      entries(),
    );
    // measured over 5·10⁵ entries: 0, 0.02 %, 0.01 % and 0 inconclusive; 100 %, 99.8 %, 99.4 % and 90 % of bounds below 1e-6 of the derivative
    const rates: Record<(typeof KINDS)[number], [inconclusive: number, useful: number]> = {
      stretched: [0.002, 0.998],
      "shifted exactly": [0.002, 0.98],
      "shifted with rounding": [0.002, 0.97],
      lifted: [0.002, 0.85],
    };
    for (const kind of KINDS) {
      const { entries: all, inconclusive, useful } = counts.get(kind) as Tally;
      expect(inconclusive / all, `${kind}: ${inconclusive} of ${all} inconclusive`).toBeLessThanOrEqual(rates[kind][0]);
      expect(useful / all, `${kind}: ${useful} of ${all} useful`).toBeGreaterThanOrEqual(rates[kind][1]);
    }
  });

  it.each<[name: string, certificate: Certificate]>([
    [
      "a thousandth of the bound",
      (f, x) => {
        const { estimate, error } = ours(f, x);
        return { estimate, error: error / 1000 };
      },
    ],
    [
      "a fixed step, and what halving it changes",
      (f, x) => {
        const quotient = (h: number): number =>
          (f(tensor([x + h])).item() - f(tensor([x - h])).item()) / (x + h - (x - h));
        const [coarse, fine] = [1e-3, 5e-4].map((step) => quotient(step * Math.max(1, Math.abs(x))));
        return { estimate: fine, error: Math.abs(fine - coarse) };
      },
    ],
  ])("would not pass here if it were false: %s", (_name, certificate) => {
    const counts = new Map<string, Tally>();
    tally(certificate, hundred(1), counts);
    expect([...counts.values()].flatMap(({ false: wrong }) => wrong).length).toBeGreaterThan(5);
  });

  it.each<[name: string, f: (x: Tensor) => Tensor, x: number, truth: number]>([
    ["tanh(10⁴x), flat at any ordinary step", (x) => tanh(mul(x, 1e4)), 1e-4, 1e4 / Math.cosh(1) ** 2],
    ["sin(10⁹x)", (x) => sin(mul(x, 1e9)), 0.3e-9, 1e9 * Math.cos(0.3)],
    ["tanh(10⁻¹²x + ½)", (x) => tanh(add(mul(x, 1e-12), 0.5)), 1, 1e-12 / Math.cosh(0.5 + 1e-12) ** 2],
    ["x³ at 0", (x) => mul(x, square(x)), 0, 0],
    ["x² at 1e150", square, 1e150, 2e150],
    ["2x at 1e300", (x) => mul(x, 2), 1e300, 2],
    ["exp at a subnormal number", exp, 5e-324, 1],
    ["log next to 0", log, 1e-6, 1e6],
    ["log at 1e-300", log, 1e-300, 1e300],
    ["log of a small number, √", (x) => sqrt(x), 1e-12, 0.5e6],
    ["exp where it overflows a little further on", exp, 700, Math.exp(700)],
    ["|x| away from 0", abs, 0.01, 1],
    ["a constant", (x) => add(mul(x, 0), 3), 0.7, 0],
    ["zero", (x) => mul(x, 0), 0.7, 0],
  ])("holds for %s", (_name, f, x, truth) => {
    const { estimate, error } = ours(f, x);
    expect(Math.abs(estimate - truth)).toBeLessThanOrEqual(error + 1e-15 * Math.abs(truth));
    expect(error).toBeLessThanOrEqual(1e-8 * Math.max(Math.abs(truth), truth === 0 ? 1e-5 : 0));
  });

  it("holds all over a bump of width 1e-6 and slope 1e-3 on a sine, where estimates of coarser steps agree by accident", () => {
    const bump = (x: Tensor, u: number): Tensor => exp(mul(square(add(mul(sub(x, 0.5), 1e6), u)), -1));
    for (let u = -3; u <= 3; u += 1 / 32) {
      const { estimate, error } = ours((x) => add(sin(x), mul(bump(x, u), 1e-9)), 0.5);
      const truth = Math.cos(0.5) - 2e-3 * u * Math.exp(-u * u);
      expect(Math.abs(estimate - truth), `u = ${u}`).toBeLessThanOrEqual(error + 1e-15);
      expect(error).toBeLessThanOrEqual(1e-6);
    }
  });

  it.each<[name: string, f: (x: Tensor) => Tensor]>([
    ["relu", relu],
    ["|x|, whose central differences are all 0", abs],
    ["x + |x|/1000", (x) => add(x, mul(abs(x), 1e-3))],
    ["x + |x|·10⁻⁷", (x) => add(x, mul(abs(x), 1e-7))],
  ])("is inconclusive at the kink of %s", (_name, f) => {
    expect(ours(f, 0).error).toBe(Number.POSITIVE_INFINITY);
  });

  it("says how little it knows where rounding hides nearly everything", () => {
    const drowned = (x: Tensor): Tensor => sub(add(tanh(x), 1e12), 1e12);
    const lifted = (x: Tensor): Tensor => add(tanh(x), 1e12);
    for (const f of [drowned, lifted]) {
      const { estimate, error } = ours(f, 0.3);
      expect(Math.abs(estimate - 1 / Math.cosh(0.3) ** 2)).toBeLessThanOrEqual(error);
      expect(gradcheck((x) => f(x) as Variable, [tensor([0.3])])).toMatchObject({ passed: false, inconclusive: 1 });
    }
  });

  it("has an estimate of its own for each output: scales 10⁻⁹ to 10⁹ side by side", () => {
    const widths = [1e-9, 1e-3, 1, 1e4, 1e9];
    const f = (x: Tensor): Tensor =>
      mul(tanh(mul(x, tensor(widths.map((w) => 1 / w)))), tensor([1, 1e6, 1e-6, 1, 1e3]));
    const { jacobian: J, error } = numericalJacobian(f, tensor([2e-10]));
    widths.forEach((w, i) => {
      const truth = [1, 1e6, 1e-6, 1, 1e3][i] / w / Math.cosh(2e-10 / w) ** 2;
      expect(Math.abs(J.data[i] - truth)).toBeLessThanOrEqual(error.data[i] + 1e-15 * truth);
      expect(error.data[i]).toBeLessThanOrEqual(1e-9 * truth);
    });
  });

  it.each([
    ["moons·1e-3", 1e-3, 0],
    ["moons·1e-5", 1e-5, 0],
    ["moons + 1e4", 1, 1e4],
    ["moons·1e6 − 1e9", 1e6, -1e9],
  ])("holds for a RealNVP of %s, in every entry", (_name, width, offset) => {
    const random = new Random(5);
    const affine = elementwiseAffine({ dimensions: 2 });
    affine.parameters[0].assign(tensor([offset, offset]));
    affine.parameters[1].assign(tensor([Math.log(width), Math.log(width)]));
    const flow = realNVP({ dimensions: 2, layers: 4, hidden: [8], random });
    randomizeParameters(flow, random);
    const layer = compose(affine, flow.bijection);
    const points = twoMoons().sample(20, random);
    for (let n = 0; n < 20; n++) {
      const x = tensor([0, 1].map((i) => points.at(n, i) * width + offset));
      const f = (batch: Tensor): Tensor => layer.forward(batch).z;
      const { jacobian: J, error, scale } = numericalJacobian(f, x, { batched: true });
      const exact = jacobian((one) => layer.forward(one).z, tensor([Array.from(x.data)]));
      for (let i = 0; i < 4; i++) {
        const bound = error.data[i] + 1e-13 * scale.data[i]; // the exact one is rounded, too
        expect(Math.abs(J.data[i] - exact.data[i])).toBeLessThanOrEqual(bound);
        expect(error.data[i]).toBeLessThanOrEqual(1e-6 * scale.data[i]);
      }
    }
  });
});

it("has noise measured at distances without a common measure, which an ulp could divide", () => {
  // at distances that were whole hundredths, rounding to ulps of 10⁶ grew as evenly as f here: the bound was 8.3e-11, the error 3.8e-8
  const x = new Random(1644793010).uniform([3], -10, 10).data.slice(0, 1);
  const f = (at: Tensor): Tensor => sub(add(mul(at, 1.7), 1e6), 1e6);
  const { jacobian: J, error } = numericalJacobian(f, tensor(x), { stepDivisor: 29 });
  expect(Math.abs(J.item() - 1.7)).toBeLessThanOrEqual(error.item());
});

describe("gradcheck at other scales", () => {
  it("accepts right gradients of a Student t of scale 1e-4, and refuses wrong ones in units of 1e-12", () => {
    const narrow = studentT({ df: 3, loc: 0, scale: 1e-4 });
    expect(gradcheck((x) => narrow.logProb(x), [tensor([2e-5])])).toMatchObject({
      passed: true,
      failures: [],
      inconclusive: 0,
    });
    expect(gradcheck((x) => mul(tanh(x), 1e-13), [tensor([0.3])])).toMatchObject({ passed: true, inconclusive: 0 });
    // x² whose gradient forgets one of the two factors
    expect(gradcheck((x) => mul(mul(x, detach(x)), 1e-13), [tensor([0.3])]).failures).toHaveLength(1);
  });

  it("counts an inconclusive entry as such: at a kink nothing passes as right", () => {
    const report = gradcheck((x) => relu(x), [tensor([0])]);
    expect(report).toMatchObject({ passed: false, entries: 1, inconclusive: 1, failures: [] });
    expect(report.message).toBe("gradcheck: 0 of 1 entries agree, 1 are inconclusive");
  });

  it("takes rows that add up to 1 for constant, not for inconclusive", () => {
    expect(gradcheck((x) => sum(softmax(x)), [tensor([0.3, -1, 2])])).toMatchObject({ passed: true, inconclusive: 0 });
  });
});
