import {
  add,
  DomainError,
  detach,
  exp,
  grad,
  mul,
  noGrad,
  parameter,
  Random,
  ShapeError,
  StaleGraphError,
  split,
  square,
  sum,
  tanh,
  tensor,
  type Variable,
  valueAndGrad,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";

describe("grad", () => {
  it("differentiates by hand-checked rules: ∂(x² + 3x)/∂x = 2x + 3", () => {
    const x = variable([1, -2]);
    expect(grad(sum(add(square(x), mul(x, 3))), [x])[0].toArray()).toEqual([5, -1]);
  });

  it("adds up what comes back by different ways: a + a, x·x, a diamond", () => {
    const a = variable(3);
    expect(grad(add(a, a), [a])[0].item()).toBe(2);
    expect(grad(mul(a, a), [a])[0].item()).toBe(6);
    const b = square(a);
    expect(grad(mul(b, add(b, a)), [a])[0].item()).toBe(4 * 27 + 3 * 9); // a⁴ + a³
  });

  it("gives zeros for what y does not depend on, and the same to every repetition of an x", () => {
    const [x, other] = [
      variable([1, 2]),
      variable([
        [1, 2],
        [3, 4],
      ]),
    ];
    const [zero, first, second] = grad(sum(square(x)), [other, x, x]);
    expect(zero.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(first.toArray()).toEqual([2, 4]);
    expect(second.toArray()).toEqual([2, 4]);
  });

  it("differentiates with respect to intermediate results, and y itself", () => {
    const x = variable(2);
    const h = square(x);
    const y = mul(h, x);
    expect(grad(y, [h, x, y]).map((g) => g.item())).toEqual([2, 12, 1]);
    const computed = add(tensor(1), 1); // from plain Tensors: a leaf
    expect(grad(square(computed), [computed])[0].item()).toBe(4);
  });

  it("differentiates gradients again, if asked to record them: x⁴ has 4x³, 12x², 24x", () => {
    const x = variable(2);
    const y = square(square(x));
    const [first] = grad(y, [x], { createGraph: true });
    const [second] = grad(first, [x], { createGraph: true });
    const [third] = grad(second, [x]);
    expect([first, second, third].map((g) => g.item())).toEqual([32, 48, 48]);
    expect(third.source).toBe(null);
  });

  it("gives the same bits twice", () => {
    const x = variable(new Random(1).normal([50]));
    const y = sum(tanh(mul(x, exp(x))));
    expect(Array.from(grad(y, [x])[0].data)).toEqual(Array.from(grad(y, [x])[0].data));
  });

  it("takes zeros for results of a split that nobody used", () => {
    const x = variable([1, 2, 3]);
    const [, second] = split(x, [1, 2], 0);
    expect(grad(sum(square(second)), [x])[0].toArray()).toEqual([0, 4, 6]);
  });

  it("differentiates a chain of a million applications without overflowing the stack", () => {
    const x = variable(1);
    let y: Variable = x;
    for (let k = 0; k < 1_000_000; k++) y = add(y, x);
    expect(grad(y, [x])[0].item()).toBe(1_000_001);
  }, 180_000);

  it("refuses anything but one number y, and Variables x", () => {
    const x = variable([1, 2]);
    expect(() => grad(square(x), [x])).toThrow(new ShapeError("grad: y must have one element; got shape [2]"));
    expect(() => grad(sum(x), [tensor([1]) as Variable])).toThrow(DomainError);
    expect(() => grad(sum(x), [tensor([1]) as Variable])).toThrow(
      "grad: every x must be a Variable, made before y is (variable(x) makes one); got Tensor [1]",
    );
    expect(() => grad(tensor(1) as Variable, [x])).toThrow("grad: y must be a Variable");
  });

  it("refuses a graph whose parameters have been assigned since, and only then", () => {
    const w = parameter([1, 2], "weight");
    const other = parameter([1], "other");
    const y = sum(square(w));
    other.assign(tensor([5]));
    expect(grad(y, [w])[0].toArray()).toEqual([2, 4]);
    w.assign(tensor([3, 4]));
    expect(() => grad(y, [w])).toThrow(StaleGraphError);
    expect(() => grad(y, [w])).toThrow(
      "grad: the graph must be newer than its parameters; parameter weight was assigned after square read it",
    );
    expect(grad(sum(square(w)), [w])[0].toArray()).toEqual([6, 8]);
  });
});

describe("valueAndGrad", () => {
  it("gives the value and the gradients for all arguments", () => {
    const f = valueAndGrad((a, b) => sum(mul(a, square(b))));
    const { value, grads } = f(tensor([1, 2]), tensor([3, 4]));
    expect(value.item()).toBe(41);
    expect(grads.map((g) => g.toArray())).toEqual([
      [9, 16],
      [6, 16],
    ]);
  });
});

describe("noGrad", () => {
  it("records nothing inside, and records again after it, even after an error", () => {
    const x = variable(2);
    expect(noGrad(() => square(x)).source).toBe(null);
    expect(() =>
      noGrad(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(grad(square(x), [x])[0].item()).toBe(4);
    const nested = noGrad(() => [noGrad(() => square(x)), square(x)]);
    expect(nested.map(({ source }) => source)).toEqual([null, null]);
  });

  it("refuses a Promise, which would end after it", () => {
    expect(() => noGrad(async () => 1)).toThrow(new DomainError("noGrad: f must be synchronous; got a Promise"));
  });
});

describe("Variable, Parameter", () => {
  it("copy what they are made of, and assign copies, too", () => {
    const values = tensor([1, 2]);
    const [x, w] = [variable(values), parameter(values, "w")];
    expect([x.data === values.data, w.data === values.data]).toEqual([false, false]);
    const held = w.data;
    const next = tensor([5, 6]);
    w.assign(next);
    expect([Array.from(held), Array.from(w.data), w.data === next.data, w.version]).toEqual([[1, 2], [5, 6], false, 1]);
    expect(() => w.assign(tensor([1]))).toThrow("assign: shapes must be equal; w is [2], got [1]");
    expect(() => w.assign([1, 2] as never)).toThrow(DomainError);
  });

  it("detach keeps the numbers and forgets the rest", () => {
    const y = square(variable([2]));
    expect(detach(y).toArray()).toEqual([4]);
    expect("source" in detach(y)).toBe(false);
  });
});
