import {
  add,
  affineCoupling,
  affineElement,
  type Bijection,
  broadcastTo,
  checkBijection,
  compose,
  coupling,
  detach,
  elementwiseAffine,
  elementwiseSpline,
  exp,
  glow,
  type LayerOptions,
  layer,
  logitFlow,
  maf,
  mlp,
  mul,
  neg,
  parameter,
  Random,
  reshape,
  reverse,
  sub,
  sum,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";

const random = (): Random => new Random(11);

/** z = x·e^{s} + c·a, with one s for each coordinate and the context c: right, unless told otherwise. */
function stretch(faults: Partial<Pick<LayerOptions, "forward" | "inverse">> = {}): Bijection {
  const s = parameter(zeros([2]), "s");
  const a = parameter(zeros([2]), "a");
  const logDetOf = (x: Tensor, sign: number) => broadcastTo(reshape(mul(sum(s), sign), [1]), [x.shape[0]]);
  return layer({
    shape: [2],
    context: 1,
    parameters: [s, a],
    definition: { type: "stretch" },
    forward: (x, c) => ({ z: add(mul(x, exp(s)), mul(c as Tensor, a)), logDet: logDetOf(x, 1) }),
    inverse: (z, c) => ({ x: mul(sub(z, mul(c as Tensor, a)), exp(neg(s))), logDet: logDetOf(z, -1) }),
    ...faults,
  });
}

describe("checkBijection", () => {
  const right = stretch();
  const [s, a] = right.parameters;
  /** A layer that shares the parameters of the right one, with faults. */
  const faulty = (faults: Partial<Bijection>): Bijection => ({ ...right, ...faults });

  it.each<[name: string, make: () => Bijection]>([
    ["one's own, with a context", stretch],
    ["affine, D = 1", () => elementwiseAffine({ dimensions: 1 })],
    ["without parameters", () => reverse({ dimensions: 3 })],
    ["a coupling with a context", () => affineCoupling({ dimensions: 3, context: 2, hidden: [5], random: random() })],
    [
      "of images",
      () => glow({ channels: 2, height: 2, width: 2, levels: 1, steps: 1, hidden: [3], random: random() }).bijection,
    ],
    ["autoregressive", () => maf({ dimensions: 3, layers: 2, hidden: [6], random: random() }).bijection],
    ["piecewise: splines", () => elementwiseSpline({ dimensions: 2, bins: 3 })],
    [
      "with a net that has kinks",
      () =>
        coupling({
          dimensions: 2,
          element: affineElement(),
          conditioner: mlp({ inputs: 1, outputs: 2, hidden: [4], activation: "relu", random: random() }),
          random: random(),
        }),
    ],
    ["several", () => compose(elementwiseAffine({ dimensions: 2 }), reverse({ dimensions: 2 }))],
  ])("passes a right layer: %s", (_name, make) => {
    const report = checkBijection(make(), { random: random(), points: 3 });
    expect(report.failures, report.message).toEqual([]);
    expect(report.ok, report.message).toBe(true);
    for (const { compared } of report.checks) expect(compared).toBeGreaterThan(0);
  });

  it("draws points where the layer is defined, if it is told how", () => {
    const made = logitFlow({ dimensions: 2 });
    const draw = (from: Random, shape: readonly number[]) => from.uniform(shape, 0.1, 0.9);
    expect(checkBijection(made, { random: random(), draw }).ok).toBe(true);
    const { ok, failures } = checkBijection(made, { random: random() });
    expect(ok).toBe(false);
    expect(failures[0]).toMatch(/^calls: point \d: logitFlow: /);
  });

  it.each<[fault: string, layer: Bijection, first: RegExp]>([
    [
      "a forgotten log-det",
      faulty({ forward: (x, c) => ({ ...right.forward(x, c), logDet: variable(zeros([x.shape[0]])) }) }),
      /^log-det of forward: point 0: 0, numerically -?\d/,
    ],
    [
      "a log-det of the wrong sign",
      faulty({ inverse: (z, c) => ({ x: right.inverse(z, c).x, logDet: neg(right.inverse(z, c).logDet) }) }),
      /^log-det of inverse: point 0/,
    ],
    [
      "a log-det wrong by 1e-8",
      faulty({ forward: (x, c) => ({ z: right.forward(x, c).z, logDet: add(right.forward(x, c).logDet, 1e-8) }) }),
      /^log-det of forward: point 0/,
    ],
    [
      "log-dets that do not cancel",
      faulty({ inverse: (z, c) => ({ x: right.inverse(z, c).x, logDet: add(right.inverse(z, c).logDet, 1e-8) }) }),
      /^log-dets cancel: point 0, x = \(/,
    ],
    [
      "a wrong inverse",
      faulty({ inverse: (z, c) => ({ x: add(right.inverse(z, c).x, 1e-9), logDet: right.inverse(z, c).logDet }) }),
      /^round trip: point 0/,
    ],
    [
      "an inverse that ignores the context",
      faulty({ inverse: (z) => right.inverse(z, zeros([z.shape[0], 1])) }),
      /^round trip: point 0/,
    ],
    [
      "a log-det for each coordinate, [B, D]",
      faulty({ forward: (x, c) => ({ z: right.forward(x, c).z, logDet: variable(zeros([x.shape[0], 2])) }) }),
      /^shapes: the log-det of forward at point 0 must be \[1\]; got \[1,2\]/,
    ],
    [
      "the same, which `layer` itself refuses",
      stretch({ forward: (x) => ({ z: x, logDet: zeros([x.shape[0], 2]) }) }),
      /^calls: point 0: stretch: logDet must be \[1\]; got/,
    ],
    [
      "points without gradients",
      faulty({ forward: (x, c) => ({ ...right.forward(x, c), z: variable(detach(right.forward(x, c).z)) }) }),
      /^gradient of forward: by the point, point 0, entry 0: /,
    ],
    [
      "a parameter cut off",
      faulty({
        forward: (x, c) => ({
          z: add(mul(x, exp(s)), mul(c as Tensor, detach(a))),
          logDet: right.forward(x, c).logDet,
        }),
      }),
      /^gradient of forward: by parameter 1 \(a\), point 0, entry 0: 0, numerically/,
    ],
    [
      "a context cut off",
      faulty({ forward: (x, c) => right.forward(x, detach(c as Tensor)) }),
      /^gradient of forward: by the context, point 0, entry 0: 0, numerically/,
    ],
    [
      "NaN",
      faulty({ forward: (x, c) => ({ ...right.forward(x, c), logDet: mul(right.forward(x, c).logDet, Number.NaN) }) }),
      /^finite: what comes at point 0, x = \(/,
    ],
  ])("names %s", (_fault, made, first) => {
    const { ok, failures, message } = checkBijection(made, { random: random() });
    expect(ok).toBe(false);
    expect(
      failures.some((failure) => first.test(failure)),
      message,
    ).toBe(true);
    expect(message).toMatch(/^checkBijection: not right\n/);
  });

  it("leaves the parameters as they were, also if the layer throws", () => {
    const before = tensor([0.3, -0.2]);
    s.assign(before);
    checkBijection(right, { random: random(), points: 2 });
    expect(s.toArray()).toEqual([0.3, -0.2]);
    const broken = faulty({
      forward: () => {
        throw new TypeError("not ours");
      },
    });
    expect(() => checkBijection(broken, { random: random() })).toThrow("not ours");
    expect(s.toArray()).toEqual([0.3, -0.2]);
    expect(a.toArray()).toEqual([0, 0]);
  });

  it("refuses options that are none", () => {
    expect(() => checkBijection(right, {} as never)).toThrow(
      "checkBijection: random must be a Random, for instance new Random(1); got undefined",
    );
    expect(() => checkBijection(right, { random: random(), points: 0 })).toThrow("checkBijection: points");
    expect(() => checkBijection(right, { random: random(), parameters: "all" as never })).toThrow(
      'checkBijection: parameters must be "random", "near" or "kept"; got "all"',
    );
  });

  it("names a layer that gives nothing back", () => {
    const given = reverse({ dimensions: 2 });
    const silent = { ...given, forward: () => undefined } as unknown as Bijection;
    const report = checkBijection(silent, { random: new Random(1), points: 1 });
    expect(report.failures.join(" ")).toContain("forward must return points and log-dets; got undefined");
  });
});
