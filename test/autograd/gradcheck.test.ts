import {
  add,
  apply,
  exp,
  gradcheck,
  log,
  matmul,
  mul,
  neg,
  numericalJacobian,
  type Operand,
  Random,
  type Rule,
  ShapeError,
  square,
  sub,
  sum,
  Tensor,
  tanh,
  tensor,
  type Variable,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("numericalJacobian", () => {
  /** Functions with known derivatives, away from their edges and near them. */
  const known: [
    name: string,
    f: (x: Tensor) => Tensor,
    derivative: (x: number) => number,
    low: number,
    high: number,
  ][] = [
    ["exp", exp, Math.exp, -20, 20],
    ["log, near its edge", log, (x) => 1 / x, 1e-3, 1],
    ["x³", (x) => mul(x, square(x)), (x) => 3 * x * x, -100, 100],
    ["tanh", tanh, (x) => 1 / Math.cosh(x) ** 2, -6, 6],
    ["(1.7x + 1e6) − 1e6, which is noisy", (x) => sub(add(mul(x, 1.7), 1e6), 1e6), () => 1.7, -10, 10],
    ["constant", (x) => mul(x, 0), () => 0, -1, 1],
  ];

  it.each(known)("keeps within its certificate for %s", (_name, f, derivative, low, high) => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (seed) => {
        const x = new Random(seed).uniform([3], low, high);
        for (const stepDivisor of [1, 5.3, 29]) {
          const { jacobian, error } = numericalJacobian(f, x, { stepDivisor });
          for (let k = 0; k < 9; k++) {
            const exact = k % 4 === 0 ? derivative(x.data[k / 4]) : 0;
            const distance = Math.abs(jacobian.data[k] - exact);
            expect(distance, `entry ${k} at x = ${x.toArray()}`).toBeLessThanOrEqual(
              error.data[k] + 4e-16 * Math.abs(exact),
            );
          }
        }
      }),
    );
  });

  it("is sharp: exp is known to 10 digits and a half", () => {
    const { jacobian, error } = numericalJacobian(exp, tensor([0.5]));
    expect(error.item() / jacobian.item()).toBeLessThan(3e-11); // measured: 1.2e-11
  });

  it("gives the same for a batched f", () => {
    const W = new Random(1).normal([3, 2]);
    const one = numericalJacobian((x) => matmul(tensor([Array.from(tanh(x).data)]), W), tensor([0.1, 0.2, 0.3]));
    const many = numericalJacobian((x) => matmul(tanh(x), W), tensor([0.1, 0.2, 0.3]), { batched: true });
    expect(many.jacobian.shape).toEqual([2, 3]);
    expect(Array.from(many.jacobian.data)).toEqual(Array.from(one.jacobian.data));
  });

  it("steps back from where f is not finite or refuses, and says so when there is no room", () => {
    const { jacobian } = numericalJacobian(log, tensor([1e-6]));
    expect(Math.abs(jacobian.item() - 1e6) <= 1e-3).toBe(true);
    expect(() => numericalJacobian((x) => mul(x, Number.NaN), tensor([1]))).toThrow(
      "numericalJacobian: f must be finite around x; it is not near x[0] = 1",
    );
  });

  it("has the shapes [...out, ...in], empty ones too", () => {
    const f = (x: Tensor): Variable => sum(x, 0);
    expect(numericalJacobian(f, new Random(1).normal([2, 3])).jacobian.shape).toEqual([3, 2, 3]);
    expect(numericalJacobian(f, tensor([], [0, 3])).jacobian.shape).toEqual([3, 0, 3]);
    expect(() => numericalJacobian((x) => sum(x), tensor([1, 2]), { batched: true })).toThrow(ShapeError);
  });
});

