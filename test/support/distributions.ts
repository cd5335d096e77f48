import {
  type Distribution,
  DomainError,
  grad,
  gradcheck,
  noGrad,
  type Operand,
  parameter,
  Random,
  type ReparametrizedDistribution,
  ShapeError,
  sum,
  Tensor,
  tensor,
  Variable,
  variable,
} from "diffeo";
import { expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "./arbitraries.ts";

// What every family of distributions is held to.

type Known = Required<Pick<Distribution, "mean" | "variance" | "median">>;
type Functions = Required<Pick<Distribution, "cdf" | "logCdf" | "survival" | "logSurvival" | "icdf" | "quantile">>;

/** A family, and one member of it over single numbers. */
export interface Family<Name extends string> {
  readonly name: string;
  readonly make: (parameters: Readonly<Record<Name, Operand>>) => ReparametrizedDistribution & Known & Functions;
  /** The member. */
  readonly member: Readonly<Record<Name, number>>;
  /** Which of the parameters must be positive. */
  readonly positive: readonly NoInfer<Name>[];
  /** Parameters in which the distribution functions have no derivative; none by default. */
  readonly underived?: readonly NoInfer<Name>[];
  readonly mean: number;
  readonly variance: number;
  /** The fourth moment about the mean, for the error of the second. */
  readonly fourth: number;
  /** Where the density has an edge, which no point of a numerical derivative may cross; none by default. */
  readonly edges?: readonly number[];
}

/** Nodes and weights on the whole line but for one point: exp-sinh quadrature to either side of it. */
function bothSidesOf(centre: number): { nodes: number[]; weights: number[] } {
  const [nodes, weights]: [number[], number[]] = [[], []];
  for (let k = -288; k <= 288; k++) {
    const t = k / 64;
    const offset = Math.exp((Math.PI / 2) * Math.sinh(t));
    const weight = (offset * (Math.PI / 2) * Math.cosh(t)) / 64;
    nodes.push(centre + offset, centre - offset);
    weights.push(weight, weight);
  }
  return { nodes, weights };
}

/** The tests that all families share. */
export function itIsAFamily<Name extends string>({
  name,
  make,
  member,
  positive,
  mean,
  variance,
  fourth,
  edges = [],
  underived = [],
}: Family<Name>): void {
  const names = Object.keys(member) as Name[];
  /** A value for each of the parameters. */
  const each = <Value>(value: (key: Name, k: number) => Value): Record<Name, Value> =>
    Object.fromEntries(names.map((key, k) => [key, value(key, k)])) as Record<Name, Value>;
  const distribution = make(member);
  /** The member, three times over, each a little different: over points of three coordinates. */
  const spread = each((key, k) => tensor([0, 1, 2].map((j) => member[key] + 0.1 * (k + 1) * j)));
  const withVariables = (xs: readonly Tensor[]) => make(each((_key, k) => xs[k]));

  it("has the integral 1, and an entropy of −E[log p], by quadrature", () => {
    const pieces = [...edges].sort((a, b) => a - b);
    const { nodes, weights } = pieces.length === 2 ? between(pieces[0], pieces[1]) : bothSidesOf(mean);
    const logProb = distribution.logProb(tensor(nodes)).data;
    let [mass, entropy] = [0, 0];
    logProb.forEach((value, k) => {
      const share = weights[k] * Math.exp(value);
      mass += share;
      if (!(share <= 0)) entropy -= share * value;
    });
    expectWithin(mass, 1, 1e-10, "the mass");
    expectWithin(entropy, Number(distribution.entropy()), 1e-9, "the entropy");
  });

  it("draws numbers of its mean and variance, within five standard errors", () => {
    const n = 40_000;
    const { data, shape } = distribution.sample(n, new Random(1));
    expect(shape).toEqual([n]);
    const average = data.reduce((total, value) => total + value, 0) / n;
    const square = data.reduce((total, value) => total + (value - mean) ** 2, 0) / n;
    expectWithin(average, mean, 5 * Math.sqrt(variance / n), "the mean");
    expectWithin(square, variance, 5 * Math.sqrt((fourth - variance ** 2) / n), "the variance");
  });

  it("tells its mean, variance and median, in the shape of one point, and they follow its parameters", () => {
    expectWithin(distribution.mean().item(), mean, 8 * EPSILON * Math.abs(mean));
    expectWithin(distribution.median().item(), mean, 8 * EPSILON * Math.abs(mean)); // all families here are symmetric
    expectWithin(distribution.variance().item(), variance, 16 * EPSILON * variance);
    const three = make(spread);
    const alone = [0, 1, 2].map((j) => make(each((key) => spread[key].at(j))));
    for (const what of ["mean", "variance", "median"] as const) {
      expect(three[what]().toArray()).toEqual(alone.map((one) => one[what]().item()));
      const { passed, message } = gradcheck(
        (...xs) => withVariables(xs)[what](),
        names.map((key) => spread[key]),
      );
      expect(passed, message).toBe(true);
    }
  });

  itHasDistributionFunctions();

  function itHasDistributionFunctions(): void {
    const functions = distribution;

    it("has a distribution function that is the integral of the density", () => {
      const low = Math.min(...edges);
      for (const offset of [-0.9, -0.3, 0.2, 0.8]) {
        const x = mean + offset;
        const F = functions.cdf(tensor([x])).item();
        const sides = bothSidesOf(x); // above, below, above, below …
        const side = offset > 0 ? 0 : 1;
        const pick = (values: number[]): number[] => values.filter((_value, k) => k % 2 === side);
        const { nodes, weights } =
          edges.length === 2 ? between(low, x) : { nodes: pick(sides.nodes), weights: pick(sides.weights) };
        const mass = distribution
          .logProb(tensor(nodes))
          .data.reduce((total, value, k) => total + weights[k] * Math.exp(value), 0);
        expectWithin(F, edges.length === 2 || side === 1 ? mass : 1 - mass, 1e-10, `F at ${x}`);
      }
      expect(functions.cdf(tensor([-Infinity, Infinity])).toArray()).toEqual([0, 1]);
    });

    it("has the density as the derivative of its distribution function, and a quantile function that undoes it", () => {
      const x = variable([mean - 0.8, mean - 0.3, mean, mean + 0.2, mean + 0.9]);
      const F = functions.cdf(x);
      const [density] = grad(sum(F), [x]);
      functions.logProb(x).data.forEach((value, i) => {
        expectWithin(density.data[i], Math.exp(value), 64 * EPSILON * Math.exp(value));
      });
      functions.icdf(F).data.forEach((value, i) => {
        // F is rounded in units of eps, and x moves by what that is divided by the density
        expectWithin(value, x.data[i], 32 * EPSILON * (1 + 1 / density.data[i]));
      });
    });

    it("has distribution functions of each coordinate by itself, with gradients that numerical ones confirm", () => {
      const three = make(spread);
      const u = tensor([
        [0.1, 0.4, 0.7],
        [0.9, 0.55, 0.02],
      ]);
      const x = three.icdf(u);
      const back = three.cdf(x);
      expect([x.shape, back.shape]).toEqual([
        [2, 3],
        [2, 3],
      ]);
      u.data.forEach((value, i) => {
        expectWithin(back.data[i], value, 1e-14);
      });
      const again = make(each((key) => spread[key].at(2)));
      expectWithin(x.at(1, 2), again.icdf(tensor([0.02])).item(), 8 * EPSILON * Math.abs(x.at(1, 2)));
      const free = names.filter((key) => !underived.includes(key));
      const parameters = free.map((key) => spread[key]);
      for (const [name, at] of [
        ["cdf", x],
        ["logCdf", x],
        ["survival", x],
        ["logSurvival", x],
        ["icdf", u],
      ] as const) {
        const apply = (points: Variable, ...xs: Variable[]): Variable =>
          make(each((key) => (free.includes(key) ? xs[free.indexOf(key)] : spread[key])))[name](points);
        const { passed, message } = gradcheck(apply, [at, ...parameters], { order: 2 });
        expect(passed, message).toBe(true);
      }
      for (const wrong of [-1e-300, 1.1, Number.NaN]) {
        expect(() => functions.icdf(tensor([wrong]))).toThrow(
          new DomainError(`${name}: probabilities must lie in [0, 1]; got ${wrong}`),
        );
      }
      for (const f of ["cdf", "logCdf", "survival", "logSurvival", "icdf", "quantile"] as const) {
        expect(() => functions[f](tensor([[0.5]]))).toThrow(`${name}: the rows must be [B]; got [1,1]`);
      }
    });

    it("has the other side and the logarithms of its distribution function, and the quantile by both names", () => {
      const three = make(spread);
      const x = three.quantile(tensor([0.1, 0.4, 0.7, 0.9, 0.55, 0.02], [2, 3]));
      const [F, S] = [three.cdf(x).data, three.survival(x).data];
      three.logCdf(x).data.forEach((value, i) => {
        expectWithin(F[i] + S[i], 1, 8 * EPSILON);
        expectWithin(value, Math.log(F[i]), 16 * EPSILON * (1 + Math.abs(value)));
        expectWithin(three.logSurvival(x).data[i], Math.log(S[i]), 16 * EPSILON * (1 - Math.log(S[i])));
      });
      expect(bitsOf(three.icdf(tensor(F, [2, 3])))).toEqual(bitsOf(three.quantile(tensor(F, [2, 3]))));
      const ends = tensor([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      const signless = (x: Tensor): number[] => Array.from(x.data, (value) => value + 0); // ln 1 may be −0
      expect(signless(functions.logCdf(ends))).toEqual([Number.NEGATIVE_INFINITY, 0]);
      expect(signless(functions.survival(ends))).toEqual([1, 0]);
      expect(signless(functions.logSurvival(ends))).toEqual([0, Number.NEGATIVE_INFINITY]);
      const [low, high] = functions.quantile(tensor([0, 1])).data;
      if (edges.length === 2) expect([low, high]).toEqual([Math.min(...edges), Math.max(...edges)]);
      else expect([low, high]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      for (const f of ["cdf", "logCdf", "survival", "logSurvival"] as const) {
        expect(functions[f](tensor([Number.NaN])).item()).toBeNaN();
      }
    });

    for (const key of underived) {
      it(`refuses derivatives of its distribution functions in ${key}, and gives those in x all the same`, () => {
        const parameters = each((each) => variable(member[each]));
        const p = make(parameters);
        const [x, u] = [variable([mean + 0.3]), variable([0.3])];
        for (const [f, at] of [
          ["cdf", x],
          ["logCdf", x],
          ["quantile", u],
        ] as const) {
          const y = sum(p[f](at));
          expect(grad(y, [at])[0].item()).toBeGreaterThan(0);
          expect(() => grad(y, [parameters[key]])).toThrow(
            `${name}: distribution functions have no derivative in ${key}; detach it, or use logProb`,
          );
        }
      });
    }
  }

  it("draws the same points with their log-densities, and those are logProb's", () => {
    const three = make(spread);
    const drawn = three.sampleWithLogProb(50, new Random(2));
    expect(drawn.x.shape).toEqual([50, 3]);
    expect(bitsOf(three.sample(50, new Random(2)))).toEqual(bitsOf(drawn.x));
    expect(three.sample(50, new Random(2))).not.toBeInstanceOf(Variable);
    const logProb = three.logProb(drawn.x);
    expect(drawn.logProb.shape).toEqual([50]);
    // z is formed from x again: a few roundings of x and of loc, times the slope of log p, which is below 100 there
    logProb.data.forEach((value, i) => {
      expectWithin(drawn.logProb.at(i), value, 1000 * EPSILON * (1 + Math.abs(value)), `log p of draw ${i}`);
    });
  });

  it("sums over the coordinates of a point, each with its own parameters", () => {
    const x = new Random(3).uniform([4, 3], mean - 0.3, mean + 0.3);
    const together = make(spread).logProb(x);
    const single = [0, 1, 2].map((j) => make(each((key) => spread[key].at(j))));
    for (let i = 0; i < 4; i++) {
      const parts = single.map((one, j) => one.logProb(tensor([x.at(i, j)])).item());
      expectWithin(
        together.at(i),
        parts[0] + parts[1] + parts[2],
        8 * EPSILON * parts.reduce((a, b) => a + Math.abs(b), 1),
      );
    }
    const entropies = single.map((one) => Number(one.entropy()));
    expectWithin(
      Number(make(spread).entropy()),
      entropies.reduce((a, b) => a + b),
      8 * EPSILON * entropies.reduce((a, b) => a + Math.abs(b), 1),
    );
  });

  it("stretches its parameters to the shape of its events", () => {
    const shaped = make(
      each((key, k) => {
        const value = member[key];
        return tensor(k === 0 ? [[value], [value]] : [value, value, value]);
      }),
    );
    expect(shaped.eventShape).toEqual([2, 3]);
    expect(shaped.sample(4, new Random(1)).shape).toEqual([4, 2, 3]);
    const x = new Tensor(new Float64Array(12).fill(mean), [2, 2, 3]);
    const one = distribution.logProb(tensor([mean])).item();
    for (const value of shaped.logProb(x).data) expectWithin(value, 6 * one, 32 * EPSILON * (1 + Math.abs(one)));
    expectWithin(Number(shaped.entropy()), 6 * Number(distribution.entropy()), 64 * EPSILON * 6);
    expect(distribution.logProb(tensor([])).shape).toEqual([0]);
  });

  it("has gradients in x and all parameters, of log p, draws and entropy, that numerical ones confirm", () => {
    const parameters = names.map((key) => spread[key]);
    const x = tensor([
      [mean + 0.31, mean + 0.42, mean + 0.53],
      [mean + 0.24, mean - 0.15, mean + 0.36],
    ]);
    const confirm = (f: (...xs: Variable[]) => Variable, inputs: readonly Tensor[]): void => {
      const { passed, message } = gradcheck(f, inputs, { order: 2 });
      expect(passed, message).toBe(true);
    };
    confirm((points, ...xs) => withVariables(xs).logProb(points), [x, ...parameters]);
    confirm((...xs) => withVariables(xs).sampleWithLogProb(2, new Random(5)).x, parameters);
    confirm((...xs) => withVariables(xs).sampleWithLogProb(2, new Random(5)).logProb, parameters);
    confirm((...xs) => withVariables(xs).entropy() as Variable, parameters);
  });

  it("gives numbers, Tensors and Variables the same bits, and an entropy that is a number unless there are Variables", () => {
    const x = tensor([mean + 0.1, mean - 0.2]);
    const kinds = [(value: number) => value, (value: number) => tensor(value), (value: number) => variable(value)];
    const made = kinds.map((kind) => make(each((key) => kind(member[key]))));
    expect(made.map((one) => bitsOf(one.logProb(x)))).toEqual(made.map(() => bitsOf(distribution.logProb(x))));
    expect(made.map((one) => bitsOf(one.sample(9, new Random(4))))).toEqual(
      made.map(() => bitsOf(distribution.sample(9, new Random(4)))),
    );
    expect(made.map((one) => typeof one.entropy())).toEqual(["number", "number", "object"]);
    expect(Number(made[0].entropy())).toBe((made[2].entropy() as Variable).item());
  });

  it("lists the Parameters among its parameters, and follows their values", () => {
    const ps = names.map((key) => parameter(member[key], key));
    const trainable = withVariables(ps);
    expect(trainable.parameters).toEqual(ps);
    expect(distribution.parameters).toEqual([]);
    for (const p of ps) p.assign(tensor(p.item() + 0.25));
    const moved = make(each((key) => member[key] + 0.25));
    const x = tensor([mean + 0.1]);
    expect(bitsOf(noGrad(() => trainable.logProb(x)))).toEqual(bitsOf(moved.logProb(x)));
    for (const key of positive) {
      ps[names.indexOf(key)].assign(tensor(-1));
      for (const use of [
        () => trainable.logProb(x),
        () => trainable.sample(1, new Random(1)),
        () => trainable.entropy(),
      ]) {
        expect(use).toThrow(DomainError);
      }
      ps[names.indexOf(key)].assign(tensor(member[key]));
    }
  });

  it("refuses points of other shapes, and parameters that are not finite, not positive, or no numbers at all", () => {
    for (const shape of [[], [2, 1], [1, 2, 3]]) {
      expect(() => distribution.logProb(new Random(1).uniform(shape))).toThrow(ShapeError);
    }
    expect(() => make(spread).logProb(new Random(1).uniform([2, 2]))).toThrow(
      `${name}: the rows must be [B,3]; got [2,2]`,
    );
    for (const key of names) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        expect(() => make({ ...member, [key]: bad })).toThrow(`${name}: ${key} must be finite; got ${bad} at []`);
      }
      for (const bad of ["1", null, undefined, [1]]) {
        expect(() => make({ ...member, [key]: bad as never })).toThrow(DomainError);
      }
      expect(() => make({ ...spread, [key]: tensor([member[key], member[key]]) })).toThrow(ShapeError);
    }
    for (const key of positive) {
      for (const bad of [0, -1]) {
        expect(() => make({ ...member, [key]: bad })).toThrow(`${name}: ${key} must be positive; got ${bad} at []`);
      }
    }
    expect(() => make(undefined as never)).toThrow(DomainError);
  });
}

/** Gauss–Legendre's two nodes in each of 500 cells: enough for a constant. */
function between(low: number, high: number): { nodes: number[]; weights: number[] } {
  const h = (high - low) / 500;
  const nodes = Array.from({ length: 500 }, (_, k) => low + (k + 0.5) * h);
  return { nodes, weights: nodes.map(() => h) };
}
