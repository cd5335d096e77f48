import {
  DomainError,
  hessian,
  jacobian,
  LimitError,
  mul,
  ShapeError,
  square,
  sub,
  sum,
  tanh,
  tensor,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";

describe("jacobian", () => {
  it("is ∂f_i/∂x_j, [...out, ...in]", () => {
    const J = jacobian((x) => sub(mul(x, x), mul(sum(x), 2)), tensor([1, 2]));
    expect(J.toArray()).toEqual([
      [0, -2],
      [-2, 2],
    ]);
    expect(jacobian((x) => sum(x), tensor([[1, 2, 3]])).shape).toEqual([1, 3]);
    expect(jacobian((x) => x, tensor([], [0])).shape).toEqual([0, 0]);
  });

  it("wants a Tensor, and a function that returns a Variable", () => {
    expect(() => jacobian((x) => x, [1] as never)).toThrow(
      new DomainError("jacobian: x must be a Tensor, as tensor(…) makes it; got [1]"),
    );
    expect(() => hessian((x) => sum(x), 3 as never)).toThrow(
      new DomainError("hessian: x must be a Tensor, as tensor(…) makes it; got 3"),
    );
    expect(() => jacobian(() => 1 as never, tensor([1]))).toThrow(
      new DomainError("jacobian: f must return a Variable, which ops make of its argument; got 1"),
    );
  });
});

describe("jacobian and hessian of what is too large", () => {
  it("are refused before anything is computed, with both sizes", () => {
    expect(() => jacobian((x) => x, zeros([60000]))).toThrow(
      new LimitError(
        "jacobian: at most 1073741824 elements; got 60000·60000, f(x) being [60000] and x [60000]; products with vectors, vjp and jvp, " +
          "need no matrix",
      ),
    );
    expect(() => jacobian((x) => x, zeros([33000]))).toThrow(LimitError);
    expect(() => hessian((x) => sum(x), zeros([200, 200]))).toThrow(
      "hessian: at most 1073741824 elements; got 40000·40000",
    );
  });

  it("say what f gave if it was no Variable", () => {
    for (const operation of [jacobian, hessian]) {
      expect(() => operation(() => tensor([1, 2]) as never, tensor([1]))).toThrow("got Tensor [2]");
      expect(() => operation(() => undefined as never, tensor([1]))).toThrow("got undefined");
      expect(() => operation(5 as never, tensor([1]))).toThrow(`${operation.name}: f must be a function; got 5`);
    }
  });
});

describe("hessian", () => {
  it("is ∂²f/∂x_i∂x_j, [...in, ...in]", () => {
    // f = x₀²·x₁: f₀₀ = 2x₁, f₀₁ = 2x₀, f₁₁ = 0
    const [first, second] = [tensor([1, 0]), tensor([0, 1])];
    const H = hessian((x) => mul(square(sum(mul(x, first))), sum(mul(x, second))), tensor([3, 5]));
    expect(H.toArray()).toEqual([
      [10, 6],
      [6, 0],
    ]);
  });

  it("has the shape of x twice, also of a scalar and of nothing", () => {
    expect(hessian((x) => sum(tanh(x)), tensor([[1, 2]])).shape).toEqual([1, 2, 1, 2]);
    expect(hessian((x) => square(x), tensor(3)).toArray()).toBe(2);
    expect(hessian((x) => sum(x), tensor([], [0])).shape).toEqual([0, 0]);
  });

  it("wants one element from f", () => {
    expect(() => hessian((x) => x, tensor([1, 2]))).toThrow(
      new ShapeError("hessian: f must have one element; got shape [2]"),
    );
    expect(() => hessian(() => 1 as never, tensor([1]))).toThrow(DomainError);
    expect(() => hessian((x) => sum(x), 1 as never)).toThrow(DomainError);
  });
});
