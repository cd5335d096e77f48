import { DomainError, elu, gelu, grad, leakyRelu, mul, relu, silu, sum, type Tensor, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";
import { exactRows } from "../../support/exactTable.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** f′ at those points; zeros are +0. */
function derivatives(f: (x: Tensor) => ReturnType<typeof relu>, points: readonly number[]): number[] {
  const x = variable(points);
  return Array.from(grad(sum(f(x)), [x])[0].data, (value) => value + 0);
}

describe("relu and leakyRelu", () => {
  it("cut or bend at zero, and pass NaN on", () => {
    const x = tensor([-2, -0, 0, 3, INF, -INF, NAN]);
    expect(relu(x).toArray()).toEqual([0, 0, 0, 3, INF, 0, NAN]);
    expect(leakyRelu(x).toArray()).toEqual([-0.02, -0, 0, 3, INF, -INF, NAN]);
    expect(leakyRelu(x, 0.5).toArray()).toEqual([-1, -0, 0, 3, INF, -INF, NAN]);
  });

  it("have the gradient of their left side at zero", () => {
    expect(derivatives(relu, [-2, -0, 0, 3])).toEqual([0, 0, 0, 1]);
    expect(derivatives((x) => leakyRelu(x, 0.5), [-2, -0, 0, 3])).toEqual([0.5, 0.5, 0.5, 1]);
  });

  it("send back an exact zero from where relu is cut off, however large the gradient", () => {
    expect(derivatives((x) => mul(relu(x), INF), [-1, 1])).toEqual([0, INF]);
  });

  it("have no second derivative", () => {
    const x = variable([-2, 3]);
    const [g] = grad(sum(mul(relu(x), leakyRelu(x, 0.5))), [x], { createGraph: true }); // 0, x²
    expect(grad(sum(g), [x])[0].toArray()).toEqual([0, 2]);
  });

  it("refuse a slope that is no finite number", () => {
    expect(() => leakyRelu(1, NAN)).toThrow(new DomainError("leakyRelu: the slope must be a finite number; got NaN"));
    expect(() => leakyRelu(1, "1" as never)).toThrow(
      new DomainError("leakyRelu: the slope must be a finite number; got string"),
    );
  });
});

describe("elu", () => {
  it("is x or eˣ − 1, with all digits near zero", () => {
    expect(elu(tensor([3, 0, -0, -1e-17, -INF, INF, NAN])).toArray()).toEqual([3, 0, -0, -1e-17, -1, INF, NAN]);
  });

  it("has the gradient 1 or eˣ, with all digits in the tail", () => {
    const [right, zero, left] = derivatives(elu, [3, 0, -100]);
    expect([right, zero]).toEqual([1, 1]);
    expectWithin(left, Math.exp(-100), 4 * EPSILON * Math.exp(-100));
  });
});

describe("silu", () => {
  it("is x·sigmoid(x)", () => {
    expect(silu(tensor([0, 800, -800, INF])).toArray()).toEqual([0, 800, -0, INF]);
    expect(derivatives(silu, [0])).toEqual([0.5]);
  });
});

describe("gelu", () => {
  it("keeps its digits for large negative x: within 8·eps·|x·Φ(x)| of exact values", () => {
    const rows = exactRows("functions", "normalCdf");
    const y = gelu(tensor(rows.map(([x]) => x)));
    rows.forEach(([x, cdf], i) => {
      // 4 ULP of Φ and one rounding; a unit of 2⁻¹⁰⁷⁴ is more where Φ is subnormal
      expectWithin(y.data[i], x * cdf, 8 * EPSILON * Math.abs(x * cdf) + Math.abs(x) * 4 * 5e-324, `gelu(${x})`);
    });
    expectWithin(gelu(-20).item(), -5.5072482372124e-88, 1e-101); // −20·Φ(−20), Φ(−20) = 2.7536241186062e−89
  });

  it("has the gradient Φ(x) + x·φ(x), ½ at 0", () => {
    expect(derivatives((x) => gelu(x), [0, 50, -50])).toEqual([0.5, 1, 0]);
    expect(derivatives((x) => gelu(x, { approximate: "tanh" }), [0, 50, -50])).toEqual([0.5, 1, 0]);
  });

  it("has its limits", () => {
    expect(gelu(tensor([INF, NAN, -INF, 0])).toArray()).toEqual([INF, NAN, 0, 0]);
    expect(gelu(tensor([INF, NAN, 0]), { approximate: "tanh" }).toArray()).toEqual([INF, NAN, 0]);
  });

  it("approximates within 5·10⁻⁴, and does not cancel there either", () => {
    for (let x = -6; x <= 6; x += 0.25) {
      const [exact, approximation] = [gelu(x).item(), gelu(x, { approximate: "tanh" }).item()];
      expectWithin(approximation, exact, 5e-4, `at ${x}`);
    }
    // −6·sigmoid(u), u = 2√(2/π)(−6 − 0.044715·216); an error of eps·|u| in u is one of eps·|u| in e^u
    const u = 2 * Math.sqrt(2 / Math.PI) * (-6 - 0.044715 * 216);
    const expected = (-6 * Math.exp(u)) / (1 + Math.exp(u));
    expectWithin(gelu(-6, { approximate: "tanh" }).item(), expected, 4 * Math.abs(u) * EPSILON * Math.abs(expected));
  });

  it("refuses another approximation", () => {
    expect(() => gelu(1, { approximate: "erf" as never })).toThrow(
      new DomainError('gelu: the approximation is "none" or "tanh"; got "erf"'),
    );
  });
});
