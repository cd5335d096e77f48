import {
  adam,
  add,
  DomainError,
  detach,
  exp,
  Flow,
  fit,
  grad,
  hessian,
  jacobian,
  jvp,
  layer,
  mul,
  noGrad,
  parameter,
  pow,
  Random,
  sin,
  square,
  standardNormal,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  type Variable,
  valueAndGrad,
  variable,
  vjp,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

const cubes = (x: Variable): Variable => sum(pow(x, 3));

/** d(f)/dx of a function of one number, in each of the ways there are. */
const DERIVATIVES: Record<string, (f: (x: Variable) => Variable) => (x: Tensor) => Variable> = {
  grad: (f) => (x) => grad(f(x as Variable), [x as Variable])[0],
  valueAndGrad: (f) => (x) => valueAndGrad(f)(x).grads[0],
  vjp: (f) => (x) => vjp(f, x, tensor(1)),
  jvp: (f) => (x) => jvp(f, x, tensor(1)),
  jacobian: (f) => (x) => jacobian(f, x) as Variable,
};

describe("a derivative inside a function that is differentiated", () => {
  const pairs = Object.keys(DERIVATIVES).flatMap((outer) => Object.keys(DERIVATIVES).map((inner) => [outer, inner]));
  it.each(pairs.filter(([outer]) => outer !== "grad"))(
    "is recorded by itself: %s of %s of sin is −sin",
    (outer, inner) => {
      const second = DERIVATIVES[outer](DERIVATIVES[inner](sin))(tensor(3)).item();
      expectWithin(second, -Math.sin(3), 4 * EPSILON);
      const third = DERIVATIVES[outer](DERIVATIVES[inner](DERIVATIVES[inner](sin)))(tensor(3)).item();
      expectWithin(third, -Math.cos(3), 8 * EPSILON);
    },
  );

  it("is recorded by itself in a hessian and a jacobian of vectors, too", () => {
    const gradient = (x: Variable): Variable => grad(cubes(x), [x])[0];
    expect(hessian((x) => sum(gradient(x)), tensor([1, 2])).toArray()).toEqual([
      [6, 0],
      [0, 6],
    ]);
    expect(jacobian(gradient, tensor([1, 2])).toArray()).toEqual([
      [6, 0],
      [0, 12],
    ]);
    expect(jacobian((x) => jacobian(square, x) as Variable, tensor([1, 2])).toArray()).toEqual([
      [
        [2, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 2],
      ],
    ]);
    const diagonalOfHessian = (x: Variable): Variable => sum(hessian(cubes, x) as Variable); // Σ 6x
    expect(jacobian(diagonalOfHessian, tensor([1, 2])).toArray()).toEqual([6, 6]);
  });

  it("does not mistake a variable of the outer function for its argument", () => {
    // d/dx (x·(d/dy x·y at y = x)) = d/dx x² = 2x
    const outer = (inner: (f: (y: Variable) => Variable, x: Variable) => Variable) => (x: Variable) =>
      mul(
        x,
        inner((y) => mul(x, y), x),
      );
    expect(
      jacobian(
        outer((f, x) => jacobian(f, x) as Variable),
        tensor(3),
      ).item(),
    ).toBe(6);
    expect(
      jacobian(
        outer((f, x) => vjp(f, x, tensor(1))),
        tensor(3),
      ).item(),
    ).toBe(6);
    expect(
      jacobian(
        outer((f, x) => jvp(f, x, tensor(1))),
        tensor(3),
      ).item(),
    ).toBe(6);
  });

  it("is a constant where it is taken without recording, or detached", () => {
    const constant = (take: (x: Variable) => Tensor) => jacobian((x) => mul(x, take(x)), tensor(2)).item();
    expect(constant((x) => noGrad(() => grad(square(x), [x])[0]))).toBe(0); // y itself has no history
    expect(constant((x) => detach(grad(square(x), [x])[0]))).toBe(4);
    expect(constant((x) => grad(square(x), [x])[0])).toBe(8);
  });
});

describe("the result of a backward pass that was not recorded", () => {
  const x = variable([1, 2]);
  const w = parameter([3, 4]);
  const message = /^grad: .*\{ createGraph: true \}.*detach\(\)/;

  it("is refused where it is differentiated later, instead of counting as a constant", () => {
    const f = (z: Variable): Variable => mul(w, square(z));
    const results: Record<string, Tensor> = {
      grad: grad(cubes(x), [x])[0],
      valueAndGrad: valueAndGrad(cubes)(x).grads[0],
      vjp: vjp(f, x, tensor([1, 1])),
      jvp: jvp(f, x, tensor([1, 1])),
      jacobian: jacobian(f, x),
      hessian: hessian((z) => sum(f(z)), x),
    };
    for (const [name, result] of Object.entries(results)) {
      const ofW = !["grad", "valueAndGrad"].includes(name); // the others depend on w, too
      if (ofW) expect(() => grad(sum(result), [w]), name).toThrow(message);
      else expect(grad(sum(result), [w])[0].toArray(), name).toEqual([0, 0]);
      expect(() => grad(sum(result), [x]), name).toThrow(DomainError);
      expect(() => grad(sum(square(add(result, sum(x)))), [x]), name).toThrow(message);
      expect(() => jacobian((z) => mul(z, sum(result)), x), name).toThrow(message);
    }
    expect(() => jacobian((z) => grad(cubes(z), [z], { createGraph: false })[0], x)).toThrow(message);
  });

  it("depends on the cotangent or tangent it was made with, too", () => {
    for (const direction of [w, mul(w, 2)]) {
      for (const result of [vjp(sin, x, direction), jvp(sin, x, direction)]) {
        expect(() => grad(sum(result), [w])).toThrow(message);
        expect(() => grad(sum(square(add(result, w))), [w])).toThrow(message);
      }
    }
    for (const recorded of [
      vjp(square, x, mul(w, 3), { createGraph: true }),
      jvp(square, x, mul(w, 3), { createGraph: true }),
    ]) {
      expect(grad(sum(recorded), [w])[0].toArray()).toEqual([6, 12]); // Σ 2·x·3w
    }
  });

  it("depends on what such results that it was made of depend on", () => {
    const [first] = grad(cubes(x), [x]);
    const [second] = grad(cubes(first), [first]);
    const [third] = grad(cubes(second), [second]);
    const along = jvp(square, tensor([1, 1]), first);
    for (const result of [second, third, along]) {
      expect(() => grad(sum(result), [x])).toThrow(message);
      expect(grad(sum(result), [w])[0].toArray()).toEqual([0, 0]);
    }
  });

  it("can be differentiated with createGraph", () => {
    const J = jacobian((z) => mul(w, square(z)), x, { createGraph: true });
    expect(grad(sum(J), [w])[0].toArray()).toEqual([2, 4]); // Σ 2·w·x
    const H = hessian((z) => sum(mul(w, pow(z, 3))), x, { createGraph: true });
    expect(grad(sum(H), [w])[0].toArray()).toEqual([6, 12]); // Σ 6·w·x
  });

  it("may be a direction, an x of its own, what an optimiser is given, or behind an x", () => {
    const [g] = grad(cubes(x), [x]);
    expect(jvp(square, x, g).toArray()).toEqual([6, 48]);
    expect(vjp(square, x, g).toArray()).toEqual([6, 48]);
    expect(grad(sum(square(g)), [g])[0].toArray()).toEqual([6, 24]);
    const theta = parameter([1, 2]);
    adam([theta], { learningRate: 0.1 }).step([g]);
    // gradient descent with ops alone: θ ← θ − η·g, of which nothing is cut off
    let descended: Variable = x;
    for (let step = 0; step < 3; step++)
      descended = sub(descended, mul(0.25, grad(sum(square(descended)), [descended])[0]));
    expect(descended.toArray()).toEqual([0.125, 0.25]);
    expect(() => grad(sum(descended), [x])).toThrow(message);
    expect(() => grad(sum(descended), [descended, x])).toThrow(message);
  });

  it("is a constant in noGrad, and after detach()", () => {
    const [g] = noGrad(() => grad(cubes(x), [x]));
    expect(grad(sum(mul(x, g)), [x])[0].toArray()).toEqual(g.toArray());
    expect(grad(sum(mul(x, detach(grad(cubes(x), [x])[0]))), [x])[0].toArray()).toEqual([3, 12]);
  });

  it("makes the training of a layer that is built on it fail by name", async () => {
    // z = x + ∇φ(x), φ = e^a·Σ x²/2
    const make = (createGraph: boolean): Flow => {
      const a = parameter(tensor(0), "a");
      const gradient = (x: Tensor): Variable => {
        const leaf = variable(x);
        return grad(mul(exp(a), sum(mul(0.5, square(leaf)))), [leaf], createGraph ? { createGraph } : {})[0];
      };
      const logDet = (x: Tensor): Variable => mul(mul(2, tanh(0)), sum(x, 1));
      return new Flow(
        standardNormal([2]),
        layer({
          shape: [2],
          parameters: [a],
          forward: (x) => ({ z: add(x, gradient(x)), logDet: logDet(x) }),
          inverse: (z) => ({ x: z, logDet: logDet(z) }),
        }),
      );
    };
    const x = new Random(1).normal([50, 2]);
    const options = () => ({ random: new Random(2), steps: 20, learningRate: 0.1 });
    await expect(fit(make(false), x, options())).rejects.toThrow(message);
    const flow = make(true);
    const before = -sum(flow.logProb(x)).item();
    await fit(flow, x, options());
    expect(-sum(flow.logProb(x)).item()).toBeLessThan(before);
  });
});