describe("gradcheck", () => {
  /** y = x² with a derivative of one's own. */
  function squareWith(derivative: (x: Tensor, g: Variable) => Variable): (x: Operand) => Variable {
    const rule: Rule<[x: Tensor]> = {
      name: "faultySquare",
      shape: ([x]) => x.shape,
      forward: ([x], y) => y.data.set(x.data.map((value) => value * value)),
      vjp: ([x], _y, g) => [() => derivative(x, g)],
    };
    return (x) => apply(rule, [x]);
  }
  const x = tensor([0.7, -1.3, 2]);

  it("passes what is right, to any order", () => {
    const report = gradcheck((a) => mul(exp(a), tanh(a)), [x], { order: 3 });
    expect(report).toMatchObject({ passed: true, failures: [], inconclusive: 0, entries: 27 });
    expect(report.message).toBe("gradcheck: 27 entries agree");
  });

  it.each([
    ["a flipped sign", (a: Tensor, g: Variable) => neg(mul(g, mul(a, 2)))],
    ["a factor of 2", (a: Tensor, g: Variable) => mul(g, a)],
    ["a relative error of 1e-9", (a: Tensor, g: Variable) => mul(mul(g, mul(a, 2)), 1 + 1e-9)],
    ["nothing at all", (_a: Tensor, g: Variable) => mul(g, 0)],
  ])("sees %s", (_name, derivative) => {
    const report = gradcheck(squareWith(derivative), [x]);
    expect(report.passed).toBe(false);
    expect(report.failures).toHaveLength(3);
    expect(report.failures[0]).toMatchObject({ order: 1, input: 0, index: [0, 0] });
    expect(report.message).toMatch(
      /^gradcheck: 3 of 9 entries differ; the first, order 1, input 0, entry \[0,0\]: analytic/,
    );
  });

  it("sees NaN, in every entry", () => {
    expect(
      gradcheck(
        squareWith((_a, g) => mul(g, Number.NaN)),
        [x],
      ).failures,
    ).toHaveLength(9);
  });

  it("sees a gradient whose own gradient is wrong", () => {
    // the right value 2x·g, but computed from a constant: its derivative is lost
    const lost = squareWith((a, g) =>
      mul(
        g,
        new Tensor(
          a.data.map((value) => 2 * value),
          a.shape,
        ),
      ),
    );
    expect(gradcheck(lost, [x]).passed).toBe(true);
    const report = gradcheck(lost, [x], { order: 2 });
    expect(report.passed).toBe(false);
    expect(report.failures.every(({ order }) => order === 2)).toBe(true);
  });

  it("sees a broadcast that is not summed", () => {
    const rule: Rule<[a: Tensor, b: Tensor]> = {
      name: "faultyAdd",
      shape: ([a]) => a.shape,
      forward: ([a, b], y) => y.data.set(a.data.map((value) => value + b.item())),
      vjp: (_inputs, _y, g) => [() => g, () => sum(mul(g, tensor([1, 0, 0])))],
    };
    expect(gradcheck((a, b) => apply(rule, [a, b]), [x, tensor(1)]).failures).toHaveLength(2);
  });

  it.each([
    ["rounding", 1e-16, true],
    ["an error", 1e-9, false],
  ])("takes second derivatives of a first one that is 0 for %s, be they %d: %s", (_name, rubbish, passed) => {
    const zero: Rule<[g: Tensor, x: Tensor]> = {
      name: "zero",
      shape: ([g]) => g.shape,
      forward: ([, a], y) => y.data.set(a.data.map((value) => 1e-17 / value)), // 0, rounded
      vjp: (_inputs, _y, h) => [() => mul(h, 0), () => mul(h, rubbish)],
    };
    const sign: Rule<[x: Tensor]> = {
      name: "sign",
      shape: ([a]) => a.shape,
      forward: ([a], y) => y.data.set(a.data.map(Math.sign)),
      vjp: ([a], _y, g) => [() => apply(zero, [g, a])],
    };
    expect(gradcheck((a) => apply(sign, [a]), [tensor([0.7, -1.3])], { order: 2 }).passed).toBe(passed);
  });

  it("takes nothing for rounding where all inputs are 0", () => {
    expect(gradcheck((a, b) => add(a, mul(b, 1e-3)), [x, tensor([0, 0, 0])]).passed).toBe(true);
    const lost = squareWith((a, g) => mul(g, mul(a, 3)));
    expect(gradcheck((a, b) => lost(add(a, b)) as Variable, [tensor([0, 0, 0]), x]).passed).toBe(false);
  });
});
