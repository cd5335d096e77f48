import {
  add,
  affineCoupling,
  affineElement,
  type Bijection,
  compose,
  coupling,
  type Element,
  Flow,
  forwardKL,
  full,
  layer,
  mean,
  mlp,
  mul,
  neg,
  parameter,
  Random,
  standardNormal,
  sub,
  sum,
  Tensor,
  type TrainOptions,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { pure } from "../../src/autograd/pure.ts";
import { comparePlans, usedIn } from "../support/plans.ts";
import { smallFlow } from "../support/training.ts";

const x = new Random(3).normal([60, 2]);

/** z = x + shift(x), with whatever `shift` does. */
function shiftBy(shift: (x: Tensor) => Tensor | number): Bijection {
  const mu = parameter([0.1, 0.2], "mu");
  return layer({
    shape: [2],
    parameters: [mu],
    forward: (x) => ({ z: add(sub(x, mu), shift(x)), logDet: zeros([x.shape[0]]) }),
    inverse: (z) => ({ x: z, logDet: zeros([z.shape[0]]) }),
  });
}

const flowOf = (...layers: Bijection[]): Flow => new Flow(standardNormal([2]), compose(...layers, affineOf()));
const affineOf = (): Bijection => affineCoupling({ dimensions: 2, hidden: [4], random: new Random(1) });

describe("a layer of one's own goes the eager way, and is right, if it", () => {
  it.each<[string, () => (x: Tensor) => Tensor | number]>([
    ["does nothing unusual", () => () => 0],
    [
      "counts its calls",
      () => {
        let calls = 0;
        return () => 0.001 * calls++;
      },
    ],
    [
      "draws random numbers",
      () => {
        const random = new Random(4);
        return ({ shape }) => random.normal([...shape]);
      },
    ],
    ["looks at values", () => (x) => (x.at(0, 0) > 0 ? 0.5 : -0.5)],
    [
      "computes without ops",
      () => (x) =>
        new Tensor(
          x.data.map((value) => value / 3),
          x.shape,
        ),
    ],
  ])("%s", (_name, shift) => {
    expect(comparePlans(() => flowOf(shiftBy(shift())), x)).toEqual({});
  });
});

describe("what is declared pure", () => {
  it("is planned, if it is", () => {
    expect(comparePlans(() => flowOf(pure(shiftBy((x) => mul(x, 0.25)))), x)).toEqual(usedIn());
  });

  it.each<[string, () => (x: Tensor) => Tensor | number]>([
    [
      "counts its calls",
      () => {
        let calls = 0;
        return () => 0.001 * calls++;
      },
    ],
    [
      "computes without ops",
      () => (x) =>
        new Tensor(
          x.data.map((value) => value / 3),
          x.shape,
        ),
    ],
  ])("is refused by the first comparison, and right all the same, if it %s", (_name, shift) => {
    expect(comparePlans(() => flowOf(pure(shiftBy(shift()))), x)).toEqual({ made: 1, refused: 1 });
  });

  it("cannot be planned where it takes a part of what was computed as another array", () => {
    const part = ({ data }: Tensor): Tensor => new Tensor(data.subarray(0, 2), [2]);
    expect(comparePlans(() => flowOf(pure(shiftBy(part))), x)).toEqual({ impossible: 1 });
  });

  it("may be a base without a definition, a net, an element, or what has one inside", () => {
    const base = { ...standardNormal([2]) };
    expect(comparePlans(() => new Flow(base, affineOf()), x)).toEqual({});
    expect(comparePlans(() => new Flow(pure({ ...base }), affineOf()), x)).toEqual(usedIn());
    const { definition: _none, ...undefinedBase } = base;
    expect(comparePlans(() => new Flow(pure({ ...undefinedBase }), affineOf()), x)).toEqual(usedIn());
  });
});

describe("parts of diffeo's that somebody has changed go the eager way:", () => {
  it("a copy of a net, with a method of its own", () => {
    let calls = 0;
    const counting = (): Flow => {
      calls = 0;
      const net = mlp({ inputs: 1, outputs: 2, hidden: [4], random: new Random(1) });
      const own = { ...net, apply: (h: Tensor) => add(net.apply(h), 0.001 * calls++) };
      return new Flow(
        standardNormal([2]),
        coupling({ dimensions: 2, element: affineElement(), conditioner: own, random: new Random(1) }),
      );
    };
    expect(comparePlans(counting, x)).toEqual({});
  });

  it("a copy of an element, and an element with functions of its own, unless it is declared pure", () => {
    let calls = 0;
    const of = (element: () => Element) => (): Flow => {
      calls = 0;
      return new Flow(standardNormal([2]), affineWith(element()));
    };
    const affineWith = (element: Element): Bijection =>
      coupling({
        dimensions: 2,
        element,
        conditioner: (sizes) => mlp({ ...sizes, hidden: [4] }),
        random: new Random(1),
      });
    const inner = affineElement();
    const copy = (): Element => ({ ...inner, forward: (x, raw) => inner.forward(add(x, 0.001 * calls++), raw) });
    expect(comparePlans(of(copy), x)).toEqual({});
    const shifted = (): Element => affineElement({ shift: (b) => add(b, 0.001 * calls++) });
    expect(comparePlans(of(shifted), x)).toEqual({});
    const doubled = (): Element => affineElement({ shift: (b) => mul(b, 2) });
    expect(comparePlans(of(doubled), x)).toEqual({});
    expect(
      comparePlans(
        of(() => pure(doubled())),
        x,
      ),
    ).toEqual(usedIn());
    expect(
      comparePlans(
        of(() => inner),
        x,
      ),
    ).toEqual(usedIn());
  });

  it("a flow with a density of its own", () => {
    const make = (): Flow => {
      const flow = smallFlow();
      const { logProb } = flow;
      let calls = 0;
      return Object.assign(flow, { logProb: (rows: Tensor) => add(logProb.call(flow, rows), 0.001 * calls++) });
    };
    expect(comparePlans(make, x)).toEqual({});
  });
});

describe("an objective of one's own", () => {
  type Own = NonNullable<TrainOptions["objective"]>;
  const doubled: Own = (flow, rows) => mul(forwardKL(flow, rows), 2);

  it("goes the eager way unless it is declared pure", () => {
    expect(comparePlans(smallFlow, x, { objective: doubled })).toEqual({});
    expect(comparePlans(smallFlow, x, { objective: pure<Own>((flow, rows) => mul(forwardKL(flow, rows), 2)) })).toEqual(
      usedIn(),
    );
    const likelihood = pure<Own>((flow, rows) => neg(mean(mul(flow.logProb(rows), full([rows.shape[0]], 0.5)))));
    expect(comparePlans(smallFlow, x, { objective: likelihood })).toEqual(usedIn());
  });

  it("that counts is right, whatever it declares", () => {
    const counting = (): Own => {
      let calls = 0;
      return (flow, rows) => add(forwardKL(flow, rows), mul(sum(flow.parameters[0]), 0.001 * calls++));
    };
    expect(comparePlans(smallFlow, x, () => ({ objective: counting() }))).toEqual({});
    expect(comparePlans(smallFlow, x, () => ({ objective: pure(counting()) }))).toEqual({ made: 1, refused: 1 });
  });
});
